//! Builds a data set from arrays.

use super::attributions::Attributions;
use super::dataset::Dataset;
use super::target::{Samples, Target};
use crate::{Error, Result};
use ndarray::Array2;
use std::collections::BTreeSet;

/// The name in errors of a data set without a name.
const NAME: &str = "data";

/// A data set that is built from arrays: see [`Dataset::builder`].
#[derive(Debug, Clone)]
pub struct Builder {
    data: Dataset,
    /// Whether the groups of training and of test windows were given here, with common numbers. Groups of files are
    /// numbered in each split separately.
    given: [bool; 2],
}

impl Dataset {
    /// Begins a data set of training windows `x` (n, N), in the units in which the instrument measures, and their n
    /// targets. Images are stored row by row.
    ///
    /// ```
    /// use awd_train::data::Dataset;
    /// use ndarray::Array2;
    ///
    /// let x = Array2::from_shape_fn((40, 16), |(i, t)| (0.1 * (1 + i % 2) as f32 * t as f32).sin());
    /// let data = Dataset::builder(x, (0..40).map(|i| i % 2).collect::<Vec<usize>>()).build()?;
    /// assert_eq!((data.window(), data.train().y.len(), data.test().y.len()), (16, 40, 0));
    /// # Ok::<(), awd_train::Error>(())
    /// ```
    #[must_use]
    pub fn builder(x: Array2<f32>, y: impl Into<Target>) -> Builder {
        let train = Samples { x, y: y.into() };
        let test = Samples { x: Array2::zeros((0, train.x.ncols())), y: train.y.select(&[]) };
        Builder { data: Dataset::of(NAME.into(), train, test), given: [false; 2] }
    }

    /// Returns a builder with the arrays of these data, to replace some of them. Replace the groups of both splits or
    /// of neither, because groups of files are numbered in each split separately.
    #[must_use]
    pub const fn into_builder(self) -> Builder {
        Builder { data: self, given: [false; 2] }
    }
}

