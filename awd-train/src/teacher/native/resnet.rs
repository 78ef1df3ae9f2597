//! A residual network of signals or images (He et al. 2016): a signal is an image of one row.

use super::Shape;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use burn_nn::conv::{Conv2d, Conv2dConfig};
use burn_nn::{Gelu, GroupNorm, GroupNormConfig, Linear, LinearConfig, PaddingConfig2d};

/// Channels of each stage; every stage but the first halves the sides.
const CHANNELS: [usize; 3] = [16, 32, 64];

/// Channels that are normalised together. Groups, not batches (Wu & He 2018): a window's outputs, and so its gradients,
/// must not depend on which others are in its batch.
const GROUP: usize = 8;

#[derive(Module, Debug)]
pub struct ResNet {
    rows: usize,
    stem: Conv2d,
    blocks: Vec<Block>,
    norm: GroupNorm,
    activation: Gelu,
    output: Linear,
}

/// Two convolutions with a residual connection. Normalisation and activation come first (He et al. 2016b), so that the
/// level of the signal passes through.
#[derive(Module, Debug)]
struct Block {
    norms: Vec<GroupNorm>,
    convolutions: Vec<Conv2d>,
    /// The projection of the residual connection, where sides or channels change.
    way: Option<Conv2d>,
    activation: Gelu,
}

/// Kernels of the stem and of the stages, by the rows of a window.
const fn kernels(rows: usize) -> ([usize; 2], [usize; 2]) {
    if rows == 1 { ([1, 7], [1, 5]) } else { ([5, 5], [3, 3]) }
}

fn convolution(channels: [usize; 2], kernel: [usize; 2], halve: bool, rows: usize, device: &Device) -> Conv2d {
    let [down, across] = kernel.map(|kernel| kernel / 2);
    let stride = match (halve, rows) {
        (false, _) => [1, 1],
        (true, 1) => [1, 2],
        (true, _) => [2, 2],
    };
    let config = Conv2dConfig::new(channels, kernel).with_stride(stride);
    config.with_padding(PaddingConfig2d::Explicit(down, across, down, across)).init(device)
}

impl ResNet {
    /// An untrained network.
    pub fn new(shape: &Shape, device: &Device) -> Self {
        let rows = shape.rows;
        let (stem, kernel) = kernels(rows);
        let norm = |channels: usize| GroupNormConfig::new(channels / GROUP, channels).init(device);
        let block = |(from, to): (usize, usize)| Block {
            norms: vec![norm(from), norm(to)],
            convolutions: vec![
                convolution([from, to], kernel, from != to, rows, device),
                convolution([to, to], kernel, false, rows, device),
            ],
            way: (from != to).then(|| convolution([from, to], [1, 1], true, rows, device)),
            activation: Gelu::new(),
        };
        let last = CHANNELS[CHANNELS.len() - 1];
        Self {
            rows,
            stem: convolution([1, CHANNELS[0]], stem, shape.window > 64, rows, device),
            blocks: [CHANNELS[0]].into_iter().chain(CHANNELS).zip(CHANNELS).map(block).collect(),
            norm: norm(last),
            activation: Gelu::new(),
            output: LinearConfig::new(last, shape.outputs).init(device),
        }
    }

    /// Windows (n, N) to outputs (n, outputs).
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let [n, window] = x.dims();
        let x = self.stem.forward(x.reshape([n, 1, self.rows, window / self.rows]));
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x));
        let x = self.activation.forward(self.norm.forward(x));
        self.output.forward(x.flatten::<3>(2, 3).mean_dim(2).flatten(1, 2))
    }
}

impl Block {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let residual =
            self.norms.iter().zip(&self.convolutions).fold(x.clone(), |x, (norm, convolution)| {
                convolution.forward(self.activation.forward(norm.forward(x)))
            });
        residual + self.way.as_ref().map_or_else(|| x.clone(), |way| way.forward(x.clone()))
    }
}
