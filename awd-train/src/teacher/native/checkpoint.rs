//! The state of a training on the disk, so that it can go on after it was interrupted.

use super::adam::Adam;
use super::net::Net;
use super::state::{Best, State};
use super::{Arch, Training};
use crate::data::{Dataset, Hashed, checksum};
use crate::file::{self, Claim, Kind};
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
    /// No other process writes to the file meanwhile.
    _claim: Claim,
}

/// What stands in it, in postcard, before its CRC-64.
#[derive(Serialize, Deserialize)]
struct Kept {
    of: String,
    decay: usize,
    epoch: usize,
    since: usize,
    net: Vec<u8>,
    optimiser: Adam,
    best: Option<(Vec<u8>, f64, f64)>,
}

impl Checkpoint {
    /// A checkpoint of this training on these data.
    ///
    /// # Errors
    /// Another process is at it.
    pub fn new(path: &Path, data: &Dataset, arch: Arch, training: &Training) -> Result<Self> {
        let Training { seed, balanced, .. } = training;
        let (version, hash) = (env!("CARGO_PKG_VERSION"), data.train.hash());
        let groups = data.groups.as_deref().map(Hashed::integers);
        let windows = [data.train.y.len(), data.rows, data.window()];
        let of = format!("{version} {arch:?} {seed} {balanced} {windows:?} {hash} {groups:?}");
        Ok(Self { path: path.to_owned(), of, _claim: Claim::of(path)? })
    }

    /// Writes the state, whole or not at all.
    pub fn write(&self, state: &State) -> Result<()> {
        let failed = |why: &dyn std::fmt::Display| Error::failed(self.path.display(), why);
        let net = |net: &Net| net.clone().into_record().into_bytes().map(|bytes| bytes.to_vec());
        let best = state.best.as_ref().map(|Best { net: best, loss, score }| Ok((net(best)?, *loss, *score)));
        let State { decay, epoch, since, .. } = *state;
        let kept = Kept {
            of: self.of.clone(),
            decay,
            epoch,
            since,
            net: net(&state.net).map_err(|why| failed(&why))?,
            optimiser: state.optimiser.clone(),
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
        let Kept { optimiser, decay, epoch, since, .. } = kept;
        Some(State { net: net(kept.net)?, optimiser, decay, epoch, since, best })
    }
}
