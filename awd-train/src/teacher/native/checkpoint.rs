//! Saves the state of a training to disk, so that it can resume after an interruption.

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
    /// Identifies the training. The state of another training is not used.
    identity: String,
    /// Keeps other processes from writing to the file.
    _claim: Claim,
}

/// The contents of the file: this in postcard, then its CRC-64.
#[derive(Serialize, Deserialize)]
struct Saved {
    identity: String,
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
    /// Another process uses the file.
    pub fn new(path: &Path, data: &Dataset, arch: Arch, training: &Training) -> Result<Self> {
        let Training { seed, balanced, .. } = training;
        let (version, hash) = (env!("CARGO_PKG_VERSION"), data.train.hash());
        let groups = data.groups.as_deref().map(Hashed::integers);
        let windows = [data.train.y.len(), data.rows, data.window()];
        let identity = format!("{version} {arch:?} {seed} {balanced} {windows:?} {hash} {groups:?}");
        Ok(Self { path: path.to_owned(), identity, _claim: Claim::of(path)? })
    }

    /// Writes the state completely, or not at all.
    pub fn write(&self, state: &State) -> Result<()> {
        let failed = |why: &dyn std::fmt::Display| Error::failed(self.path.display(), why);
        let net = |net: &Net| net.clone().into_record().into_bytes().map(|bytes| bytes.to_vec());
        let best = state.best.as_ref().map(|Best { net: best, loss, score }| Ok((net(best)?, *loss, *score)));
        let State { decay, epoch, since, .. } = *state;
        let saved = Saved {
            identity: self.identity.clone(),
            decay,
            epoch,
            since,
            net: net(&state.net).map_err(|why| failed(&why))?,
            optimiser: state.optimiser.clone(),
            best: best.transpose().map_err(|why: burn::store::RecordError| failed(&why))?,
        };
        let mut bytes = postcard::to_allocvec(&saved).map_err(|why| failed(&why))?;
        bytes.extend(checksum(&bytes).to_le_bytes());
        file::write(&self.path, &bytes)
    }

    /// The state that was written last, for a network built like that of `fresh`; none if the file is missing, damaged,
    /// or of another training.
    pub fn read(&self, fresh: &State) -> Option<State> {
        let bytes = file::read(&self.path, Kind::Checkpoint).ok()?;
        let (bytes, crc) = bytes.split_last_chunk::<8>()?;
        let saved: Saved =
            (checksum(bytes) == u64::from_le_bytes(*crc)).then(|| postcard::from_bytes(bytes).ok())??;
        if saved.identity != self.identity {
            return None;
        }
        let net = |bytes: Vec<u8>| {
            let record = ModuleRecord::from_bytes(Bytes::from_bytes_vec(bytes)).ok()?;
            fresh.net.clone().try_load_record(record).ok()
        };
        let best = match saved.best {
            Some((bytes, loss, score)) => Some(Best { net: net(bytes)?, loss, score }),
            None => None,
        };
        let Saved { optimiser, decay, epoch, since, .. } = saved;
        Some(State { net: net(saved.net)?, optimiser, decay, epoch, since, best })
    }
}
