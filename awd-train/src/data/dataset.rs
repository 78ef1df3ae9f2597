//! A data set, and the checks that it must pass.

use super::attributions::Attributions;
use super::bounds::{check_finite, check_length, check_modulus};
use super::statistics::Statistics;
use super::target::{Samples, Target};
use crate::cluster::{Ranks, Serial, Span, allgather};
use crate::model::name_of;
use crate::{Error, Result};
use awd_core::model::{MAX_CLASS_NAME, MAX_OUTPUTS};

/// Least difference between the smallest and the largest training sample. With it a millionth of its square is still a
/// normal `f32`.
const LEAST_SPREAD: f32 = 1e-14;

/// A data set: training windows, on which all choices are made, and test windows, which only `evaluate` and `report`
/// read.
///
/// Every data set has been checked: [`Dataset::read`] checks files, [`Dataset::builder`] checks arrays.
#[derive(Debug, Clone)]
pub struct Dataset {
    pub(crate) file: String,
    pub(crate) train: Samples,
    pub(crate) test: Samples,
    pub(crate) rows: usize,
    pub(crate) groups: Option<Vec<usize>>,
    pub(crate) test_groups: Option<Vec<usize>>,
    /// Names of the groups that have windows in both splits. If there are any, the test split is not independent.
    pub(crate) groups_in_both: Vec<String>,
    pub(crate) attributions: Option<Attributions>,
    /// The names of the classes; none if they are 0, 1, 2, …
    pub(crate) class_names: Vec<String>,
    /// What a reader of the data should know, from the reader of the file.
    pub(crate) notes: Vec<String>,
}

impl Dataset {
    /// Signals without groups, names and attributions. They are not checked.
    pub(crate) const fn of(file: String, train: Samples, test: Samples) -> Self {
        Self {
            file,
            train,
            test,
            rows: 1,
            groups: None,
            test_groups: None,
            groups_in_both: Vec::new(),
            attributions: None,
            class_names: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The origin of the data, as errors name it: a file, or the name that was given to
    /// [`Builder::named`](super::Builder::named).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.file
    }

    /// The training windows (n, N) and their n targets.
    #[must_use]
    pub const fn train(&self) -> &Samples {
        &self.train
    }

    /// The test windows (m, N) and their m targets; m may be 0.
    #[must_use]
    pub const fn test(&self) -> &Samples {
        &self.test
    }

    /// The number of rows of an image, which is stored row by row; 1 for a signal.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// The group of each training window, such as its movie or patient; folds never split a group.
    #[must_use]
    pub fn groups(&self) -> Option<&[usize]> {
        self.groups.as_deref()
    }

    /// The group of each test window; intervals draw whole groups.
    #[must_use]
    pub fn test_groups(&self) -> Option<&[usize]> {
        self.test_groups.as_deref()
    }

    /// The names of the classes, as the file has them; none if they are 0, 1, 2, …, or if targets are values.
    #[must_use]
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// Takes the attributions of the training windows out of the data, if there are any.
    pub const fn take_attributions(&mut self) -> Option<Attributions> {
        self.attributions.take()
    }

    /// Returns the part of the data that this rank holds.
    #[must_use]
    pub fn share(&self, ranks: &dyn Ranks) -> Self {
        if ranks.size() == 1 {
            return self.clone();
        }
        let rows = |samples: &Samples| Span::share(samples.y.len(), ranks).range().collect::<Vec<_>>();
        let (train, test) = (rows(&self.train), rows(&self.test));
        let selected = |groups: &Option<Vec<usize>>, rows: &[usize]| {
            groups.as_ref().map(|groups| rows.iter().map(|&row| groups[row]).collect())
        };
        Self {
            groups: selected(&self.groups, &train),
            test_groups: selected(&self.test_groups, &test),
            attributions: self.attributions.as_ref().map(|attributions| attributions.select(&train)),
            train: self.train.select(&train),
            test: self.test.select(&test),
            ..self.clone()
        }
    }

    /// Returns the same windows with the classes numbered as in a model or a network with these class names; none mean
    /// the numbers 0 to `classes` − 1. Values stay as they are.
    ///
    /// # Errors
    /// A window is of a class that has no such name.
    pub fn with_classes(self, names: &[String], classes: usize) -> Result<Self> {
        let (Target::Classes { classes: own, .. }, false) = (&self.train.y, names == self.class_names) else {
            return Ok(self);
        };
        let all: Vec<String> = (0..classes).map(|class| name_of(names, class)).collect();
        let number = |class: usize| {
            let name = name_of(&self.class_names, class);
            all.iter().position(|other| *other == name).ok_or_else(|| {
                let bound = format_args!("classes {}, as in the model; these data have class {name}", all.join(", "));
                Error::input(&self.file, "y_train", bound)
            })
        };
        let numbers = (0..*own).map(number).collect::<Result<Vec<usize>>>()?;
        let renumbered = |samples: &Samples| match &samples.y {
            Target::Values(_) => samples.clone(),
            Target::Classes { labels, .. } => {
                let labels = labels.iter().map(|&label| numbers[label]).collect();
                Samples { x: samples.x.clone(), y: Target::Classes { labels, classes } }
            }
        };
        let (train, test) = (renumbered(&self.train), renumbered(&self.test));
        Ok(Self { train, test, class_names: names.to_vec(), ..self })
    }

    /// The number of samples of a window.
    #[must_use]
    pub fn window(&self) -> usize {
        self.train.x.ncols()
    }

    /// Notes that a reader of the results needs: how the file was read, the names of classes, and groups that are in both splits.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        const NAMED: usize = 5;
        let Self { groups_in_both: both, class_names, .. } = self;
        let mut notes = self.notes.clone();
        if !class_names.is_empty() {
            let numbered = (0..).zip(class_names).map(|(class, name): (usize, _)| format!("{class} = {name}"));
            notes.push(format!("Classes: {}.", numbered.collect::<Vec<_>>().join(", ")));
        }
        if both.is_empty() {
            return notes;
        }
        let more = if both.len() > NAMED { format!(" and {} more", both.len() - NAMED) } else { String::new() };
        let (groups, are) = if both.len() == 1 { ("Group", "is") } else { ("Groups", "are") };
        let named = both[..both.len().min(NAMED)].join(", ");
        notes.push(format!(
            "{groups} {named}{more} {are} in both splits: windows of a group are similar, and scores on the test split are too high."
        ));
        notes
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.check_own()?;
        self.check_whole(&Serial)
    }

