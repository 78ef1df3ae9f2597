//! What a search has come to so far, in a file: the same search goes on from there to the same end.

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

/// The file, if there is to be one, and the search that it is of.
pub struct Checkpoint<'a> {
    path: Option<PathBuf>,
    ranks: &'a dyn Ranks,
    of: String,
    /// Of the first rank: no other process writes to the file meanwhile.
    _claim: Option<Claim>,
}

/// What stands in it, in postcard, before its CRC-64.
#[derive(Default, Serialize, Deserialize)]
pub struct Kept {
    of: String,
    /// The points of each walk, and the evaluations that it took.
    pub walks: Vec<Option<(Vec<Point>, usize)>>,
    /// Of each point what the best readout promises, and its losses.
    pub readouts: Vec<Option<(Chosen, Losses)>>,
}

impl<'a> Checkpoint<'a> {
    /// That of a search with these options through these windows.
    ///
    /// # Errors
    /// On all ranks: another process is at it.
    pub fn new(set: &TrainingSet<'a>, options: &Options) -> Result<Self> {
        let asked = Options { checkpoint: None, ..options.clone() };
        let path = options.checkpoint.clone();
        let of = path.as_ref().map_or_else(String::new, |_| {
            let TrainingSet { data, span, .. } = set;
            let windows = [span.total, data.rows, data.window()];
            let samples = set.hash(data.train.hashed());
            let groups = data.groups.as_ref().map(|groups| set.hash([Hashed::integers(groups), Hashed::NONE]));
            let attributions = set.attributions.map(|all| (all.outputs(), set.hash(all.hashed())));
            format!("{} {windows:?} {samples} {groups:?} {attributions:?} {asked:?}", env!("CARGO_PKG_VERSION"))
        });
        let claim = path.as_ref().filter(|_| set.ranks.rank() == 0).map(|path| Claim::of(path)).transpose();
        // The others hear whether the first rank has it.
        agreed(set.ranks, claim.as_ref().map(|_| ()).map_err(Clone::clone))?;
        Ok(Self { path, ranks: set.ranks, of, _claim: claim? })
    }

    /// What was kept last; nothing if the file is not there.
    ///
    /// # Errors
    /// On all ranks: it is of another search, or not a checkpoint. It would be lost.
    pub fn read(&self) -> Result<Kept> {
        let own = if self.ranks.rank() == 0 { self.kept() } else { Ok(None) };
        let fresh = || Kept { of: self.of.clone(), ..Kept::default() };
        allgather(self.ranks, own).swap_remove(0).map(|kept| kept.unwrap_or_else(fresh))
    }

    fn kept(&self) -> Result<Option<Kept>> {
        let Some(path) = self.path.as_ref().filter(|path| path.exists()) else { return Ok(None) };
        let bytes = file::read(path, Kind::Checkpoint)?;
        let kept = bytes.split_last_chunk::<8>().filter(|(bytes, crc)| checksum(bytes) == u64::from_le_bytes(**crc));
        let kept: Option<Kept> = kept.and_then(|(bytes, _)| postcard::from_bytes(bytes).ok());
        match kept.filter(|kept| kept.of == self.of) {
            Some(kept) => Ok(Some(kept)),
            None => Err(Error::input(
                path.display(),
                "checkpoint",
                "that of this search; it is of other data, other options or another version, or no checkpoint at all: name another \
                 file, or remove it",
            )),
        }
    }

    /// What is made of each of so many things, the first of `order` first, but for those that are `kept`; after each round of
    /// all ranks and threads it is kept.
    ///
    /// # Errors
    /// On all ranks: one of them cannot be made, and then none of its round is kept; or the file cannot be written.
    pub fn each<T: Clone + Serialize + DeserializeOwned + Send>(
        &self,
        kept: &mut Kept,
        of: impl Fn(&mut Kept) -> &mut Vec<Option<T>>,
        order: &[usize],
        make: impl Fn(usize) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        of(kept).resize_with(order.len(), || None);
        let known = of(kept);
        let open: Vec<usize> = order.iter().copied().filter(|&i| known[i].is_none()).collect();
        let threads: usize = allgather(self.ranks, rayon::current_num_threads()).into_iter().sum();
        let round = if self.path.is_some() { threads } else { open.len().max(1) };
        for turn in open.chunks(round) {
            let made = each(self.ranks, turn.len(), |k| make(turn[k])).into_iter().collect::<Result<Vec<T>>>()?;
            turn.iter().zip(made).for_each(|(&i, made)| of(kept)[i] = Some(made));
            agreed(self.ranks, self.write(kept))?;
        }
        Ok(of(kept).iter().flatten().cloned().collect())
    }

    fn write(&self, kept: &Kept) -> Result<()> {
        let Some(path) = self.path.as_ref().filter(|_| self.ranks.rank() == 0) else { return Ok(()) };
        let mut bytes = postcard::to_allocvec(kept).map_err(|why| Error::failed(path.display(), why))?;
        bytes.extend(checksum(&bytes).to_le_bytes());
        file::write(path, &bytes)
    }
}
