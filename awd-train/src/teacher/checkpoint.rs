//! The state of a training on the disk, so that it can go on after it was interrupted.

use super::fit::{Best, State, Training};
use super::net::Net;
use crate::data::{Dataset, checksum};
use crate::file::{self, Kind};
use crate::{Error, Result};
use burn::module::Module;
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A file for the state of one training.
pub struct Checkpoint {
    path: PathBuf,
    /// What it is a training of: any other's state is of no use.
    of: String,
}

/// What stands in it, in postcard, before its CRC-64.
#[derive(Serialize, Deserialize)]
struct Kept {
    of: String,
    decay: usize,
    epoch: usize,
    since: usize,
    net: Vec<u8>,
    optimiser: Vec<u8>,
    best: Option<(Vec<u8>, f64, f64)>,
}

impl Checkpoint {
    /// A checkpoint of this training on these data.
    pub fn new(path: &Path, data: &Dataset, training: &Training) -> Self {
        let Training { arch, seed, balanced, .. } = training;
        let (version, hash) = (env!("CARGO_PKG_VERSION"), data.train.hash());
        let groups = data.groups.as_deref().map(|groups| groups.iter().flat_map(|group| group.to_le_bytes()).collect());
        let groups = groups.map(|groups: Vec<u8>| checksum(&groups));
        let of = format!("{version} {arch:?} {seed} {balanced} {} {hash} {groups:?}", data.rows);
        Self { path: path.to_owned(), of }
    }

    /// Writes the state, whole or not at all.
    pub fn write(&self, state: &State) -> Result<()> {
        let failed = |why: &dyn std::fmt::Display| Error::failed(self.path.display(), why);
        let net = |net: &Net| net.clone().into_record().into_bytes().map(|bytes| bytes.to_vec());
        let optimiser = state.optimiser.into_bytes().map_err(|why| failed(&why))?.to_vec();
        let best = state.best.as_ref().map(|Best { net: best, loss, score }| Ok((net(best)?, *loss, *score)));
        let State { decay, epoch, since, .. } = *state;
        let kept = Kept {
            of: self.of.clone(),
            decay,
            epoch,
            since,
            net: net(&state.net).map_err(|why| failed(&why))?,
            optimiser,
            best: best.transpose().map_err(|why: burn::store::RecordError| failed(&why))?,
        };
        let mut bytes = postcard::to_allocvec(&kept).map_err(|why| failed(&why))?;
        bytes.extend(checksum(&bytes).to_le_bytes());
        file::write(&self.path, &bytes)
    }

    /// The state that was written last, for a network like that of `fresh`; nothing if it is not there, damaged, or of
    /// another training.
    pub fn read(&self, fresh: &State) -> Option<State> {
        let bytes = file::read(&self.path, Kind::Checkpoint).ok()?;
        let (bytes, crc) = bytes.split_last_chunk::<8>()?;
        let kept: Kept = (checksum(bytes) == u64::from_le_bytes(*crc)).then(|| postcard::from_bytes(bytes).ok())??;
        if kept.of != self.of {
            return None;
        }
        let net = |bytes: Vec<u8>| {
            let record = ModuleRecord::from_bytes(Bytes::from_bytes_vec(bytes)).ok()?;
            fresh.net.clone().try_load_record(record).ok()
        };
        let best = match kept.best {
            Some((bytes, loss, score)) => Some(Best { net: net(bytes)?, loss, score }),
            None => None,
        };
        let optimiser = fresh.optimiser.clone().from_bytes(Bytes::from_bytes_vec(kept.optimiser)).ok()?;
        let Kept { decay, epoch, since, .. } = kept;
        Some(State { net: net(kept.net)?, optimiser, decay, epoch, since, best })
    }

    /// There is nothing to go on with any more.
    pub fn remove(&self) -> Result<()> {
        std::fs::remove_file(&self.path).map_err(|why| Error::failed(self.path.display(), why))
    }
}