    /// Checks the windows of all ranks together.
    pub(super) fn check_whole(&self, ranks: &dyn Ranks) -> Result<()> {
        let bad = |field: &str, bound: String| Err(Error::input(&self.file, field, bound));
        let all = allgather(ranks, Statistics::of(&self.train, self.test.y.len()))
            .into_iter()
            .reduce(Statistics::plus)
            .expect("a rank");
        if all.windows[0] == 0 {
            return bad("x_train", "at least one window; it has none".into());
        }
        let spread = all.samples[1] - all.samples[0];
        if spread > 0.0 && spread < LEAST_SPREAD {
            let bound = format!(
                "samples that differ by at least {LEAST_SPREAD:e}; they differ by {spread:e} at most: convert them to a smaller unit"
            );
            return bad("x_train", bound);
        }
        if all.constant {
            return bad("x_train", "signals that change; every window is constant".into());
        }
        if let Some(absent) = all.classes.iter().position(|there| !there) {
            let classes = all.classes.len();
            return bad(
                "y_train",
                format!("at least one window of each class below {classes}; class {absent} has none"),
            );
        }
        if all.values[0] == all.values[1] {
            return bad("y_train", "targets that differ; all are equal".into());
        }
        Ok(())
    }

    /// Checks this rank's windows.
    pub(super) fn check_own(&self) -> Result<()> {
        let bad = |field: &str, bound: String| Err(Error::input(&self.file, field, bound));
        let window = self.window();
        check_length(&self.file, "x_train", window)?;
        if self.test.x.ncols() != window {
            return bad(
                "x_test",
                format!("windows of {window} samples, as in x_train; these have {}", self.test.x.ncols()),
            );
        }
        for (name, samples) in [("train", &self.train), ("test", &self.test)] {
            let n = samples.x.nrows();
            if samples.y.len() != n {
                return bad(&format!("y_{name}"), format!("{n} targets, one per window; it has {}", samples.y.len()));
            }
            check_finite(&self.file, &format!("x_{name}"), samples.x.view())?;
            match &samples.y {
                Target::Values(values) => {
                    // The board computes in f32.
                    let beyond = |value: &f64| !value.is_finite() || value.abs() > f64::from(f32::MAX);
                    if let Some(i) = values.iter().position(beyond) {
                        return bad(&format!("y_{name}"), format!("finite f32 numbers; entry {i} is {}", values[i]));
                    }
                }
                Target::Classes { classes, .. } if !(2..=MAX_OUTPUTS + 1).contains(classes) => {
                    return bad(&format!("y_{name}"), format!("2 to {} classes; it has {classes}", MAX_OUTPUTS + 1));
                }
                Target::Classes { labels, classes } => {
                    if let Some(unknown) = labels.iter().find(|&label| label >= classes) {
                        return bad(
                            &format!("y_{name}"),
                            format!("classes below {classes}, as in y_train; it has {unknown}"),
                        );
                    }
                }
            }
        }
        let is_name = |name: &&String| (1..=MAX_CLASS_NAME).contains(&name.len()) && !name.contains(char::is_control);
        if let Some(name) = self.class_names.iter().find(|name| !is_name(name)) {
            let bound =
                format!("names of classes of 1 to {MAX_CLASS_NAME} bytes, without line breaks; one is {name:?}");
            return bad("y_train", bound);
        }
        check_modulus(&self.file, "x_train", self.train.x.view())?;
        for (groups, samples) in [(&self.groups, &self.train), (&self.test_groups, &self.test)] {
            if let Some(groups) = groups
                && groups.len() != samples.y.len()
            {
                return bad("groups", format!("{} entries, one per window; it has {}", samples.y.len(), groups.len()));
            }
        }
        if let Some(attributions) = &self.attributions {
            attributions.check(&self.file, &self.train.x)?;
        }
        Ok(())
    }
}
