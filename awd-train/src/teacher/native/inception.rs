//! Parallel convolutions of several lengths (Ismail Fawaz et al. 2020), so that a layer sees short and long events in
//! signals.

use super::Shape;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use burn_nn::conv::{Conv1d, Conv1dConfig};
use burn_nn::pool::{AvgPool1d, AvgPool1dConfig};
use burn_nn::{Gelu, GroupNorm, GroupNormConfig, Linear, LinearConfig, PaddingConfig1d};

/// Lengths of the convolutions of a layer.
const KERNELS: [usize; 3] = [9, 19, 39];

/// Channels of each convolution, of its input, and of the parallel mean of three samples.
const CHANNELS: usize = 8;

/// Channels of a layer.
const ALL: usize = CHANNELS * (KERNELS.len() + 1);

/// Number of layers. One residual connection goes around all of them.
const LAYERS: usize = 3;

/// The first convolution halves the length of windows with more samples than this.
const LONG: usize = 64;

#[derive(Module, Debug)]
pub struct Inception {
    stem: Conv1d,
    layers: Vec<Layer>,
    norm: GroupNorm,
    activation: Gelu,
    output: Linear,
}

/// Normalises groups of channels before the activation, for the same reasons as the residual network.
#[derive(Module, Debug)]
struct Layer {
    norm: GroupNorm,
    activation: Gelu,
    narrow: Conv1d,
    convolutions: Vec<Conv1d>,
    /// The published layer takes the maximum of three; a mean has a gradient everywhere.
    mean: AvgPool1d,
    of_mean: Conv1d,
}

fn convolution(channels: [usize; 2], kernel: usize, stride: usize, device: &Device) -> Conv1d {
    let config = Conv1dConfig::new(channels[0], channels[1], kernel).with_stride(stride);
    config.with_padding(PaddingConfig1d::Explicit(kernel / 2, kernel / 2)).init(device)
}

impl Inception {
    /// An untrained network.
    pub fn new(shape: &Shape, device: &Device) -> Self {
        let norm = || GroupNormConfig::new(KERNELS.len() + 1, ALL).init(device);
        let layer = |_| Layer {
            norm: norm(),
            activation: Gelu::new(),
            narrow: convolution([ALL, CHANNELS], 1, 1, device),
            convolutions: KERNELS.map(|kernel| convolution([CHANNELS; 2], kernel, 1, device)).into(),
            mean: AvgPool1dConfig::new(3).with_stride(1).with_padding(PaddingConfig1d::Explicit(1, 1)).init(),
            of_mean: convolution([ALL, CHANNELS], 1, 1, device),
        };
        let stride = if shape.window > LONG { 2 } else { 1 };
        Self {
            stem: convolution([1, ALL], 7, stride, device),
            layers: (0..LAYERS).map(layer).collect(),
            norm: norm(),
            activation: Gelu::new(),
            output: LinearConfig::new(ALL, shape.outputs).init(device),
        }
    }

    /// Windows (n, N) to outputs (n, outputs).
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let [n, window] = x.dims();
        let x = self.stem.forward(x.reshape([n, 1, window]));
        let residual = self.layers.iter().fold(x.clone(), |x, layer| layer.forward(x));
        let x = self.activation.forward(self.norm.forward(residual + x));
        self.output.forward(x.mean_dim(2).flatten(1, 2))
    }
}

impl Layer {
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let x = self.activation.forward(self.norm.forward(x));
        let narrow = self.narrow.forward(x.clone());
        let mean = self.of_mean.forward(self.mean.forward(x));
        let all = self.convolutions.iter().map(|convolution| convolution.forward(narrow.clone()));
        Tensor::cat(all.chain([mean]).collect(), 1)
    }
}
