//! Computes the attributions of a set file by file, and caches them in files of the same names.

use super::{Loaded, Source};
use crate::attribution::{Baseline, Method, StepError, incompleteness};
use crate::cluster::{Serial, allgather};
use crate::data::{Shard, Shards, write_attributions};
use crate::progress::{Context, Event, Progress, silent, tell};
use crate::{Error, Result, file};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt::Display;
use std::path::Path;

/// A summary of the attributions of a file, or of all files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attributed {
    /// Windows, outputs, samples.
    pub shape: [usize; 3],
    /// Whether gradients are multiplied by displacements, as in path methods.
    pub displacements: bool,
    /// The error of gradients by finite differences; none for exact gradients.
    pub step_error: Option<StepError>,
    /// The error of integrated gradients, as a fraction of the difference of the outputs: 99 % of windows have less.
    pub incompleteness: Option<f32>,
}

impl Attributed {
    /// Merges two summaries: adds the windows, and keeps the larger errors.
    fn merge(self, other: Self) -> Self {
        let ([n, outputs, samples], [m, ..]) = (self.shape, other.shape);
        let larger = |a: Option<f32>, b: Option<f32>| a.into_iter().chain(b).reduce(f32::max);
        Self {
            shape: [n + m, outputs, samples],
            displacements: self.displacements,
            step_error: self.step_error.into_iter().chain(other.step_error).reduce(StepError::or),
            incompleteness: larger(self.incompleteness, other.incompleteness),
        }
    }
}

/// Attributes one output of a network, or all outputs, to the training windows of all files of a set. Writes what
/// [`Shards::attributions`] reads: to the file `out`, or for several files into the folder `out`, which is created.
/// Files are assigned to the ranks in turn.
///
/// # Errors
/// The network does not fit, its gradients are not those of its outputs, there is no such output, a file cannot be
/// written, or the listener cancels.
pub fn attribute_files(
    shards: &Shards<'_>,
    source: Source<'_>,
    method: &Method,
    output: Option<usize>,
    out: &Path,
    context: Context<'_>,
) -> Result<Attributed> {
    let (ranks, n) = (context.ranks, shards.shards().len());
    let several = n > 1;
    if several {
        check_folder(shards, out)?;
    } else {
        file::check_place(out)?;
    }
    let method = match method {
        Method::IntegratedGradients { steps, baseline: Baseline::Mean } if several => {
            &Method::IntegratedGradients { steps: *steps, baseline: Baseline::Window(shards.mean()?) }
        }
        method => method,
    };
    // With several files, one progress bar counts the files.
    let inner = if several { &silent } else { context.progress };
    let report = |done| tell(context.progress, Event { stage: "shards", done, total: n, note: String::new() });
    let mut own = Vec::new();
    for shard in (ranks.rank()..n).step_by(ranks.size()) {
        if several {
            report(shard)?;
        }
        own.push(attribute_file(shards, shard, source, method, output, out, inner)?);
    }
    report(n)?;
    let merged = allgather(ranks, own).into_iter().flatten().reduce(Attributed::merge);
    merged.ok_or_else(|| Error::failed(out.display(), "the data set has no files"))
}

/// Computes and writes the attributions of one file.
fn attribute_file(
    shards: &Shards<'_>,
    shard: usize,
    source: Source<'_>,
    method: &Method,
    output: Option<usize>,
    out: &Path,
    progress: Progress<'_>,
) -> Result<Attributed> {
    let several = shards.shards().len() > 1;
    let data = if several { shards.shard(shard)? } else { shards.whole()? };
    let Loaded { network, hash } = source.load(&Serial, &data)?;
    let (mut attributions, step_error) = network.attribute(method, &data.train.x, progress)?;
    let incompleteness = match method {
        Method::IntegratedGradients { .. } => incompleteness(&*network, &data.train.x, &attributions)?,
        _ => None,
    };
    if let Some(output) = output {
        attributions = attributions.output(output)?;
    }
    attributions.check(&data.file, &data.train.x)?;
    let path = if several { &out.join(shards.shards()[shard].name()) } else { out };
    write_attributions(path, &attributions, &data.train, hash)?;
    let displacements = attributions.displacements.is_some();
    Ok(Attributed { shape: attributions.gradients.dim().into(), displacements, step_error, incompleteness })
}

/// Creates the folder for the attributions of several files, if it is missing. It must not be the folder of the data.
fn check_folder(shards: &Shards<'_>, out: &Path) -> Result<()> {
    let bad = |bound: &dyn Display| Error::input(out.display(), "folder", bound);
    let names: BTreeSet<&OsStr> = shards.shards().iter().map(Shard::name).collect();
    if names.len() < shards.shards().len() {
        return Err(Error::input(shards.name(), "shards", "file names must differ, even in different folders"));
    }
    std::fs::create_dir_all(out).map_err(|why| bad(&why))?;
    names.iter().try_for_each(|name| file::check_place(&out.join(name)))?;
    let canonical = |path: &Path| path.canonicalize().ok();
    let folder = canonical(out);
    if shards.shards().iter().any(|shard| shard.path.parent().and_then(canonical) == folder) {
        return Err(bad(&"a folder other than that of the data, whose files have the same names"));
    }
    Ok(())
}
