//! The gradient cache: attributions of a set, in files like those of the set.

use super::files::listed;
use super::npz::{Elements, HASH, Npz, TEACHER};
use super::{Attributions, Dataset, Hashed, Shard, Shards};
use crate::cluster::{agreed, allgather};
use crate::{Error, Result};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

impl Shards<'_> {
    /// Reads the cached attributions of this rank's training windows `data` from an `.npz`: array `gradient_train`, (n,
    /// N) or (n, outputs, N), and `displacement_train` (n, N) if the method has displacements. It may also hold hashes
    /// of the windows and targets, and of the teacher's file; `teacher` is the hash that the latter must equal. For a
    /// set in shards, the path is a folder of files with the same names.
    ///
    /// # Errors
    /// On all ranks: the gradients are missing, an array has another shape, a hash is not an integer, or they belong to
    /// other windows or another teacher.
    pub fn attributions(&self, path: &Path, data: &Dataset, teacher: Option<u64>) -> Result<Attributions> {
        let files = listed(path, self.ranks)?;
        let files = self.matched(path, files)?;
        let hashes = self.hashes(data);
        let read = agreed(self.ranks, self.cached(&files, data, &hashes, teacher))?;
        // A rank without windows has read nothing.
        Ok(Attributions::of_rank(self.ranks, read, data.window()))
    }

    /// The cached file of each file of the set.
    fn matched(&self, path: &Path, files: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
        if self.shards().len() == 1 && files.len() == 1 {
            return Ok(files);
        }
        let bad = |name: &OsStr, what: &str| {
            let bound = format_args!("one file for each file of the data; {} {what}", name.display());
            Error::input(path.display(), "shards", bound)
        };
        let name = |file: &PathBuf| file.file_name().unwrap_or_default().to_owned();
        let is_shard = |file: &PathBuf| self.shards().iter().any(|shard| shard.name() == name(file));
        if let Some(file) = files.iter().find(|file| !is_shard(file)) {
            return Err(bad(&name(file), "is not a file of the data"));
        }
        let cached = |shard: &Shard| files.iter().find(|file| name(file) == shard.name()).cloned();
        self.shards().iter().map(|shard| cached(shard).ok_or_else(|| bad(shard.name(), "is missing"))).collect()
    }

    /// For each file, the hash of its training windows and their targets, whichever ranks hold them.
    fn hashes(&self, data: &Dataset) -> Vec<u64> {
        let mut first = 0;
        let own: Vec<[Hashed; 2]> = (self.rows(0).iter())
            .map(|rows| {
                let range = first..first + rows.len();
                first = range.end;
                data.train.hashed_rows(range)
            })
            .collect();
        let of_ranks = allgather(self.ranks, own);
        let of_shard = |shard: usize| {
            let part = |array: usize| of_ranks.iter().map(move |own| own[shard][array]);
            Hashed::all(part(0).chain(part(1)))
        };
        (0..self.shards().len()).map(of_shard).collect()
    }

    /// Reads this rank's rows of these files. `None` if it holds no windows.
    fn cached(
        &self,
        files: &[PathBuf],
        data: &Dataset,
        hashes: &[u64],
        teacher: Option<u64>,
    ) -> Result<Option<Attributions>> {
        let mut all: Option<Attributions> = None;
        for ((file, shard), (rows, &hash)) in files.iter().zip(self.shards()).zip(self.rows(0).into_iter().zip(hashes))
        {
            if rows.is_empty() {
                continue;
            }
            let mut npz = Npz::open(file)?;
            let [n, window] = [shard.windows[0], data.window()];
            if let Some(there) = npz.len("gradient_train")?.filter(|there| *there != n) {
                let bound = format_args!("shape ({n}, {window}) or ({n}, outputs, {window}); it has {there} windows");
                return Err(Error::input(&npz.file, "gradient_train", bound));
            }
            let missing = Error::input(&npz.file, "gradient_train", "missing");
            let here = npz.attributions(data.rows, rows.clone())?.ok_or(missing)?;
            here.check_shape(&npz.file, (rows.len(), window))?;
            let expected = [(HASH, Some(hash), "these windows and targets"), (TEACHER, teacher, "this network")];
            for (name, hash, what) in expected {
                let Some(hash) = hash else { continue };
                let bound = match npz.elements(name, 0..2)? {
                    None => continue,
                    Some(Elements::Integers(found)) if found == [hash.cast_signed()] => continue,
                    Some(Elements::Integers(_)) => format!("the hash of {what}; the file has the hash of others"),
                    Some(Elements::Floats(_)) => format!("an integer, the hash of {what}; these are floats"),
                    Some(Elements::Texts(_)) => format!("an integer, the hash of {what}; these are strings"),
                };
                return Err(Error::input(&npz.file, name, bound));
            }
            match &mut all {
                Some(all) => all.append(&here),
                None => all = Some(here),
            }
        }
        Ok(all)
    }
}
