//! Imports tracks of microscopes as labelled windows. One channel is what the instrument sees; a second one, or a label
//! of each track, is what a model predicts.

pub mod matlab;
mod movie;
mod options;
mod structures;
mod table;
mod track;

use crate::data::{Classes, Dataset, LabelSummary, RawTargets, ReadOptions, Samples, Target, numbered};
use crate::file::{self, Kind, Opened};
use crate::{Error, Next, Result};
use ndarray::Array2;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::path::{Path, PathBuf};

pub use movie::Dropped;
pub use options::{Fit, Label, MAX_GAP, Options};
pub use structures::{FIELDS, tracks};
pub use table::Columns;
pub use track::{Channel, Track};

use movie::Example;

/// What the files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// MATLAB files with an array of structures.
    Matlab,
    /// Tables with a row for each frame of each track.
    Table(Columns),
}

/// Windows, labels, and what they came from.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The windows. The files are the groups if there are several.
    pub data: Dataset,
    /// The number of frames in which each spot was detected, for the training windows and for the test windows.
    pub lifetimes: [Vec<usize>; 2],
    /// The number of tracks of all files.
    pub tracks: usize,
    /// The tracks that were left out.
    pub dropped: Vec<Dropped>,
}

/// Reads files of tracks, one movie each, and divides every channel by the movie's median of the tracks' highest
/// values. With several files, whole files are in the test split; with one file, single tracks.
///
/// # Errors
/// A file is of another format, is damaged or holds no tracks. A channel does not exist or is dark. Too few tracks are
/// left, or all are of one class.
pub fn import(paths: &[PathBuf], source: &Source, options: &Options) -> Result<Imported> {
    options.check()?;
    let (mut examples, mut dropped, mut tracks) = (Vec::new(), Vec::new(), 0);
    for (movie, path) in paths.iter().enumerate() {
        let of_file = match source {
            Source::Matlab => read_matlab(path, options.max_gap)?,
            Source::Table(columns) => table::read(path, columns, options.max_gap)?,
        };
        tracks += of_file.len();
        let (own, left_out) = options.examples(&path.display().to_string(), movie, &of_file)?;
        examples.extend(own);
        dropped.extend(left_out);
    }
    let file = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    let (train, test) = options.split(&examples, paths.len());
    if train.is_empty() || test.is_empty() {
        let others = dropped.iter().filter(|track| track.by_category).count();
        let by_category = if others > 0 { format!(", {others} are of other categories") } else { String::new() };
        let left = examples.len();
        let bound =
            format_args!("at least two tracks, for training and for testing; {left} of {tracks} are left{by_category}");
        let error = Error::input(file, "tracks", bound);
        return Err(if others > 0 { error.then(Next::OtherCategories) } else { error });
    }
    let (targets, class_names) = options.targets(&file, &examples)?;
    let samples = |rows: &[usize]| {
        let x = Array2::from_shape_fn((rows.len(), options.window), |(i, j)| examples[rows[i]].window[j]);
        let y = match &targets {
            Target::Values(values) => Target::Values(rows.iter().map(|&i| values[i]).collect()),
            Target::Classes { labels, classes } => {
                Target::Classes { labels: rows.iter().map(|&i| labels[i]).collect(), classes: *classes }
            }
        };
        Samples { x, y }
    };
    let several = paths.len() > 1;
    let groups = |rows: &[usize]| several.then(|| rows.iter().map(|&i| examples[i].movie).collect());
    let lifetimes = |rows: &[usize]| rows.iter().map(|&i| examples[i].lifetime).collect();
    let [groups, test_groups] = [groups(&train), groups(&test)];
    let data = Dataset { groups, test_groups, class_names, ..Dataset::of(file, samples(&train), samples(&test)) };
    data.check()?;
    Ok(Imported { lifetimes: [lifetimes(&train), lifetimes(&test)], data, tracks, dropped })
}

/// Reads the tracks of a MATLAB file.
fn read_matlab(path: &Path, max_gap: usize) -> Result<Vec<Track>> {
    let bad = |field: &str, why: &dyn std::fmt::Display| Error::input(path.display(), field, why);
    let Opened { file, bytes } = file::open(path, Kind::Tracks)?;
    let variables = matlab::read(file, bytes, &FIELDS).map_err(|why| bad("file", &why))?;
    tracks(&variables, max_gap).ok_or_else(|| {
        let names: Vec<_> = variables.iter().map(|(name, _)| name.as_str()).filter(|name| !name.is_empty()).collect();
        let fields = "A; tracksCoordAmpCG; or ref_intensity_bg_corrected, ref_tp_first, ref_tp_last, the same for cor, \
                      and tp_prev_all";
        let bound = format_args!("an array of structures with the fields {fields}; it has {}", names.join(", "));
        bad("variables", &bound)
    })
}

impl Options {
    /// The targets of all windows, and the names of the classes if the tracks name them.
    fn targets(&self, file: &str, examples: &[Example]) -> Result<(Target, Vec<String>)> {
        let labels = examples.iter().map(|example| example.label);
        Ok(match self.label {
            Label::Own => {
                let targets = RawTargets::of_texts(examples.iter().map(|example| example.own.as_str()));
                let summary = LabelSummary::of(&targets);
                let classes = summary.decide(&summary, file, "label", &ReadOptions::default())?;
                let names = classes.as_ref().map(Classes::names).unwrap_or_default();
                (numbered(file, "label", targets, classes.as_ref())?, names)
            }
            Label::Peak => (Target::Values(labels.map(f64::ln).collect()), Vec::new()),
            Label::Significant(_) | Label::Threshold(_) => {
                (Target::Classes { labels: labels.map(|label| label as usize).collect(), classes: 2 }, Vec::new())
            }
        })
    }

    /// Rows to train and to test on, in order.
    fn split(&self, examples: &[Example], movies: usize) -> (Vec<usize>, Vec<usize>) {
        let unit = |row: usize| if movies > 1 { examples[row].movie } else { row };
        let mut units: Vec<usize> = (0..examples.len()).map(unit).collect();
        units.dedup();
        units.shuffle(&mut ChaCha8Rng::seed_from_u64(self.seed));
        let count = (self.test * units.len() as f64).round() as usize;
        let most = units.len().saturating_sub(1).max(1);
        let mut held: Vec<usize> = units.into_iter().take(count.clamp(1, most)).collect();
        held.sort_unstable();
        (0..examples.len()).partition(|&row| held.binary_search(&unit(row)).is_err())
    }
}
