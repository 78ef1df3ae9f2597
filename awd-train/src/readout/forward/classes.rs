//! Selection for classes: the input for which a score test (Rao 1948) speaks most comes in next, and all weights are fitted again.
//!
//! The test needs no fit with the candidate: it is the squared slope of the likelihood at the weight 0, by the curvature that the
//! inputs which are in leave. Each output is tested by itself, and what they say is added.

use super::gain::{How, greatest};
use super::pool::Pool;
use crate::readout::Fitted;
use crate::readout::costs::Costs;
use crate::readout::fit::{Softmax, odds};
use nalgebra::{Cholesky, DMatrix, DVector};
use ndarray::{Array1, Array2, ArrayView1, Axis};

/// Candidates that are tested: those for which most speaks before what they have in common with the chosen inputs is taken out.
const TESTED: usize = 96;

/// Added to the curvatures, as a share of the number of windows: the bias has no penalty, and windows that are all sure have none.
const LEAST: f64 = 1e-8;

/// The fits of no input, one, two, …
pub(super) fn of_classes(z: &Array2<f64>, shares: &Array2<f64>, how: How, costs: Costs, inputs: usize) -> Vec<Fitted> {
    let How { penalty, products } = how;
    let mut pool = Pool::new(z, products, costs);
    let mut columns = Array2::zeros((shares.nrows(), 0));
    // Of columns that are less their means, which those of the fits that are returned are not.
    let mut centred = Fitted { support: vec![], bias: odds(shares), weights: vec![] };
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

/// The candidate to come in next, if one promises anything.
fn best(
    pool: &Pool<'_>,
    columns: &Array2<f64>,
    residuals: &Array2<f64>,
    shares: &Array2<f64>,
    penalty: f64,
) -> Option<usize> {
    let least = LEAST * shares.nrows() as f64;
    let mut alone = vec![0.0; pool.len()];
    for (output, residual) in residuals.columns().into_iter().enumerate() {
        let (slopes, squares) =
            (pool.sums(residual, |z| z), pool.sums(curvature(residual, shares.column(output + 1)).view(), |z| z * z));
        alone
            .iter_mut()
            .zip(slopes)
            .zip(squares)
            .for_each(|((sum, slope), square)| *sum += slope * slope / (square + least));
    }
    alone.iter_mut().enumerate().for_each(|(j, test)| *test *= pool.worth(j));
    let mut order: Vec<usize> = (0..alone.len()).filter(|&j| alone[j] > 0.0 && pool.is_open(j)).collect();
    order.sort_by(|&a, &b| alone[b].total_cmp(&alone[a]));
    order.truncate(TESTED);
    let mut tests = vec![0.0; order.len()];
    for (output, residual) in residuals.columns().into_iter().enumerate() {
        let curvature = curvature(residual, shares.column(output + 1));
        let of_output = tested(pool, &order, columns, residual, &curvature, penalty);
        tests.iter_mut().zip(of_output).for_each(|(sum, test)| *sum += test);
    }
    let worth = order.iter().map(|&j| pool.worth(j));
    greatest(tests.into_iter().zip(worth).map(|(test, worth)| Some(test * worth))).map(|i| order[i])
}

/// The curvature p(1 − p) of an output's likelihood at each window, from p less what it is to be.
fn curvature(residual: ArrayView1<'_, f64>, wanted: ArrayView1<'_, f64>) -> Array1<f64> {
    let of = |(residual, wanted): (&f64, &f64)| {
        let p = residual + wanted;
        p * (1.0 - p)
    };
    residual.iter().zip(wanted).map(of).collect()
}

/// The score tests of some candidates at one output.
fn tested(
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
        .expect("a row for each window");
    let weighted = &with_bias * &curvature.view().insert_axis(Axis(1));
    let products = with_bias.t().dot(&weighted);
    let own = |i: usize| n * if i == 0 { LEAST } else { penalty + LEAST };
    let side = products.nrows();
    let factor =
        Cholesky::new(DMatrix::from_fn(side, side, |i, j| products[[i, j]] + if i == j { own(i) } else { 0.0 }));
    let Some(factor) = factor else { return vec![0.0; candidates.len()] };
    let test = |&candidate: &usize| {
        let column = pool.column(candidate);
        let shared = DVector::from_iterator(side, weighted.t().dot(&column).iter().copied());
        let square: f64 = column.iter().zip(curvature).map(|(z, w)| z * z * w).sum();
        let left = square + n * (penalty + LEAST) - shared.dot(&factor.solve(&shared));
        column.dot(&residual).powi(2) / left.max(n * LEAST)
    };
    candidates.iter().map(test).collect()
}
