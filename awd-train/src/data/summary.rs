//! What a data set contains, for somebody who wants to know how a file was read.

use super::{Dataset, Samples, Target};
use crate::cluster::{Ranks, Span};
use crate::model::name_of;
use ndarray::ArrayView1;
use serde::Serialize;
use std::collections::HashSet;

/// This many equal samples in a row, at the least or the greatest of all, are taken for clipping.
const CLIPPED: usize = 3;

/// The contents of a data set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The file.
    pub file: String,
    /// `classification` or `regression`.
    pub task: &'static str,
    /// The number of training and of test windows.
    pub windows: [usize; 2],
    /// The samples of a window.
    pub samples: usize,
    /// The rows of an image; 1 for a signal.
    pub rows: usize,
    /// The classes; none if targets are values.
    pub classes: Vec<Class>,
    /// The least and the greatest target of the training windows; `None` if targets are classes.
    pub targets: Option<[f64; 2]>,
    /// The least and the greatest sample of the training windows.
    pub range: [f32; 2],
    /// The number of groups of the training windows; `None` if there are no groups.
    pub groups: Option<usize>,
    /// The groups that have windows in both splits.
    pub groups_in_both: Vec<String>,
    /// The number of windows of both splits in which all samples are equal.
    pub constant: usize,
    /// The number of training windows with three or more equal samples in a row at the least or the greatest sample of
    /// all.
    pub clipped: usize,
    /// The number of training windows that equal an earlier one.
    pub duplicates: usize,
    /// The number of test windows that equal a training window.
    pub in_both: usize,
    /// Notes about how the file was read, and about the order of the windows.
    pub notes: Vec<String>,
}

/// A class and its windows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Class {
    /// Its name; its number if it has no other.
    pub name: String,
    /// The number of training and of test windows.
    pub windows: [usize; 2],
}

impl Dataset {
    /// The task and the size in words, such as "500 training windows of 140 samples, 5 classes".
    #[must_use]
    pub fn what(&self, ranks: &dyn Ranks) -> String {
        let windows = Span::of(self.train.y.len(), ranks).total;
        let samples = match self.rows {
            1 => format!("{} samples", self.window()),
            rows => format!("{rows}×{} samples", self.window() / rows),
        };
        let task = match self.train.y {
            Target::Values(_) => "values".into(),
            Target::Classes { classes, .. } => format!("{classes} classes"),
        };
        format!("{windows} training windows of {samples}, {task}")
    }

    /// What the data set contains.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let splits = [&self.train, &self.test];
        let range = extremes(self.train.x.iter().copied());
        let (classes, targets) = match &self.train.y {
            Target::Values(values) => {
                let both = |[least, greatest]: [f64; 2], value: &f64| [least.min(*value), greatest.max(*value)];
                (Vec::new(), Some(values.iter().fold([f64::INFINITY, f64::NEG_INFINITY], both)))
            }
            Target::Classes { classes, .. } => {
                let class = |class| Class {
                    name: name_of(&self.class_names, class),
                    windows: splits.map(|samples| count(samples, class)),
                };
                ((0..*classes).map(class).collect(), None)
            }
        };
        let mut known = HashSet::new();
        let duplicates = self.train.x.rows().into_iter().filter(|row| !known.insert(bits(row))).count();
        let constant = |samples: &Samples| {
            samples.x.rows().into_iter().filter(|row| row.iter().all(|sample| *sample == row[0])).count()
        };
        Summary {
            file: self.file.clone(),
            task: if targets.is_some() { "regression" } else { "classification" },
            windows: splits.map(|samples| samples.y.len()),
            samples: self.window(),
            rows: self.rows,
            classes,
            targets,
            range,
            groups: self.groups.as_ref().map(|groups| groups.iter().collect::<HashSet<_>>().len()),
            groups_in_both: self.groups_in_both.clone(),
            constant: splits.map(constant).iter().sum(),
            clipped: self.train.x.rows().into_iter().filter(|row| is_clipped(row, range)).count(),
            duplicates,
            in_both: self.test.x.rows().into_iter().filter(|row| known.contains(&bits(row))).count(),
            notes: self.notes().into_iter().chain(self.order_note()).collect(),
        }
    }
}

fn count(samples: &Samples, class: usize) -> usize {
    match &samples.y {
        Target::Values(_) => 0,
        Target::Classes { labels, .. } => labels.iter().filter(|label| **label == class).count(),
    }
}

fn extremes(samples: impl Iterator<Item = f32>) -> [f32; 2] {
    samples
        .fold([f32::INFINITY, f32::NEG_INFINITY], |[least, greatest], sample| [least.min(sample), greatest.max(sample)])
}

fn bits(row: &ArrayView1<'_, f32>) -> Vec<u32> {
    // Both zeros are equal.
    row.iter().map(|sample| (sample + 0.0).to_bits()).collect()
}

fn is_clipped(row: &ArrayView1<'_, f32>, range: [f32; 2]) -> bool {
    let run = |end: f32| {
        let step = |(longest, run): (usize, usize), sample: &f32| {
            let run = if *sample == end { run + 1 } else { 0 };
            (longest.max(run), run)
        };
        row.iter().fold((0, 0), step).0
    };
    let constant = row.iter().all(|sample| *sample == row[0]);
    !constant && range.iter().any(|end| run(*end) >= CLIPPED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Serial;
    use ndarray::array;

    #[test]
    fn what_is_in_a_set_is_counted() {
        let x = array![[0.0, 1.0, 0.5, 0.2], [0.0, 1.0, 0.5, 0.2], [9.0, 9.0, 9.0, 1.0], [2.0, 2.0, 2.0, 2.0]];
        let data = Dataset::builder(x, vec![0, 1, 1, 1_usize])
            .class_names(vec!["a".into(), "b".into()])
            .test(array![[0.0, 1.0, 0.5, 0.2], [5.0, 1.0, 0.5, 0.2]], vec![0, 0_usize])
            .groups(vec![0, 0, 1, 1])
            .build()
            .unwrap();
        let summary = data.summary();
        assert_eq!((summary.windows, summary.samples, summary.range), ([4, 2], 4, [0.0, 9.0]));
        assert_eq!([summary.constant, summary.clipped, summary.duplicates, summary.in_both], [1, 1, 1, 1]);
        let class = |name: &str, windows| Class { name: name.into(), windows };
        assert_eq!(summary.classes, [class("a", [1, 2]), class("b", [3, 0])]);
        assert_eq!((summary.groups, summary.targets), (Some(2), None));
        assert_eq!(data.what(&Serial), "4 training windows of 4 samples, 2 classes");
        let values = Dataset::builder(array![[0.0, 1.0], [2.0, 1.0]], vec![0.5, 7.0]).build().unwrap();
        assert_eq!(values.summary().targets, Some([0.5, 7.0]));
        assert_eq!(values.what(&Serial), "2 training windows of 2 samples, values");
    }
}
