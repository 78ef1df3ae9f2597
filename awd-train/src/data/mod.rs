//! Labelled windows: what a teacher learns from and a model is distilled from.

mod archive;
mod attributions;
mod cached;
mod csv;
mod facts;
mod folds;
mod hash;
mod keys;
mod npy;
mod npz;
mod order;
mod parts;
mod shards;

use crate::ranks::{Alone, Ranks, gathered};
use crate::{Error, Result};
use awd_core::model::MAX_OUTPUTS;
use awd_core::model::MAX_WINDOW;
use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};
use std::path::Path;

pub use archive::{write_attributions, write_dataset};
pub use attributions::Attributions;
use facts::Facts;
pub use folds::{Dealt, Fold, Folded, OutOfFold, blocks, check_folds, folds};
pub use hash::{Hashed, checksum};
pub use shards::{Shard, Shards, listed};

/// Greatest modulus of a sample: the energy of the longest window is within what `f32` holds, also after the transform.
const GREATEST: f32 = 1e15;

/// Least difference between the smallest and the largest training sample: a millionth of its square is still an `f32`.
const LEAST_SPREAD: f32 = 1e-14;

/// What is to be predicted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Target {
    /// A value for each window.
    Values(Vec<f64>),
    /// A class 0..`classes` for each window.
    Classes {
        /// The class of each window.
        labels: Vec<usize>,
        /// How many classes there are.
        classes: usize,
    },
}

impl Target {
    /// Number of windows.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Classes { labels, .. } => labels.len(),
        }
    }

    /// No windows at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers that a readout puts out: one value, or a logit for each class but the first.
    #[must_use]
    pub const fn outputs(&self) -> usize {
        match self {
            Self::Values(_) => 1,
            Self::Classes { classes, .. } => *classes - 1,
        }
    }

    /// These targets, and those behind them.
    ///
    /// # Panics
    /// Those are of another kind.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        match (self, next) {
            (Self::Values(a), Self::Values(b)) => Self::Values([a, b].concat()),
            (Self::Classes { labels: a, classes }, Self::Classes { labels: b, classes: other }) => {
                Self::Classes { labels: [a, b].concat(), classes: classes.max(other) }
            }
            _ => panic!("targets are of one kind"),
        }
    }

    /// The targets of these windows.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::Values(values) => Self::Values(rows.iter().map(|&i| values[i]).collect()),
            Self::Classes { labels, classes } => {
                Self::Classes { labels: rows.iter().map(|&i| labels[i]).collect(), classes: *classes }
            }
        }
    }
}

/// Windows and their targets.
#[derive(Debug, Clone)]
pub struct Samples {
    /// Windows (n, N), in the instrument's units.
    pub x: Array2<f32>,
    /// Their n targets.
    pub y: Target,
}

impl Samples {
    /// These windows alone.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        Self { x: self.x.select(Axis(0), rows), y: self.y.select(rows) }
    }
}

/// A data set, split into what is trained on and what is only evaluated on.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Where it came from, for errors.
    pub file: String,
    /// For training, and for every choice.
    pub train: Samples,
    /// Read by `evaluate` and `report`, and nothing else.
    pub test: Samples,
    /// Rows of an image, whose samples stand in a window row by row; 1 for a signal.
    pub rows: usize,
    /// Group of each training window (movie, patient); folds never split a group.
    pub groups: Option<Vec<usize>>,
    /// Group of each test window; intervals draw whole groups.
    pub test_groups: Option<Vec<usize>>,
    /// Names of the groups that have windows in both splits: there the test split is not independent.
    pub groups_in_both: Vec<String>,
    /// What a teacher says about the training windows, where the file brings it.
    pub attributions: Option<Attributions>,
}

impl Dataset {
    /// Reads and checks an `.npz` with `x_train`, `y_train`, `x_test`, `y_test`, a folder or a glob of such with parts of one
    /// set, or a `.csv`; docs/data.md says more. `groups` names the groups; without it `group_train`, `movie_train` or
    /// `cosmology_train` is taken if there, of a `.csv` the column `group`.
    ///
    /// # Errors
    /// A missing array, a wrong shape, NaN, one class only: named with the file, the array and the bound.
    pub fn read(path: &Path, groups: Option<&str>) -> Result<Self> {
        Shards::open(path, groups, &Alone)?.read()
    }

    /// The same windows in two classes: 1 if they are of one of these, otherwise 0. What a teacher says of the old ones is left out.
    ///
    /// # Errors
    /// The targets are values, a class is none of theirs, or all training windows would be of one class.
    pub fn in_two(self, positive: &[usize]) -> Result<Self> {
        let relabelled = |Samples { x, y }: Samples| {
            let Target::Classes { labels, classes } = y else {
                return Err(Error::input(&self.file, "y_train", "classes; these are values"));
            };
            if let Some(class) = positive.iter().find(|class| **class >= classes) {
                let bound = format_args!("less than {classes}; asked for class {class}");
                return Err(Error::input(&self.file, "positive", bound));
            }
            let labels = labels.iter().map(|label| usize::from(positive.contains(label))).collect();
            Ok(Samples { x, y: Target::Classes { labels, classes: 2 } })
        };
        let (train, test) = (relabelled(self.train)?, relabelled(self.test)?);
        let two = Self { train, test, attributions: None, ..self };
        two.check()?;
        Ok(two)
    }

    /// Samples of a window.
    #[must_use]
    pub fn window(&self) -> usize {
        self.train.x.ncols()
    }

