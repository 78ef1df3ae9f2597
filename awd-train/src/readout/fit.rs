//! Penalised fits of a readout to chosen columns: least squares for a value, softmax for classes.

use crate::data::Target;
use crate::metric::Outputs;
use crate::optimise::minimise;
use nalgebra::{Cholesky, DMatrix, DVector};
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// Weights over standardised columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// Columns with a weight, in the order in which they came in.
    pub support: Vec<usize>,
    /// One for each output.
    pub bias: Vec<f64>,
    /// Column after column, all outputs of one column together.
    pub weights: Vec<f64>,
}

impl Fitted {
    /// The fit whose outputs are `factor` times as large.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        let times = |numbers: &[f64]| numbers.iter().map(|number| factor * number).collect();
        Self { support: self.support.clone(), bias: times(&self.bias), weights: times(&self.weights) }
    }

    /// Outputs (n, 1), or the logits (n, classes) of all classes, of standardised columns `z`.
    #[must_use]
    pub fn outputs(&self, z: &Array2<f64>, y: &Target) -> Outputs {
        let first = usize::from(matches!(y, Target::Classes { .. }));
        let mut outputs = Array2::zeros((z.nrows(), first + self.bias.len()));
        for (z, mut row) in z.rows().into_iter().zip(outputs.rows_mut()) {
            for (i, bias) in self.bias.iter().enumerate() {
                let weights = self.weights.iter().skip(i).step_by(self.bias.len());
                row[first + i] = bias + self.support.iter().zip(weights).map(|(&j, w)| z[j] * w).sum::<f64>();
            }
        }
        outputs
    }
}

/// A loss over standardised columns: what a fit minimises, and what a further column would gain.
pub trait Loss: Sync {
    /// The best fit to no column at all.
    fn constant(&self) -> Fitted;

    /// The best fit to these columns, starting from another one.
    fn refit(&self, support: &[usize], from: &Fitted) -> Fitted;

    /// For every column, how much it promises to add to a fit.
    fn gains(&self, fitted: &Fitted) -> Vec<f64>;
}

/// The loss of a target over standardised columns `z` (n, p); `penalty` times half the squared norm of the weights is
/// added to the mean loss, half the squared error or the cross-entropy.
#[must_use]
pub fn loss(z: &Array2<f64>, y: &Target, penalty: f64) -> Box<dyn Loss> {
    match y {
        Target::Values(values) => Box::new(LeastSquares::new(z, values, penalty)),
        Target::Classes { labels, classes } => {
            Box::new(Softmax { z: z.clone(), labels: labels.clone(), outputs: classes - 1, penalty })
        }
    }
}

/// The fit to all standardised columns `z` (n, p).
#[must_use]
pub fn dense(z: &Array2<f64>, y: &Target, penalty: f64) -> Fitted {
    if let Target::Values(values) = y
        && z.nrows() < z.ncols()
        && let Some(fitted) = by_rows(z, values, penalty)
    {
        return fitted;
    }
    let loss = loss(z, y, penalty);
    loss.refit(&(0..z.ncols()).collect::<Vec<_>>(), &loss.constant())
}

/// Ridge regression from the rows' products, which are fewer where there are fewer rows than columns (Saunders, Gammerman & Vovk
/// 1998).
fn by_rows(z: &Array2<f64>, values: &[f64], penalty: f64) -> Option<Fitted> {
    let (rows, columns) = z.dim();
    let n = rows as f64;
    let mean = values.iter().sum::<f64>() / n;
    let products = z.dot(&z.t()) / n;
    let penalised = |i: usize, j: usize| products[[i, j]] + if i == j { penalty } else { 0.0 };
    let factor = Cholesky::new(DMatrix::from_fn(rows, rows, penalised))?;
    let of_rows = factor.solve(&DVector::from_fn(rows, |i, _| (values[i] - mean) / n));
    let weights = z.t().dot(&of_rows.iter().copied().collect::<Array1<f64>>());
    Some(Fitted { support: (0..columns).collect(), bias: vec![mean], weights: weights.to_vec() })
}

