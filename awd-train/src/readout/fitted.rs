//! A linear readout of standardised features.

use crate::data::Target;
use crate::metric::Outputs;
use ndarray::{Array1, Array2, ArrayView1};

/// One input of a readout: a standardised feature, or a product of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// A feature, by its column.
    Feature(usize),
    /// The product of two features, by their columns, the first not after the second.
    Product(usize, usize),
}

impl Input {
    /// The value of the input, from the features of one window.
    #[must_use]
    pub fn value(self, z: ArrayView1<'_, f64>) -> f64 {
        match self {
            Self::Feature(j) => z[j],
            Self::Product(i, j) => z[i] * z[j],
        }
    }

    /// The values of the input for all windows, whose features are the rows of `z` (n, p).
    #[must_use]
    pub fn column(self, z: &Array2<f64>) -> Array1<f64> {
        match self {
            Self::Feature(j) => z.column(j).to_owned(),
            Self::Product(i, j) => &z.column(i) * &z.column(j),
        }
    }

    /// The same input with its columns renumbered by `index`.
    #[must_use]
    pub fn moved(self, index: impl Fn(usize) -> usize) -> Self {
        match self {
            Self::Feature(j) => Self::Feature(index(j)),
            Self::Product(i, j) => Self::Product(index(i), index(j)),
        }
    }

    /// The two columns of a product, or the column of a feature, twice.
    pub(super) fn columns(self) -> impl Iterator<Item = usize> {
        match self {
            Self::Feature(j) => [j, j],
            Self::Product(i, j) => [i, j],
        }
        .into_iter()
    }
}

/// Weights over standardised features.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The inputs, in the order of their selection.
    pub support: Vec<Input>,
    /// One for each output.
    pub bias: Vec<f64>,
    /// The weights, input by input; those of all outputs of one input are adjacent.
    pub weights: Vec<f64>,
}

impl Fitted {
    /// The fit whose outputs are `factor` times as large.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        let times = |values: &[f64]| values.iter().map(|value| factor * value).collect();
        Self { support: self.support.clone(), bias: times(&self.bias), weights: times(&self.weights) }
    }

    /// Outputs (n, 1), or the logits (n, classes) of all classes, from standardised features `z` (n, p).
    #[must_use]
    pub fn outputs(&self, z: &Array2<f64>, y: &Target) -> Outputs {
        let first = usize::from(matches!(y, Target::Classes { .. }));
        let mut outputs = Array2::zeros((z.nrows(), first + self.bias.len()));
        for (z, mut row) in z.rows().into_iter().zip(outputs.rows_mut()) {
            for (i, bias) in self.bias.iter().enumerate() {
                let weights = self.weights.iter().skip(i).step_by(self.bias.len());
                row[first + i] = bias + self.support.iter().zip(weights).map(|(j, w)| j.value(z) * w).sum::<f64>();
            }
        }
        outputs
    }
}
