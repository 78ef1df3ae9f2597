//! The network that a verb is about.

use awd_train::Result;
use awd_train::attribution::Network;
use awd_train::attribution::check_cached;
use awd_train::cluster::{Ranks, agreed};
use awd_train::data::{Attributions, Dataset, Shards, checksum};
use awd_train::file::{self, Kind};
#[cfg(feature = "onnx")]
use awd_train::teacher::Onnx;
#[cfg(feature = "teacher")]
use awd_train::teacher::Teacher;
use std::path::Path;

#[derive(clap::Args)]
#[group(multiple = false)]
pub struct Source {
    /// A teacher's weights, from `awd teach`
    #[cfg(feature = "teacher")]
    #[arg(long)]
    teacher: Option<std::path::PathBuf>,
    /// A network from elsewhere, as ONNX (.onnx): one input, the windows; a value, or logits or probabilities
    #[cfg(feature = "onnx")]
    #[arg(long)]
    onnx: Option<std::path::PathBuf>,
}

/// A network of the data.
pub struct Loaded {
    pub network: Box<dyn Network>,
    /// CRC-64 of its file.
    pub hash: u64,
}

/// A network, and its file.
type Named<'s> = (&'s Path, Kind, Box<dyn Network>);

impl Source {
    /// The network that was named, if any was, on all ranks, which have the set in parts.
    pub fn load(&self, ranks: &dyn Ranks, data: &Dataset) -> Result<Option<Loaded>> {
        let Some((path, kind, network)) = agreed(ranks, self.network(ranks, data))? else { return Ok(None) };
        Ok(Some(Loaded { network, hash: checksum(&file::read(path, kind)?) }))
    }

    #[cfg_attr(not(any(feature = "teacher", feature = "onnx")), expect(unused_variables, reason = "there is no kind"))]
    fn network(&self, ranks: &dyn Ranks, data: &Dataset) -> Result<Option<Named<'_>>> {
        #[cfg(feature = "teacher")]
        if let Some(path) = &self.teacher {
            return Ok(Some((path, Kind::Weights, Box::new(Teacher::load_for(path, data)?))));
        }
        #[cfg(feature = "onnx")]
        if let Some(path) = &self.onnx {
            return Ok(Some((path, Kind::Network, Box::new(Onnx::load_across(ranks, path, data)?))));
        }
        Ok(None)
    }
}

impl Loaded {
    /// Cached attributions that must be of this network.
    pub fn cached(&self, path: &Path, shards: &Shards<'_>, data: &Dataset) -> Result<Attributions> {
        let cached = shards.attributions(path, data, Some(self.hash))?;
        check_cached(&*self.network, &data.train().x, &cached)?;
        Ok(cached)
    }
}