/// Ridge regression from the columns' products; the rows are not needed again.
pub(super) struct LeastSquares {
    /// The mean products of the columns with each other (p, p), and with the target less its mean.
    pub gram: DMatrix<f64>,
    pub with_target: DVector<f64>,
    /// Of the target.
    pub mean: f64,
    pub penalty: f64,
}

impl LeastSquares {
    fn new(z: &Array2<f64>, values: &[f64], penalty: f64) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let centred: Array1<f64> = values.iter().map(|v| v - mean).collect();
        let gram = z.t().dot(z) / n;
        let with_target = z.t().dot(&centred) / n;
        Self {
            gram: DMatrix::from_fn(z.ncols(), z.ncols(), |i, j| gram[[i, j]]),
            with_target: DVector::from_iterator(z.ncols(), with_target),
            mean,
            penalty,
        }
    }

    fn factor(&self, support: &[usize]) -> Option<Cholesky<f64, nalgebra::Dyn>> {
        let penalised =
            |i: usize, j: usize| self.gram[(support[i], support[j])] + if i == j { self.penalty } else { 0.0 };
        Cholesky::new(DMatrix::from_fn(support.len(), support.len(), penalised))
    }
}

impl Loss for LeastSquares {
    fn constant(&self) -> Fitted {
        Fitted { support: Vec::new(), bias: vec![self.mean], weights: Vec::new() }
    }

    fn refit(&self, support: &[usize], from: &Fitted) -> Fitted {
        let Some(factor) = self.factor(support) else { return from.clone() };
        let weights = factor.solve(&DVector::from_fn(support.len(), |i, _| self.with_target[support[i]]));
        Fitted { support: support.to_vec(), bias: vec![self.mean], weights: weights.iter().copied().collect() }
    }

    /// The decrease of the loss when the column is added and all weights are fitted again (orthogonal least squares:
    /// Chen, Billings & Luo 1989).
    fn gains(&self, fitted: &Fitted) -> Vec<f64> {
        let support = &fitted.support;
        let Some(factor) = self.factor(support) else { return vec![0.0; self.gram.nrows()] };
        let lower = factor.l();
        (0..self.gram.nrows())
            .map(|j| {
                let shared = DVector::from_fn(support.len(), |i, _| self.gram[(support[i], j)]);
                let explained = shared.iter().zip(&fitted.weights).map(|(g, w)| g * w).sum::<f64>();
                let own = lower.solve_lower_triangular(&shared).map_or(0.0, |v| v.norm_squared());
                let left = self.gram[(j, j)] + self.penalty - own;
                // What the others explain but for rounding would be divided by nothing.
                if left > 1e-9 { (self.with_target[j] - explained).powi(2) / left } else { 0.0 }
            })
            .collect()
    }
}

/// Multinomial logistic regression; class 0 has logit 0.
pub(super) struct Softmax {
    pub z: Array2<f64>,
    pub labels: Vec<usize>,
    pub outputs: usize,
    pub penalty: f64,
}

/// Iterations of one fit; it starts from the last one.
const ITERATIONS: u64 = 60;

/// A fit ends when an iteration gains less than this fraction of the loss.
const TOLERANCE: f64 = 1e-6;

/// The fit from `start`, its biases and weights, that minimises the penalised mean loss of `n` windows, of which `sums` says the
/// sums ([`Softmax::sums`]).
pub(super) fn softmax(
    sums: impl Fn(&[f64]) -> (f64, Vec<f64>),
    n: usize,
    outputs: usize,
    start: &[f64],
    penalty: f64,
) -> Option<Vec<f64>> {
    let n = n as f64;
    let penalised = |numbers: &[f64]| {
        let (loss, mut gradient) = sums(numbers);
        gradient.iter_mut().for_each(|sum| *sum /= n);
        let weights = &numbers[outputs..];
        gradient[outputs..].iter_mut().zip(weights).for_each(|(slope, w)| *slope += penalty * w);
        Some((loss / n + penalty * weights.iter().map(|w| w * w).sum::<f64>() / 2.0, gradient))
    };
    minimise(penalised, start, ITERATIONS, TOLERANCE).map(|found| found.at)
}

