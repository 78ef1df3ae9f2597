//! Penalised fits of a readout to given columns: least squares for a value, softmax for classes.

use super::aim::Aim;
use super::fitted::{Fitted, Input};
use crate::data::Target;
use crate::optimise::minimise;
use nalgebra::{Cholesky, DMatrix, DVector};
use ndarray::{Array1, Array2, ArrayView2, Axis, Slice};

/// The fit to all standardised columns `z` (n, p). It minimises the mean loss (half the squared error, or the
/// cross-entropy) plus `penalty` times half the squared norm of the weights.
#[must_use]
pub fn dense(z: &Array2<f64>, y: &Target, penalty: f64) -> Fitted {
    let support = (0..z.ncols()).map(Input::Feature).collect();
    match Aim::from(y) {
        Aim::Values(values) => least_squares(z, &values, penalty, support),
        Aim::Shares(shares) => {
            let bias = log_odds(&shares);
            let start = Fitted { support, weights: vec![0.0; z.ncols() * bias.len()], bias };
            Softmax { columns: z.view(), shares: shares.view(), penalty }.fit(start)
        }
    }
}

/// Ridge regression. Solves the dual problem, in the products of rows, if there are fewer rows than columns (Saunders,
/// Gammerman & Vovk 1998), else the primal one, in the products of columns.
fn least_squares(z: &Array2<f64>, values: &[f64], penalty: f64, support: Vec<Input>) -> Fitted {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let centred: Array1<f64> = values.iter().map(|v| (v - mean) / n).collect();
    let weights = if z.nrows() < z.ncols() {
        solved(&(z.dot(&z.t()) / n), &centred, penalty).map(|dual| z.t().dot(&dual))
    } else {
        solved(&(z.t().dot(z) / n), &z.t().dot(&centred), penalty)
    };
    let weights = weights.map_or_else(|| vec![0.0; z.ncols()], |weights| weights.to_vec());
    Fitted { support, bias: vec![mean], weights }
}

/// The solution w of (products + penalty · I) w = right; none if the matrix is not positive definite.
pub(super) fn solved(products: &Array2<f64>, right: &Array1<f64>, penalty: f64) -> Option<Array1<f64>> {
    let penalised = |i: usize, j: usize| products[[i, j]] + if i == j { penalty } else { 0.0 };
    let factor = Cholesky::new(DMatrix::from_fn(right.len(), right.len(), penalised))?;
    let solution = factor.solve(&DVector::from_iterator(right.len(), right.iter().copied()));
    Some(solution.iter().copied().collect())
}

/// The biases of a readout of classes without inputs: the log odds of each class against class 0.
pub(super) fn log_odds(shares: &Array2<f64>) -> Vec<f64> {
    let counts = shares.sum_axis(Axis(0)) + 0.5;
    counts.iter().skip(1).map(|count| (count / counts[0]).ln()).collect()
}

/// Multinomial logistic regression; class 0 has logit 0.
pub(super) struct Softmax<'a> {
    /// The inputs' columns (n, inputs).
    pub columns: ArrayView2<'a, f64>,
    /// The target probabilities (n, classes).
    pub shares: ArrayView2<'a, f64>,
    pub penalty: f64,
}

/// Maximum iterations of one fit. A fit starts from the previous one.
const ITERATIONS: u64 = 60;

/// A fit ends when an iteration gains less than this fraction of the loss.
const TOLERANCE: f64 = 1e-6;

/// Minimises the penalised mean loss of `n` windows, starting at the biases and weights `start`. `sums` returns the
/// summed loss and its gradient, like [`Softmax::sums`].
pub(super) fn softmax(
    sums: impl Fn(&[f64]) -> (f64, Vec<f64>),
    n: usize,
    outputs: usize,
    start: &[f64],
    penalty: f64,
) -> Option<Vec<f64>> {
    let n = n as f64;
    let penalised = |parameters: &[f64]| {
        let (loss, mut gradient) = sums(parameters);
        gradient.iter_mut().for_each(|sum| *sum /= n);
        let weights = &parameters[outputs..];
        gradient[outputs..].iter_mut().zip(weights).for_each(|(slope, w)| *slope += penalty * w);
        Some((loss / n + penalty * weights.iter().map(|w| w * w).sum::<f64>() / 2.0, gradient))
    };
    minimise(penalised, start, ITERATIONS, TOLERANCE).map(|found| found.at)
}

impl Softmax<'_> {
    /// Fits all biases and weights again, starting from `start`.
    pub fn fit(&self, start: Fitted) -> Fitted {
        let initial = [&start.bias[..], &start.weights].concat();
        match softmax(|at| self.sums(at), self.shares.nrows(), self.outputs(), &initial, self.penalty) {
            Some(found) => {
                let (bias, weights) = found.split_at(self.outputs());
                Fitted { bias: bias.to_vec(), weights: weights.to_vec(), ..start }
            }
            None => start,
        }
    }

    /// The number of logits: one for each class except class 0.
    fn outputs(&self) -> usize {
        self.shares.ncols() - 1
    }

    /// The predicted minus the target probability of each class except class 0 (n, outputs), and the summed loss.
    pub fn residuals(&self, bias: &[f64], weights: &[f64]) -> (Array2<f64>, f64) {
        let shape = (weights.len() / self.outputs(), self.outputs());
        let weights = ArrayView2::from_shape(shape, weights).expect("all outputs of an input stand together");
        let mut residuals = self.columns.dot(&weights);
        let mut loss = 0.0;
        let targets = self.shares.slice_axis(Axis(1), Slice::from(1..));
        for (mut row, target) in residuals.rows_mut().into_iter().zip(targets.rows()) {
            row.iter_mut().zip(bias).for_each(|(logit, bias)| *logit += bias);
            let highest = row.fold(0.0_f64, |a, &b| a.max(b));
            let target_logit = row.dot(&target);
            row.mapv_inplace(|logit| (logit - highest).exp());
            let total = (-highest).exp() + row.sum();
            loss += highest + total.ln() - target_logit;
            row /= total;
            row -= &target;
        }
        (residuals, loss)
    }

    /// The summed loss of these biases and weights, and its gradient.
    pub fn sums(&self, parameters: &[f64]) -> (f64, Vec<f64>) {
        let (bias, weights) = parameters.split_at(self.outputs());
        let (residuals, loss) = self.residuals(bias, weights);
        let by_bias = residuals.sum_axis(Axis(0));
        (loss, by_bias.iter().chain(&self.columns.t().dot(&residuals)).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dual_and_primal_ridge_regression_find_the_minimum() {
        for (rows, columns) in [(12, 30), (30, 12)] {
            let z =
                Array2::from_shape_fn((rows, columns), |(i, j)| ((7 * i + 5 * j * j + i * j) % 19) as f64 / 9.0 - 1.0);
            let values: Vec<f64> = (0..rows).map(|i| z[[i, 3]] - 2.0 * z[[i, 7]] + (i % 5) as f64 + 40.0).collect();
            for penalty in [1e-4, 1e-1] {
                let found = least_squares(&z, &values, penalty, vec![]);
                let (n, mean) = (rows as f64, values.iter().sum::<f64>() / rows as f64);
                // The gradient of the penalised loss is zero.
                let errors: Array1<f64> = values.iter().map(|v| v - mean).collect();
                let weights = Array1::from(found.weights);
                let slope = z.t().dot(&(z.dot(&weights) - errors)) / n + &weights * penalty;
                assert!(slope.iter().all(|slope| slope.abs() < 1e-9), "{slope}");
                assert_eq!(found.bias, [mean]);
            }
        }
    }
}