    /// Notes on its groups that the reader of results needs, a sentence each.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        const NAMED: usize = 5;
        let Self { groups_in_both: both, .. } = self;
        if both.is_empty() {
            return Vec::new();
        }
        let more = if both.len() > NAMED { format!(" and {} more", both.len() - NAMED) } else { String::new() };
        let (groups, are) = if both.len() == 1 { ("Group", "is") } else { ("Groups", "are") };
        let named = both[..both.len().min(NAMED)].join(", ");
        vec![format!(
            "{groups} {named}{more} {are} in both splits: windows of a group are alike, and scores on the test split are too high."
        )]
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.check_own()?;
        self.check_whole(&Alone)
    }

    /// What must be true of the windows of all ranks together.
    fn check_whole(&self, ranks: &dyn Ranks) -> Result<()> {
        let bad = |field: &str, bound: String| Err(Error::input(&self.file, field, bound));
        let all = gathered(ranks, Facts::of(self)).into_iter().reduce(Facts::plus).expect("a rank");
        some(&self.file, all.windows)?;
        let spread = all.samples[1] - all.samples[0];
        if spread > 0.0 && spread < LEAST_SPREAD {
            let bound = format!(
                "samples that differ by at least {LEAST_SPREAD:e}; they differ by {spread:e} at most: state them in a smaller unit"
            );
            return bad("x_train", bound);
        }
        if all.constant {
            return bad("x_train", "signals that change; every window is constant".into());
        }
        if let Some(absent) = all.classes.iter().position(|there| !there) {
            let classes = all.classes.len();
            return bad("y_train", format!("at least one window of each class 0..{classes}; {absent} has none"));
        }
        if all.values[0] == all.values[1] {
            return bad("y_train", "targets that differ; all are equal".into());
        }
        Ok(())
    }

    /// What must be true of any windows.
    fn check_own(&self) -> Result<()> {
        let bad = |field: &str, bound: String| Err(Error::input(&self.file, field, bound));
        let window = self.window();
        check_length(&self.file, "x_train", window)?;
        if self.test.x.ncols() != window {
            return bad(
                "x_test",
                format!("windows of {window} samples as in x_train; these have {}", self.test.x.ncols()),
            );
        }
        for (name, samples) in [("train", &self.train), ("test", &self.test)] {
            let n = samples.x.nrows();
            if samples.y.len() != n {
                return bad(&format!("y_{name}"), format!("{n} targets, one a window; it has {}", samples.y.len()));
            }
            finite(&self.file, &format!("x_{name}"), samples.x.view())?;
            match &samples.y {
                Target::Values(values) => {
                    // The board computes in f32.
                    let beyond = |value: &f64| !value.is_finite() || value.abs() > f64::from(f32::MAX);
                    if let Some(i) = values.iter().position(beyond) {
                        return bad(&format!("y_{name}"), format!("finite f32 numbers; number {i} is {}", values[i]));
                    }
                }
                Target::Classes { classes, .. } if !(2..=MAX_OUTPUTS + 1).contains(classes) => {
                    return bad(&format!("y_{name}"), format!("2..={} classes; it has {classes}", MAX_OUTPUTS + 1));
                }
                Target::Classes { labels, classes } => {
                    if let Some(unknown) = labels.iter().find(|&label| label >= classes) {
                        return bad(
                            &format!("y_{name}"),
                            format!("classes 0..{classes} as in y_train; it has {unknown}"),
                        );
                    }
                }
            }
        }
        bounded(&self.file, "x_train", self.train.x.view())?;
        for (groups, samples) in [(&self.groups, &self.train), (&self.test_groups, &self.test)] {
            if let Some(groups) = groups
                && groups.len() != samples.y.len()
            {
                return bad("groups", format!("{} entries, one a window; it has {}", samples.y.len(), groups.len()));
            }
        }
        if let Some(attributions) = &self.attributions {
            attributions.check(&self.file, &self.train.x)?;
        }
        Ok(())
    }
}

/// Windows have at least two samples, and no more than a board holds.
fn check_length(file: &str, field: &str, samples: usize) -> Result<()> {
    if (2..=usize::from(MAX_WINDOW)).contains(&samples) {
        return Ok(());
    }
    let bound = format_args!("windows of 2..={MAX_WINDOW} samples; these have {samples}: cut or average them");
    Err(Error::input(file, field, bound))
}

/// There must be windows of both splits.
fn some(file: &str, windows: [usize; 2]) -> Result<()> {
    match ["x_train", "x_test"].into_iter().zip(windows).find(|(_, n)| *n == 0) {
        Some((name, _)) => Err(Error::input(file, name, "at least one window; it has none")),
        None => Ok(()),
    }
}

/// The first so many windows to score (n, N), images row by row: array `x` of an `.npz`, or `x_test` where there is none; the
/// columns `x0`, … of a `.csv`. No more than those are read.
///
/// # Errors
/// They are not there, not of shape (windows, samples), or not finite.
pub fn read_windows(path: &Path, limit: usize) -> Result<Array2<f32>> {
    let x = if is_csv(path) { csv::windows(path, limit) } else { parts::windows(path, limit) }?;
    finite(&path.display().to_string(), "x", x.view())?;
    Ok(x)
}

fn is_csv(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

/// The energy of training windows is an `f32`.
fn bounded(file: &str, field: &str, rows: ArrayView2<'_, f32>) -> Result<()> {
    match rows.indexed_iter().find(|(_, value)| value.abs() > GREATEST) {
        Some(((i, k), value)) => {
            let bound = format_args!(
                "samples of modulus at most {GREATEST:e}; window {i}, sample {k} is {value:e}: state them in a larger unit"
            );
            Err(Error::input(file, field, bound))
        }
        None => Ok(()),
    }
}

fn finite(file: &str, field: &str, rows: ArrayView2<'_, f32>) -> Result<()> {
    match rows.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((i, k), value)) => {
            Err(Error::input(file, field, format_args!("finite numbers; window {i}, sample {k} is {value}")))
        }
        None => Ok(()),
    }
}