impl Softmax {
    /// Probability of each class but the first less whether the window is of it (n, outputs), and the summed loss, of a fit to
    /// these columns (n, support).
    fn residuals(&self, columns: &Array2<f64>, bias: &[f64], weights: ArrayView2<'_, f64>) -> (Array2<f64>, f64) {
        let mut residuals = columns.dot(&weights);
        let mut loss = 0.0;
        for (mut row, &label) in residuals.rows_mut().into_iter().zip(&self.labels) {
            row.iter_mut().zip(bias).for_each(|(logit, bias)| *logit += bias);
            let highest = row.fold(0.0_f64, |a, &b| a.max(b));
            let of_label = label.checked_sub(1).map_or(0.0, |i| row[i]);
            row.mapv_inplace(|logit| (logit - highest).exp());
            let total = (-highest).exp() + row.sum();
            loss += highest + total.ln() - of_label;
            row /= total;
            if let Some(i) = label.checked_sub(1) {
                row[i] -= 1.0;
            }
        }
        (residuals, loss)
    }

    /// The summed loss of a fit to these columns (n, support), and its derivatives with respect to biases and weights.
    pub fn sums(&self, columns: &Array2<f64>, numbers: &[f64]) -> (f64, Vec<f64>) {
        let (bias, weights) = numbers.split_at(self.outputs);
        let (residuals, loss) = self.residuals(columns, bias, self.matrix(weights));
        let by_bias = residuals.sum_axis(Axis(0));
        (loss, by_bias.iter().chain(&columns.t().dot(&residuals)).copied().collect())
    }

    /// Weights as a matrix (support, outputs).
    fn matrix<'w>(&self, weights: &'w [f64]) -> ArrayView2<'w, f64> {
        let shape = (weights.len() / self.outputs, self.outputs);
        ArrayView2::from_shape(shape, weights).expect("all outputs of a column stand together")
    }
}

impl Loss for Softmax {
    fn constant(&self) -> Fitted {
        let count = |class: usize| self.labels.iter().filter(|&&label| label == class).count() as f64 + 0.5;
        let bias = (1..=self.outputs).map(|class| (count(class) / count(0)).ln()).collect();
        Fitted { support: Vec::new(), bias, weights: Vec::new() }
    }

    fn refit(&self, support: &[usize], from: &Fitted) -> Fitted {
        let mut start = from.bias.clone();
        for j in support {
            match from.support.iter().position(|known| known == j) {
                Some(i) => start.extend(&from.weights[i * self.outputs..(i + 1) * self.outputs]),
                None => start.extend(std::iter::repeat_n(0.0, self.outputs)),
            }
        }
        let columns = self.z.select(Axis(1), support);
        let sums = |numbers: &[f64]| self.sums(&columns, numbers);
        let found = softmax(sums, self.labels.len(), self.outputs, &start, self.penalty);
        let Some(found) = found else { return from.clone() };
        let (bias, weights) = found.split_at(self.outputs);
        Fitted { support: support.to_vec(), bias: bias.to_vec(), weights: weights.to_vec() }
    }

    /// The squared norm of the loss's gradient with respect to the column's weights.
    fn gains(&self, fitted: &Fitted) -> Vec<f64> {
        let columns = self.z.select(Axis(1), &fitted.support);
        let (residuals, _) = self.residuals(&columns, &fitted.bias, self.matrix(&fitted.weights));
        let products = self.z.t().dot(&residuals);
        products.rows().into_iter().map(|row| row.dot(&row)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_by_rows_and_by_columns_are_one() {
        for (rows, columns) in [(12, 30), (30, 12)] {
            let z =
                Array2::from_shape_fn((rows, columns), |(i, j)| ((7 * i + 5 * j * j + i * j) % 19) as f64 / 9.0 - 1.0);
            let values: Vec<f64> = (0..rows).map(|i| z[[i, 3]] - 2.0 * z[[i, 7]] + (i % 5) as f64 + 40.0).collect();
            for penalty in [1e-4, 1e-1] {
                let loss = LeastSquares::new(&z, &values, penalty);
                let expected = loss.refit(&(0..columns).collect::<Vec<_>>(), &loss.constant());
                let found = by_rows(&z, &values, penalty).unwrap();
                assert_eq!((&found.support, &found.bias), (&expected.support, &expected.bias));
                let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-7;
                assert!(found.weights.iter().zip(&expected.weights).all(near), "{found:?} {expected:?}");
            }
        }
    }
}
