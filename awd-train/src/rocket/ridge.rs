//! Ridge regression on more features than windows. The penalty is chosen by leave-one-out cross-validation.

use nalgebra::{Cholesky, DMatrix, SymmetricEigen};
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// Number of penalties to try, as in the published MiniRocket: ten from 10⁻³ to 10³, evenly spaced in their logarithm.
const PENALTIES: i32 = 10;

/// Maximum number of windows for the choice of the penalty, which decomposes the matrix of their products.
const WINDOWS: usize = 600;

/// Number of columns whose products are computed at a time, in double precision.
const COLUMNS: usize = 1024;

/// Lower bound of 1 − leverage in the leave-one-out error: a fit that interpolates a window has leverage 1.
const MIN_UNSEEN: f64 = 1e-9;

/// The largest deviation that rounding gives to a constant share.
const ROUNDING: f32 = 1e-6;

/// Weights over standardised features.
pub struct Ridge {
    mean: Array1<f32>,
    deviation: Array1<f32>,
    weights: Array2<f32>,
    bias: Array1<f64>,
    /// Leave-one-out predictions of the first [`WINDOWS`] windows.
    pub left_out: Array2<f64>,
}

impl Ridge {
    /// The fit of targets (n, targets) to features (n, p).
    pub fn fit(features: &Array2<f32>, targets: &Array2<f64>) -> Self {
        let (mean, deviation, z) = standardised(features);
        let bias = targets.mean_axis(Axis(0)).unwrap_or_default();
        let y = targets - &bias;
        let (dual, left_out) = dual_weights(&products(z.view()), &y);
        let weights = z.t().dot(&dual.mapv(|w| w as f32));
        Self { mean, deviation, weights, left_out: left_out + &bias, bias }
    }

    /// Weights (features, targets) and a bias for each target, for features without standardisation. Outputs are
    /// multiplied by `factor`.
    pub fn linear(&self, factor: f64) -> (Array2<f32>, Array1<f32>) {
        let scale = self.deviation.mapv(|deviation| factor / f64::from(deviation)).insert_axis(Axis(1));
        let weights = (self.weights.mapv(f64::from) * scale).mapv(|weight| weight as f32);
        let bias = &self.bias * factor - self.mean.mapv(f64::from).dot(&weights.mapv(f64::from));
        (weights, bias.mapv(|bias| bias as f32))
    }
}

/// The means of features (n, p), their deviations, and the standardised features.
pub fn standardised(features: &Array2<f32>) -> (Array1<f32>, Array1<f32>, Array2<f32>) {
    let mean = features.sum_axis(Axis(0)) / features.nrows() as f32;
    // A feature that is constant up to rounding gets no weight.
    let scale = |deviation: f32| if deviation > ROUNDING { deviation } else { f32::INFINITY };
    let deviation = features.std_axis(Axis(0), 0.0).mapv(scale);
    let z = (features - &mean) / &deviation;
    (mean, deviation, z)
}

/// The dual weights (n, targets) of the windows, from their products and the centred targets; and leave-one-out
/// predictions of the first windows.
fn dual_weights(products: &Array2<f64>, y: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
    let first: Vec<usize> = (0..y.nrows().min(WINDOWS)).collect();
    let (penalty, left_out) =
        penalty(&products.select(Axis(0), &first).select(Axis(1), &first), &y.select(Axis(0), &first));
    (solved(products, y, penalty), left_out)
}

/// The predictions of a fit to the rows `train` for the rows `held_out`, from the products of all windows' features and
/// the targets (n, targets); and leave-one-out predictions of the first rows of `train`.
pub fn predicted(products: &Array2<f64>, y: &Array2<f64>, train: &[usize], held_out: &[usize]) -> [Array2<f64>; 2] {
    let y = y.select(Axis(0), train);
    let bias = y.mean_axis(Axis(0)).unwrap_or_default();
    let columns = products.select(Axis(1), train);
    // Centres the features by their means over `train`, in terms of their products.
    let with_mean = columns.mean_axis(Axis(1)).unwrap_or_default();
    let mean_square = train.iter().map(|&row| with_mean[row]).sum::<f64>() / train.len() as f64;
    let train_with_mean = with_mean.select(Axis(0), train);
    let centred = |rows: &[usize]| {
        let own = with_mean.select(Axis(0), rows).insert_axis(Axis(1));
        columns.select(Axis(0), rows) - own - &train_with_mean + mean_square
    };
    let (dual, left_out) = dual_weights(&centred(train), &(y - &bias));
    [centred(held_out).dot(&dual) + &bias, left_out + &bias]
}

/// The products of all rows with each other.
pub fn products(z: ArrayView2<'_, f32>) -> Array2<f64> {
    let mut products = Array2::zeros((z.nrows(), z.nrows()));
    for columns in z.axis_chunks_iter(Axis(1), COLUMNS) {
        let columns = columns.mapv(f64::from);
        products += &columns.dot(&columns.t());
    }
    products
}

