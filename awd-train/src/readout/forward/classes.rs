//! Forward selection for classes: adds the input with the largest score test (Rao 1948), and fits all weights again.
//!
//! The test needs no fit with the candidate: it is the squared derivative of the log-likelihood at weight 0, over the
//! curvature that remains given the selected inputs. Each output is tested by itself, and the tests are added.

use super::gain::{Options, greatest};
use super::pool::Pool;
use crate::readout::Fitted;
use crate::readout::costs::Costs;
use crate::readout::fit::{Softmax, log_odds};
use nalgebra::{Cholesky, DMatrix, DVector};
use ndarray::{Array1, Array2, ArrayView1, Axis};

/// Maximum number of candidates for the full test: those with the largest test without regard to the selected inputs.
const TESTED: usize = 96;

/// Added to the curvatures, as a share of the number of windows: the bias has no penalty, and windows that are
/// predicted with certainty have no curvature.
const MIN_CURVATURE: f64 = 1e-8;

/// The fits with 0, 1, 2, … inputs.
pub(super) fn of_classes(
    z: &Array2<f64>,
    shares: &Array2<f64>,
    options: Options,
    costs: Costs,
    inputs: usize,
) -> Vec<Fitted> {
    let Options { penalty, products } = options;
    let mut pool = Pool::new(z, products, costs);
    let mut columns = Array2::zeros((shares.nrows(), 0));
    // A fit to centred columns; the returned fits are to columns as they are.
    let mut centred = Fitted { support: vec![], bias: log_odds(shares), weights: vec![] };
    let outputs = centred.bias.len();
    let mut fits = vec![centred.clone()];
    while fits.len() <= inputs {
        let softmax = Softmax { columns: columns.view(), shares: shares.view(), penalty };
        let (residuals, _) = softmax.residuals(&centred.bias, &centred.weights);
        let Some(next) = best(&pool, &columns, &residuals, shares, penalty) else { break };
        columns.push_column(pool.column(next)).expect("a column of all windows");
        pool.choose(next);
        let weights = [&centred.weights[..], &vec![0.0; outputs]].concat();
        let start = Fitted { support: pool.support(), bias: centred.bias, weights };
        centred = Softmax { columns: columns.view(), shares: shares.view(), penalty }.fit(start);
        let mut bias = centred.bias.clone();
        for (mean, weights) in pool.means().iter().zip(centred.weights.chunks_exact(outputs)) {
            bias.iter_mut().zip(weights).for_each(|(bias, w)| *bias -= mean * w);
        }
        fits.push(Fitted { bias, ..centred.clone() });
    }
    fits
}

/// The candidate to add next, if any test is positive.
fn best(
    pool: &Pool<'_>,
    columns: &Array2<f64>,
    residuals: &Array2<f64>,
    shares: &Array2<f64>,
    penalty: f64,
) -> Option<usize> {
    let least = MIN_CURVATURE * shares.nrows() as f64;
    let mut marginal = vec![0.0; pool.len()];
    for (output, residual) in residuals.columns().into_iter().enumerate() {
        let (slopes, squares) =
            (pool.sums(residual, |z| z), pool.sums(curvature(residual, shares.column(output + 1)).view(), |z| z * z));
        marginal
            .iter_mut()
            .zip(slopes)
            .zip(squares)
            .for_each(|((sum, slope), square)| *sum += slope * slope / (square + least));
    }
    marginal.iter_mut().enumerate().for_each(|(j, test)| *test *= pool.worth(j));
    let mut order: Vec<usize> = (0..marginal.len()).filter(|&j| marginal[j] > 0.0 && pool.is_open(j)).collect();
    order.sort_by(|&a, &b| marginal[b].total_cmp(&marginal[a]));
    order.truncate(TESTED);
    let mut tests = vec![0.0; order.len()];
    for (output, residual) in residuals.columns().into_iter().enumerate() {
        let curvature = curvature(residual, shares.column(output + 1));
        let of_output = score_tests(pool, &order, columns, residual, &curvature, penalty);
        tests.iter_mut().zip(of_output).for_each(|(sum, test)| *sum += test);
    }
    let worth = order.iter().map(|&j| pool.worth(j));
    greatest(tests.into_iter().zip(worth).map(|(test, worth)| Some(test * worth))).map(|i| order[i])
}

/// The curvature p(1 − p) of an output's log-likelihood at each window, from the residual p − target and the target.
fn curvature(residual: ArrayView1<'_, f64>, target: ArrayView1<'_, f64>) -> Array1<f64> {
    let curvature = |(residual, target): (&f64, &f64)| {
        let p = residual + target;
        p * (1.0 - p)
    };
    residual.iter().zip(target).map(curvature).collect()
}

/// The score tests of some candidates for one output.
fn score_tests(
    pool: &Pool<'_>,
    candidates: &[usize],
    columns: &Array2<f64>,
    residual: ArrayView1<'_, f64>,
    curvature: &Array1<f64>,
    penalty: f64,
) -> Vec<f64> {
    let n = columns.nrows() as f64;
    // The bias is an input that is always 1.
    let with_bias = ndarray::concatenate(Axis(1), &[Array2::ones((columns.nrows(), 1)).view(), columns.view()])
        .expect("one row per window");
    let weighted = &with_bias * &curvature.view().insert_axis(Axis(1));
    let products = with_bias.t().dot(&weighted);
    let ridge = |i: usize| n * if i == 0 { MIN_CURVATURE } else { penalty + MIN_CURVATURE };
    let side = products.nrows();
    let factor =
        Cholesky::new(DMatrix::from_fn(side, side, |i, j| products[[i, j]] + if i == j { ridge(i) } else { 0.0 }));
    let Some(factor) = factor else { return vec![0.0; candidates.len()] };
    let test = |&candidate: &usize| {
        let column = pool.column(candidate);
        let shared = DVector::from_iterator(side, weighted.t().dot(&column).iter().copied());
        let square: f64 = column.iter().zip(curvature).map(|(z, w)| z * z * w).sum();
        let remaining = square + n * (penalty + MIN_CURVATURE) - shared.dot(&factor.solve(&shared));
        column.dot(&residual).powi(2) / remaining.max(n * MIN_CURVATURE)
    };
    candidates.iter().map(test).collect()
}
