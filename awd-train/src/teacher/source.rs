//! Loads a network from its file.

use crate::Result;
use crate::attribution::{Network, check_cached};
use crate::cluster::{Ranks, agreed};
use crate::data::{Attributions, Dataset, Shards, checksum};
use crate::file::{self, Kind};
use std::path::Path;

/// The file of a network.
#[derive(Debug, Clone, Copy)]
pub enum Source<'p> {
    /// The weights of a teacher that was trained here (safetensors), with a file of its shape next to them.
    Weights(&'p Path),
    /// An imported network, as ONNX, and the name of the output to use. Without a name it is the first that fits.
    Onnx(&'p Path, Option<&'p str>),
}

/// A network for the windows of a data set.
pub struct Loaded {
    /// The network.
    pub network: Box<dyn Network>,
    /// CRC-64 of its file, which identifies cached attributions.
    pub hash: u64,
}

impl Source<'_> {
    /// Loads the network on all ranks, each of which holds a share of the data.
    ///
    /// # Errors
    /// On all ranks: the file cannot be read, the network does not fit the windows and targets, or this library was
    /// built without the feature for such networks.
    pub fn load(&self, ranks: &dyn Ranks, data: &Dataset) -> Result<Loaded> {
        let network = agreed(ranks, self.network(ranks, data))?;
        let (Self::Weights(path) | Self::Onnx(path, _)) = *self;
        let kind = if matches!(self, Self::Onnx(..)) { Kind::Network } else { Kind::Weights };
        Ok(Loaded { network, hash: checksum(&file::read(path, kind)?) })
    }

    #[cfg_attr(not(feature = "onnx"), expect(unused_variables, reason = "only ONNX needs windows to be loaded"))]
    fn network(&self, ranks: &dyn Ranks, data: &Dataset) -> Result<Box<dyn Network>> {
        match self {
            #[cfg(feature = "teacher")]
            Self::Weights(path) => Ok(Box::new(super::Teacher::load_for(path, data)?)),
            #[cfg(not(feature = "teacher"))]
            Self::Weights(path) => {
                Err(crate::Error::failed(path.display(), "this build cannot train or load teachers (feature teacher)"))
            }
            #[cfg(feature = "onnx")]
            Self::Onnx(path, output) => Ok(Box::new(super::Onnx::load_across(ranks, path, *output, data)?)),
            #[cfg(not(feature = "onnx"))]
            Self::Onnx(path, _) => {
                Err(crate::Error::failed(path.display(), "this build cannot load ONNX (feature onnx)"))
            }
        }
    }
}

impl Loaded {
    /// Reads cached attributions of this network for the data (array `gradient_train` of an `.npz`), and checks them
    /// against the network.
    ///
    /// # Errors
    /// As [`Shards::attributions`]; or the attributions are not the gradients of this network.
    pub fn cached(&self, path: &Path, shards: &Shards<'_>, data: &Dataset) -> Result<Attributions> {
        let cached = shards.attributions(path, data, Some(self.hash))?;
        check_cached(&*self.network, &data.train.x, &cached)?;
        Ok(cached)
    }
}
