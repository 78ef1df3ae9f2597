//! The kinds of network.

use serde::{Deserialize, Serialize};

/// The kinds of network that can be trained here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    /// One recurrent layer, read at its last step (Hochreiter & Schmidhuber 1997).
    Lstm,
    /// Three strided convolutions and a linear layer.
    Cnn,
    /// Residual blocks of signals or images, and the mean of their channels (He et al. 2016).
    Resnet,
    /// Parallel convolutions of three lengths, and the mean of their channels (Ismail Fawaz et al. 2020).
    Inception,
    /// Two hidden layers of 32 rectified units, as in the published simulation (Ha et al. 2021).
    Mlp,
    /// Ten thousand shares of positive values of fixed kernels, and a ridge regression (MiniRocket; Dempster et al.
    /// 2021). Its gradients are those of smooth shares.
    Rocket,
}

impl Arch {
    /// Whether the windows of this network may be images.
    #[must_use]
    pub const fn sees_images(self) -> bool {
        matches!(self, Self::Resnet | Self::Mlp)
    }

    /// The name in options.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lstm => "lstm",
            Self::Cnn => "cnn",
            Self::Resnet => "resnet",
            Self::Inception => "inception",
            Self::Mlp => "mlp",
            Self::Rocket => "rocket",
        }
    }
}
