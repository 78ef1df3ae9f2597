//! The targets of a readout fit: values, class labels, or soft targets (labels mixed with a teacher's predictions).

use crate::data::{Fold, Folded, Target};
use ndarray::{Array2, Axis};

/// The target of each window.
#[derive(Debug, Clone, PartialEq)]
pub enum Aim {
    /// A value.
    Values(Vec<f64>),
    /// The probability of each class (n, classes).
    Shares(Array2<f64>),
}

impl From<&Target> for Aim {
    fn from(y: &Target) -> Self {
        match y {
            Target::Values(values) => Self::Values(values.clone()),
            Target::Classes { labels, classes } => Self::Shares(one_hot(labels, *classes)),
        }
    }
}

/// One-hot class probabilities (n, classes) of labelled windows.
pub fn one_hot(labels: &[usize], classes: usize) -> Array2<f64> {
    Array2::from_shape_fn((labels.len(), classes), |(row, class)| f64::from(u8::from(labels[row] == class)))
}

impl Aim {
    /// The targets of all windows. Out-of-fold predictions of a teacher, if there are any, get the weight `teacher`.
    pub fn of(folded: &Folded, teacher: f64) -> Self {
        let predicted = folded.out_of_fold.as_ref().map(|out_of_fold| &out_of_fold.all);
        Self::from(&folded.samples.y).softened(predicted, teacher)
    }

    /// The targets of the windows outside of a fold. A teacher's predictions get the weight `teacher`; they come from
    /// fits that saw neither this fold nor the window's own fold.
    pub fn outside(folded: &Folded, fold: usize, teacher: f64) -> Self {
        let predicted = folded.out_of_fold.as_ref().map(|out_of_fold| &out_of_fold.of_folds[fold]);
        let Fold { train, .. } = &folded.folds[fold];
        match Self::from(&folded.samples.y).softened(predicted, teacher) {
            Self::Values(values) => Self::Values(train.iter().map(|&row| values[row]).collect()),
            Self::Shares(shares) => Self::Shares(shares.select(Axis(0), train)),
        }
    }

    fn softened(self, predicted: Option<&Array2<f64>>, teacher: f64) -> Self {
        match (self, predicted) {
            (Self::Shares(labels), Some(predicted)) => Self::Shares(predicted * teacher + labels * (1.0 - teacher)),
            (aim, _) => aim,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{OutOfFold, Samples, blocks};

    #[test]
    fn teacher_predictions_get_the_stated_weight() {
        let y = Target::Classes { labels: vec![0, 1, 1, 0], classes: 2 };
        let samples = Samples { x: Array2::zeros((4, 2)), y };
        let predicted = |p: f64| Array2::from_shape_fn((4, 2), |(_, class)| if class == 0 { p } else { 1.0 - p });
        let out_of_fold = OutOfFold { all: predicted(0.6), of_folds: vec![predicted(0.2), predicted(1.0)] };
        let folded = Folded { samples, folds: blocks(4, 2), out_of_fold: Some(out_of_fold) };
        let shares = |aim| match aim {
            Aim::Shares(shares) => shares.column(0).to_vec(),
            Aim::Values(_) => unreachable!("classes"),
        };
        assert_eq!(shares(Aim::of(&folded, 0.0)), [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(shares(Aim::of(&folded, 0.5)), [0.8, 0.3, 0.3, 0.8]);
        assert_eq!(shares(Aim::outside(&folded, 0, 0.5)), [0.1, 0.6]);
        assert_eq!(shares(Aim::outside(&folded, 1, 1.0)), [1.0, 1.0]);
        let without_teacher = Folded { out_of_fold: None, ..folded };
        assert_eq!(Aim::of(&without_teacher, 0.5), Aim::from(&without_teacher.samples.y));
    }
}
