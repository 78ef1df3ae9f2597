//! What a readout is fitted to: targets, or those that outputs of a teacher soften.

use crate::data::{Fold, Folded, Target};
use ndarray::{Array2, Axis};

/// Of each window, what the readout is to say.
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
            Target::Classes { labels, classes } => Self::Shares(shares(labels, *classes)),
        }
    }
}

/// All of a window is of its class (n, classes).
pub fn shares(labels: &[usize], classes: usize) -> Array2<f64> {
    Array2::from_shape_fn((labels.len(), classes), |(row, class)| f64::from(u8::from(labels[row] == class)))
}

impl Aim {
    /// Of all windows; what a teacher without the window's fold says has this share.
    pub fn of(folded: &Folded, teacher: f64) -> Self {
        let said = folded.left_out.as_ref().map(|left_out| &left_out.all);
        Self::from(&folded.samples.y).softened(said, teacher)
    }

    /// Of the windows outside of a fold; what a teacher with neither that fold nor the window's own says has this share.
    pub fn outside(folded: &Folded, fold: usize, teacher: f64) -> Self {
        let said = folded.left_out.as_ref().map(|left_out| &left_out.of_folds[fold]);
        let Fold { train, .. } = &folded.folds[fold];
        match Self::from(&folded.samples.y).softened(said, teacher) {
            Self::Values(values) => Self::Values(train.iter().map(|&row| values[row]).collect()),
            Self::Shares(shares) => Self::Shares(shares.select(Axis(0), train)),
        }
    }

    fn softened(self, said: Option<&Array2<f64>>, teacher: f64) -> Self {
        match (self, said) {
            (Self::Shares(own), Some(said)) => Self::Shares(said * teacher + own * (1.0 - teacher)),
            (aim, _) => aim,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{LeftOut, Samples, blocks};

    #[test]
    fn what_a_teacher_says_has_its_share() {
        let y = Target::Classes { labels: vec![0, 1, 1, 0], classes: 2 };
        let samples = Samples { x: Array2::zeros((4, 2)), y };
        let said = |p: f64| Array2::from_shape_fn((4, 2), |(_, class)| if class == 0 { p } else { 1.0 - p });
        let left_out = LeftOut { all: said(0.6), of_folds: vec![said(0.2), said(1.0)] };
        let folded = Folded { samples, folds: blocks(4, 2), left_out: Some(left_out) };
        let shares = |aim| match aim {
            Aim::Shares(shares) => shares.column(0).to_vec(),
            Aim::Values(_) => unreachable!("classes"),
        };
        assert_eq!(shares(Aim::of(&folded, 0.0)), [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(shares(Aim::of(&folded, 0.5)), [0.8, 0.3, 0.3, 0.8]);
        assert_eq!(shares(Aim::outside(&folded, 0, 0.5)), [0.1, 0.6]);
        assert_eq!(shares(Aim::outside(&folded, 1, 1.0)), [1.0, 1.0]);
        let alone = Folded { left_out: None, ..folded };
        assert_eq!(Aim::of(&alone, 0.5), Aim::from(&alone.samples.y));
    }
}
