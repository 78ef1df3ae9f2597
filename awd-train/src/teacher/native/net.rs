//! The networks of layers.

use super::inception::Inception;
use super::resnet::ResNet;
use super::{Arch, Shape};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use burn_nn::conv::{Conv1d, Conv1dConfig};
use burn_nn::{Gelu, Linear, LinearConfig, Lstm, LstmConfig, PaddingConfig1d, Relu};
use std::sync::{Mutex, PoisonError};

/// Hidden units of the LSTM.
const HIDDEN: usize = 20;

/// Channels after each convolution of the CNN; each halves the length.
const CHANNELS: [usize; 3] = [16, 32, 32];

/// Kernels of the convolutions.
const KERNELS: [usize; 3] = [7, 5, 5];

/// Hidden units of each hidden layer of the MLP.
const UNITS: [usize; 2] = [32, 32];

/// The backend has one stream of random numbers for the whole process.
static RANDOM: Mutex<()> = Mutex::new(());

/// A network from standardised windows (n, N) to outputs (n, outputs).
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one network at a time")]
pub enum Net {
    Lstm(LstmNet),
    Cnn(CnnNet),
    Resnet(ResNet),
    Inception(Inception),
    Mlp(MlpNet),
}

#[derive(Module, Debug)]
pub struct LstmNet {
    lstm: Lstm,
    output: Linear,
}

#[derive(Module, Debug)]
pub struct CnnNet {
    convolutions: Vec<Conv1d>,
    activation: Gelu,
    output: Linear,
}

#[derive(Module, Debug)]
pub struct MlpNet {
    hidden: Vec<Linear>,
    activation: Relu,
    output: Linear,
}

impl Net {
    /// An untrained network, whose weights are not drawn yet.
    pub fn new(shape: &Shape, device: &Device) -> Self {
        match shape.arch {
            Arch::Lstm => Self::Lstm(LstmNet {
                lstm: LstmConfig::new(1, HIDDEN, true).init(device),
                output: LinearConfig::new(HIDDEN, shape.outputs).init(device),
            }),
            Arch::Cnn => {
                let channels = [1].into_iter().chain(CHANNELS).zip(CHANNELS).zip(KERNELS);
                let convolutions = channels.map(|((from, to), kernel)| {
                    let half = kernel / 2;
                    let config = Conv1dConfig::new(from, to, kernel).with_stride(2);
                    config.with_padding(PaddingConfig1d::Explicit(half, half)).init(device)
                });
                let length = CHANNELS.iter().fold(shape.window, |length, _| length.div_ceil(2));
                Self::Cnn(CnnNet {
                    convolutions: convolutions.collect(),
                    activation: Gelu::new(),
                    output: LinearConfig::new(length * CHANNELS[CHANNELS.len() - 1], shape.outputs).init(device),
                })
            }
            // A rocket has no layers and is never built here.
            Arch::Resnet | Arch::Rocket => Self::Resnet(ResNet::new(shape, device)),
            Arch::Inception => Self::Inception(Inception::new(shape, device)),
            Arch::Mlp => {
                let layers = [shape.window].into_iter().chain(UNITS).zip(UNITS);
                Self::Mlp(MlpNet {
                    hidden: layers.map(|(from, to)| LinearConfig::new(from, to).init(device)).collect(),
                    activation: Relu::new(),
                    output: LinearConfig::new(UNITS[UNITS.len() - 1], shape.outputs).init(device),
                })
            }
        }
    }

    /// An untrained network with the weights of this seed, whatever else the process trains.
    pub fn seeded(shape: &Shape, device: &Device, seed: u64) -> Self {
        let _lock = RANDOM.lock().unwrap_or_else(PoisonError::into_inner);
        device.seed(seed);
        let net = Self::new(shape, device);
        // Weights are drawn when they are first used.
        let _ = net.forward(Tensor::zeros([1, shape.window], device)).into_data();
        net
    }

    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Lstm(net) => {
                let [n, window] = x.dims();
                let (_, last) = net.lstm.forward(x.reshape([n, window, 1]), None);
                net.output.forward(last.hidden)
            }
            Self::Cnn(net) => {
                let [n, window] = x.dims();
                let mut x = x.reshape([n, 1, window]);
                for convolution in &net.convolutions {
                    x = net.activation.forward(convolution.forward(x));
                }
                net.output.forward(x.flatten(1, 2))
            }
            Self::Resnet(net) => net.forward(x),
            Self::Inception(net) => net.forward(x),
            Self::Mlp(net) => {
                let hidden = net.hidden.iter().fold(x, |x, layer| net.activation.forward(layer.forward(x)));
                net.output.forward(hidden)
            }
        }
    }
}
