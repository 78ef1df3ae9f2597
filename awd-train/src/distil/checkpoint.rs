//! The checkpoint file of a search. The same search resumes from it and reaches the same result.

use super::{Options, Point};
use crate::cluster::{Ranks, agreed, allgather, each};
use crate::data::TrainingSet;
use crate::data::{Hashed, checksum};
use crate::file::{self, Claim, Kind};
use crate::readout::{Chosen, Losses};
use crate::{Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The checkpoint file, if there is one, and the identity of its search.
pub struct Checkpoint<'a> {
    path: Option<PathBuf>,
    ranks: &'a dyn Ranks,
    search: String,
    /// Held by rank 0: no other process writes to the file meanwhile.
    _claim: Option<Claim>,
}

/// The contents of the file, encoded with postcard and followed by a CRC-64.
#[derive(Default, Serialize, Deserialize)]
pub struct Contents {
    search: String,
    /// The points of each walk, and its number of evaluations.
    pub walks: Vec<Option<(Vec<Point>, usize)>>,
    /// The best readout of each point, and its losses.
    pub readouts: Vec<Option<(Chosen, Losses)>>,
}

impl<'a> Checkpoint<'a> {
    /// The checkpoint of a search with these options over these windows.
    ///
    /// # Errors
    /// On all ranks: another process uses the file.
    pub fn new(set: &TrainingSet<'a>, options: &Options) -> Result<Self> {
        let asked = Options { checkpoint: None, ..options.clone() };
        let path = options.checkpoint.clone();
        let search = path.as_ref().map_or_else(String::new, |_| {
            let TrainingSet { data, span, .. } = set;
            let windows = [span.total, data.rows, data.window()];
            let samples = set.hash(data.train.hashed());
            let groups = data.groups.as_ref().map(|groups| set.hash([Hashed::integers(groups), Hashed::NONE]));
            let attributions = set.attributions.map(|all| (all.outputs(), set.hash(all.hashed())));
            format!("{} {windows:?} {samples} {groups:?} {attributions:?} {asked:?}", env!("CARGO_PKG_VERSION"))
        });
        let claim = path.as_ref().filter(|_| set.ranks.rank() == 0).map(|path| Claim::of(path)).transpose();
        // Rank 0 tells the others whether it holds the claim.
        agreed(set.ranks, claim.as_ref().map(|_| ()).map_err(Clone::clone))?;
        Ok(Self { path, ranks: set.ranks, search, _claim: claim? })
    }

    /// Returns what was saved last; empty if the file does not exist.
    ///
    /// # Errors
    /// On all ranks: the file belongs to another search, or is not a checkpoint. Saving would overwrite it.
    pub fn read(&self) -> Result<Contents> {
        let own = if self.ranks.rank() == 0 { self.load() } else { Ok(None) };
        let fresh = || Contents { search: self.search.clone(), ..Contents::default() };
        allgather(self.ranks, own).swap_remove(0).map(|saved| saved.unwrap_or_else(fresh))
    }

    fn load(&self) -> Result<Option<Contents>> {
        let Some(path) = self.path.as_ref().filter(|path| path.exists()) else { return Ok(None) };
        let bytes = file::read(path, Kind::Checkpoint)?;
        let payload = bytes.split_last_chunk::<8>().filter(|(bytes, crc)| checksum(bytes) == u64::from_le_bytes(**crc));
        let contents: Option<Contents> = payload.and_then(|(bytes, _)| postcard::from_bytes(bytes).ok());
        match contents.filter(|contents| contents.search == self.search) {
            Some(contents) => Ok(Some(contents)),
            None => Err(Error::input(
                path.display(),
                "checkpoint",
                "a checkpoint of this search; it is from other data, other options or another version, or is not a checkpoint: name \
                 another file, or remove it",
            )),
        }
    }

    /// Computes the items in the order of `order`, except those that are saved already. Saves after each round, in
    /// which each thread of each rank computes one item.
    ///
    /// # Errors
    /// On all ranks: an item fails, and then no item of its round is saved; or the file cannot be written.
    pub fn compute_all<T: Clone + Serialize + DeserializeOwned + Send>(
        &self,
        saved: &mut Contents,
        items: impl Fn(&mut Contents) -> &mut Vec<Option<T>>,
        order: &[usize],
        make: impl Fn(usize) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        items(saved).resize_with(order.len(), || None);
        let known = items(saved);
        let missing: Vec<usize> = order.iter().copied().filter(|&i| known[i].is_none()).collect();
        let threads: usize = allgather(self.ranks, rayon::current_num_threads()).into_iter().sum();
        let round_len = if self.path.is_some() { threads } else { missing.len().max(1) };
        for round in missing.chunks(round_len) {
            let values = each(self.ranks, round.len(), |k| make(round[k])).into_iter().collect::<Result<Vec<T>>>()?;
            round.iter().zip(values).for_each(|(&i, value)| items(saved)[i] = Some(value));
            agreed(self.ranks, self.write(saved))?;
        }
        Ok(items(saved).iter().flatten().cloned().collect())
    }

    fn write(&self, saved: &Contents) -> Result<()> {
        let Some(path) = self.path.as_ref().filter(|_| self.ranks.rank() == 0) else { return Ok(()) };
        let mut bytes = postcard::to_allocvec(saved).map_err(|why| Error::failed(path.display(), why))?;
        bytes.extend(checksum(&bytes).to_le_bytes());
        file::write(path, &bytes)
    }
}