/// The penalty with the least leave-one-out error, and the leave-one-out predictions.
fn penalty(products: &Array2<f64>, y: &Array2<f64>) -> (f64, Array2<f64>) {
    let n = products.nrows();
    let SymmetricEigen { eigenvectors, eigenvalues } =
        SymmetricEigen::new(DMatrix::from_fn(n, n, |i, j| products[[i, j]]));
    let u = Array2::from_shape_fn((n, n), |(i, j)| eigenvectors[(i, j)]);
    let (of_targets, squares) = (u.t().dot(y), u.mapv(|u| u * u));
    let left_out = |penalty: f64| {
        let kept: Array1<f64> =
            eigenvalues.iter().map(|&variance| variance.max(0.0) / (variance.max(0.0) + penalty)).collect();
        let residuals = y - &u.dot(&(&of_targets * &kept.view().insert_axis(Axis(1))));
        // The mean adds 1/n to the leverage of each window.
        let unseen = (squares.dot(&kept) + 1.0 / n as f64).mapv(|leverage| (1.0 - leverage).max(MIN_UNSEEN));
        y - &(residuals / unseen.insert_axis(Axis(1)))
    };
    let error = |penalty: &f64| (y - &left_out(*penalty)).mapv(|error| error * error).sum();
    let penalties = (0..PENALTIES).map(|i| 10_f64.powf(-3.0 + 6.0 * f64::from(i) / f64::from(PENALTIES - 1)));
    let best = penalties.min_by(|a, b| error(a).total_cmp(&error(b))).unwrap_or(1.0);
    (best, left_out(best))
}

/// The solution w of (products + penalty · I) w = y.
fn solved(products: &Array2<f64>, y: &Array2<f64>, penalty: f64) -> Array2<f64> {
    let n = products.nrows();
    let penalised = DMatrix::from_fn(n, n, |i, j| products[[i, j]] + if i == j { penalty } else { 0.0 });
    let right = DMatrix::from_fn(n, y.ncols(), |i, j| y[[i, j]]);
    let solution = Cholesky::new(penalised).map_or_else(|| DMatrix::zeros(n, y.ncols()), |factor| factor.solve(&right));
    Array2::from_shape_fn((n, y.ncols()), |(i, j)| solution[(i, j)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn table(n: usize, p: usize) -> (Array2<f32>, Array2<f64>) {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let x = Array2::from_shape_simple_fn((n, p), || random.random_range(-1.0..1.0_f32));
        let noise = Array2::from_shape_simple_fn((n, 1), || random.random_range(-0.3..0.3));
        let y = noise + x.column(0).mapv(f64::from).insert_axis(Axis(1)) + 3.0;
        (x, y)
    }

    #[test]
    fn weights_are_those_of_the_normal_equations() {
        let (x, y) = table(20, 45);
        let fit = Ridge::fit(&x, &y);
        let z = ((&x - &fit.mean) / &fit.deviation).mapv(f64::from);
        // At the minimum, the products of features and errors are the penalty times the weights.
        let (weights, bias) = fit.linear(1.0);
        let outputs = x.mapv(f64::from).dot(&weights.mapv(f64::from)) + bias.mapv(f64::from);
        let slope = z.t().dot(&(&y - &outputs));
        let weights = fit.weights.mapv(f64::from);
        let penalty =
            slope.iter().zip(&weights).map(|(s, w)| s * w).sum::<f64>() / weights.iter().map(|w| w * w).sum::<f64>();
        assert!((1e-3..=1e3).contains(&penalty), "{penalty}");
        assert!((slope - weights * penalty).iter().all(|error| error.abs() < 1e-4));
    }

    #[test]
    fn a_fit_from_products_predicts_as_one_from_features() {
        let (x, y) = table(30, 50);
        let (train, held_out) = ((0..24).collect::<Vec<_>>(), (24..30).collect::<Vec<_>>());
        let fit = Ridge::fit(&x.select(Axis(0), &train), &y.select(Axis(0), &train));
        let (weights, bias) = fit.linear(1.0);
        let expected =
            x.select(Axis(0), &held_out).mapv(f64::from).dot(&weights.mapv(f64::from)) + bias.mapv(f64::from);
        // Scaled by the deviations over `train`, with an arbitrary mean.
        let z = &x / &fit.deviation + 3.0;
        let [found, left_out] = predicted(&products(z.view()), &y, &train, &held_out);
        assert!((found - expected).iter().all(|error| error.abs() < 1e-4));
        assert!((left_out - fit.left_out).iter().all(|error| error.abs() < 1e-4));
    }

    #[test]
    fn leave_one_out_predictions_are_those_of_fits_to_the_other_windows() {
        let (x, y) = table(25, 40);
        let z = {
            let x = x.mapv(f64::from);
            &x - &x.mean_axis(Axis(0)).unwrap()
        };
        let centre = y.mean_axis(Axis(0)).unwrap();
        let y = &y - &centre;
        let (best, left_out) = penalty(&z.dot(&z.t()), &y);
        for out in [0, 7, 24] {
            let others: Vec<usize> = (0..25).filter(|&i| i != out).collect();
            let (seen, of_seen) = (z.select(Axis(0), &others), y.select(Axis(0), &others));
            let (z_mean, y_mean) = (seen.mean_axis(Axis(0)).unwrap(), of_seen.mean_axis(Axis(0)).unwrap());
            let (seen, of_seen) = (seen - &z_mean, of_seen - &y_mean);
            let weights = seen.t().dot(&solved(&seen.dot(&seen.t()), &of_seen, best));
            let found = (&z.row(out) - &z_mean).dot(&weights) + &y_mean;
            assert!((found[0] - left_out[[out, 0]]).abs() < 1e-7, "{out}");
        }
    }
}
