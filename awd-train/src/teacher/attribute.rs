//! Attributions of a set, file by file, cached in files of the same names.

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

/// What is known of the attributions of a file, or of all files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attributed {
    /// Windows, outputs, samples.
    pub shape: [usize; 3],
    /// Whether they are multiplied by displacements, as those of path methods are.
    pub displacements: bool,
    /// How far gradients by finite differences may be off.
    pub step_error: Option<StepError>,
    /// By how much integrated gradients miss the difference of the outputs, as a fraction of it: 99 windows in a hundred miss less.
    pub incompleteness: Option<f32>,
}

impl Attributed {
    /// Of both: their windows, and the greater errors.
    fn and(self, other: Self) -> Self {
        let ([n, outputs, samples], [m, ..]) = (self.shape, other.shape);
        let either = |a: Option<f32>, b: Option<f32>| a.into_iter().chain(b).reduce(f32::max);
        Self {
            shape: [n + m, outputs, samples],
            displacements: self.displacements,
            step_error: self.step_error.into_iter().chain(other.step_error).reduce(StepError::or),
            incompleteness: either(self.incompleteness, other.incompleteness),
        }
    }
}

/// Attributes the training windows of all files of a set to a network, of one output or of all, and writes what
/// [`Shards::attributions`] reads: to the file `out`, or of several files into the folder `out`, which is made. Ranks take files in turn.
///
/// # Errors
/// The network does not fit, its gradients are not those of its outputs, there is no such output, a file cannot be written, or the
/// listener cancels.
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
    // Of several files one bar counts the files.
    let inner = if several { &silent } else { context.progress };
    let told = |done| tell(context.progress, Event { stage: "shards", done, total: n, note: String::new() });
    let mut own = Vec::new();
    for shard in (ranks.rank()..n).step_by(ranks.size()) {
        if several {
            told(shard)?;
        }
        own.push(attribute_file(shards, shard, source, method, output, out, inner)?);
    }
    told(n)?;
    let of_all = allgather(ranks, own).into_iter().flatten().reduce(Attributed::and);
    of_all.ok_or_else(|| Error::failed(out.display(), "the set has no file"))
}

/// Attributes the windows of one file.
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
    let place = if several { &out.join(shards.shards()[shard].name()) } else { out };
    write_attributions(place, &attributions, &data.train, hash)?;
    let displacements = attributions.displacements.is_some();
    Ok(Attributed { shape: attributions.gradients.dim().into(), displacements, step_error, incompleteness })
}

/// Attributions of several files go to as many, in a folder that is made if need be and is not that of the data.
fn check_folder(shards: &Shards<'_>, out: &Path) -> Result<()> {
    let bad = |bound: &dyn Display| Error::input(out.display(), "folder", bound);
    let names: BTreeSet<&OsStr> = shards.shards().iter().map(Shard::name).collect();
    if names.len() < shards.shards().len() {
        return Err(Error::input(shards.name(), "shards", "files whose names differ, whatever their folders"));
    }
    std::fs::create_dir_all(out).map_err(|why| bad(&why))?;
    names.iter().try_for_each(|name| file::check_place(&out.join(name)))?;
    let place = |path: &Path| path.canonicalize().ok();
    let folder = place(out);
    if shards.shards().iter().any(|shard| shard.path.parent().and_then(place) == folder) {
        return Err(bad(&"another than that of the data, whose files have the same names"));
    }
    Ok(())
}