impl Builder {
    /// Sets the name of the data in errors. The default is `data`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.data.file = name.into();
        self
    }

    /// Test windows `x` (m, N) and their m targets, of the same kind as those of the training windows.
    #[must_use]
    pub fn test(mut self, x: Array2<f32>, y: impl Into<Target>) -> Self {
        self.data.test = Samples { x, y: y.into() };
        self
    }

    /// The names of the classes, one for each. Without them classes are called by their numbers.
    #[must_use]
    pub fn class_names(mut self, names: Vec<String>) -> Self {
        self.data.class_names = names;
        self
    }

    /// Declares that windows are images of `rows` rows, 2 at least.
    #[must_use]
    pub const fn images(mut self, rows: usize) -> Self {
        self.data.rows = rows;
        self
    }

    /// The group of each training window, such as its movie or patient: folds never split a group.
    #[must_use]
    pub fn groups(mut self, groups: Vec<usize>) -> Self {
        self.data.groups = Some(groups);
        self.given[0] = true;
        self
    }

    /// The group of each test window, with the same numbers as those of the training windows: intervals draw whole
    /// groups.
    #[must_use]
    pub fn test_groups(mut self, groups: Vec<usize>) -> Self {
        self.data.test_groups = Some(groups);
        self.given[1] = true;
        self
    }

    /// Attributions of the training windows, computed elsewhere.
    #[must_use]
    pub fn attributions(mut self, attributions: Attributions) -> Self {
        self.data.attributions = Some(attributions);
        self
    }

    /// Checks everything and returns the data set.
    ///
    /// # Errors
    /// An array has the wrong shape, a sample or target is not finite, all windows are constant or all targets equal, a
    /// class has no training window, or there are too many classes or samples. The error names the array and the bound.
    /// Arrays are called `x_train`, `y_train`, `x_test`, `y_test` and `groups`, as in files.
    pub fn build(self) -> Result<Dataset> {
        let mut data = self.data;
        let bad = |field: &str, bound: String| Err(Error::input(&data.file, field, bound));
        match (&data.train.y, &mut data.test.y) {
            (Target::Values(_), Target::Values(_)) => (),
            // Labels beyond those of the training windows are refused below.
            (Target::Classes { classes, .. }, Target::Classes { classes: of_test, .. }) => *of_test = *classes,
            (Target::Values(_), Target::Classes { .. }) => {
                return bad("y_test", "values, like y_train; it has classes".into());
            }
            (Target::Classes { .. }, Target::Values(_)) => {
                return bad("y_test", "classes, like y_train; it has values".into());
            }
        }
        let window = data.window();
        if data.rows == 0 || !window.is_multiple_of(data.rows) {
            let bound = format!("images of {} complete rows; a window has {window} samples", data.rows);
            return bad("x_train", bound);
        }
        let classes = if let Target::Classes { classes, .. } = data.train.y { classes } else { 0 };
        if !data.class_names.is_empty() && data.class_names.len() != classes {
            let bound = format!("{classes} names of classes, one for each; it has {}", data.class_names.len());
            return bad("y_train", bound);
        }
        if self.given != [false; 2] {
            let [train, test] = [(&data.groups, self.given[0]), (&data.test_groups, self.given[1])]
                .map(|(groups, given)| groups.iter().flatten().copied().filter(|_| given).collect::<BTreeSet<usize>>());
            data.groups_in_both = train.intersection(&test).map(usize::to_string).collect();
        }
        data.check()?;
        Ok(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(n: usize) -> Array2<f32> {
        Array2::from_shape_fn((n, 6), |(i, t)| (i * t) as f32)
    }

    fn refused(builder: Builder) -> String {
        builder.build().unwrap_err().to_string()
    }

    #[test]
    fn every_invariant_is_checked_and_named() {
        let classes = || Dataset::builder(windows(4), vec![0, 1, 0, 1_usize]);
        let values = || Dataset::builder(windows(4), vec![0.0, 1.0, 2.0, 3.0]);
        assert!(classes().build().is_ok() && values().build().is_ok());
        assert!(classes().images(2).build().is_ok());
        let cases = [
            (Dataset::builder(windows(0), Vec::<f64>::new()), "data: x_train: at least one window; it has none"),
            (Dataset::builder(windows(4), vec![0.0, 1.0]), "data: y_train: 4 targets, one per window; it has 2"),
            (
                Dataset::builder(windows(4), vec![0, 2, 0, 2_usize]),
                "data: y_train: at least one window of each class below 3; class 1 has none",
            ),
            (Dataset::builder(windows(4), vec![1.0; 4]), "data: y_train: targets that differ; all are equal"),
            (
                Dataset::builder(Array2::zeros((2, 6)), vec![0.0, 1.0]),
                "data: x_train: signals that change; every window is constant",
            ),
            (values().named("mine").images(4), "mine: x_train: images of 4 complete rows; a window has 6 samples"),
            (values().images(0), "data: x_train: images of 0 complete rows; a window has 6 samples"),
            (values().groups(vec![1]), "data: groups: 4 entries, one per window; it has 1"),
            (values().test(windows(2), vec![0, 1_usize]), "data: y_test: values, like y_train; it has classes"),
            (classes().test(windows(2), vec![0.0, 1.0]), "data: y_test: classes, like y_train; it has values"),
            (classes().test(windows(2), vec![0, 2_usize]), "data: y_test: classes below 2, as in y_train; it has 2"),
            (
                values().test(Array2::zeros((1, 5)), vec![1.0]),
                "data: x_test: windows of 6 samples, as in x_train; these have 5",
            ),
        ];
        for (builder, expected) in cases {
            assert_eq!(refused(builder), expected);
        }
        let mut x = windows(4);
        x[[2, 3]] = f32::NAN;
        assert!(refused(Dataset::builder(x, vec![0.0, 1.0, 2.0, 3.0])).contains("window 2, sample 3 is NaN"));
    }

    #[test]
    fn groups_in_both_splits_are_reported() {
        let data = Dataset::builder(windows(4), vec![0.0, 1.0, 2.0, 3.0]).groups(vec![0, 0, 1, 2]);
        let data = data.test(windows(3), vec![0.0, 1.0, 2.0]).test_groups(vec![3, 2, 0]).build().unwrap();
        assert!(data.notes()[0].starts_with("Groups 0, 2 are in both splits"), "{:?}", data.notes());
        // Without new groups, `groups_in_both` stays as it is.
        let renamed =
            Dataset { groups_in_both: vec!["a".into()], ..data }.into_builder().named("other").build().unwrap();
        assert_eq!(renamed.groups_in_both, ["a"]);
        let apart = renamed.into_builder().groups(vec![4; 4]).test_groups(vec![5; 3]).build().unwrap();
        assert!(apart.notes().is_empty());
    }
}
