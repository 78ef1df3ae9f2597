//! Forward selection for a value: adds the input that lowers the squared error most when all weights are fitted again
//! (orthogonal least squares: Chen, Billings & Luo 1989).

use super::gain::{Options, greatest};
use super::pool::Pool;
use crate::readout::Fitted;
use crate::readout::costs::Costs;
use ndarray::{Array1, Array2};

/// A candidate with less mean square left is a combination of the selected inputs, up to rounding.
const MIN_SQUARE: f64 = 1e-9;

/// The fits with 0, 1, 2, … inputs.
pub(super) fn of_values(z: &Array2<f64>, values: &[f64], options: Options, costs: Costs, inputs: usize) -> Vec<Fitted> {
    let Options { penalty, products } = options;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let target: Array1<f64> = values.iter().map(|value| value - mean).collect();
    let mut residuals = Residuals::new(Pool::new(z, products, costs), &target, penalty);
    let mut fits = vec![Fitted { support: vec![], bias: vec![mean], weights: vec![] }];
    while fits.len() <= inputs {
        let Some(next) = greatest(residuals.gains()) else { break };
        residuals.choose(next);
        let weights = residuals.weights();
        let offset: f64 = residuals.pool.means().iter().zip(&weights).map(|(mean, w)| mean * w).sum();
        fits.push(Fitted { support: residuals.pool.support(), bias: vec![mean - offset], weights });
    }
    fits
}

/// The residuals of the candidates and of the target after regression on the selected inputs. All products of columns
/// are means over the windows.
struct Residuals<'a> {
    pool: Pool<'a>,
    target: &'a Array1<f64>,
    penalty: f64,
    /// For each selected input, its product with every candidate, both after regression on the inputs selected before,
    /// over the norm of its own residual: the rows of a Cholesky factor.
    factor: Vec<Vec<f64>>,
    /// The same product with the target.
    target_factor: Vec<f64>,
    /// For each candidate, the mean square of its residual plus the penalty, and the product with the target.
    squares: Vec<f64>,
    products: Vec<f64>,
}

impl<'a> Residuals<'a> {
    fn new(pool: Pool<'a>, target: &'a Array1<f64>, penalty: f64) -> Self {
        let (squares, products) = (vec![], vec![]);
        let mut residuals = Self { pool, target, penalty, factor: vec![], target_factor: vec![], squares, products };
        residuals.add_new();
        residuals
    }

    /// The decrease of half the squared error plus the penalty if a candidate is added, times its worth; none if it may
    /// not be added.
    fn gains(&self) -> impl Iterator<Item = Option<f64>> {
        let gain = |(j, (square, product)): (usize, (&f64, &f64))| {
            let open = square - self.penalty > MIN_SQUARE && self.pool.is_open(j);
            open.then(|| self.pool.worth(j) * product * product / square / 2.0)
        };
        self.squares.iter().zip(&self.products).enumerate().map(gain)
    }

    fn choose(&mut self, candidate: usize) {
        let n = self.target.len() as f64;
        let mut row = self.pool.sums(self.pool.column(candidate), |z| z);
        row.iter_mut().for_each(|sum| *sum /= n);
        row[candidate] += self.penalty;
        for earlier in &self.factor {
            let own = earlier[candidate];
            row.iter_mut().zip(earlier).for_each(|(product, other)| *product -= own * other);
        }
        let unit = self.squares[candidate].sqrt();
        row.iter_mut().for_each(|product| *product /= unit);
        let with_target = self.products[candidate] / unit;
        for ((square, product), own) in self.squares.iter_mut().zip(&mut self.products).zip(&row) {
            *square -= own * own;
            *product -= with_target * own;
        }
        self.factor.push(row);
        self.target_factor.push(with_target);
        self.pool.choose(candidate);
        self.add_new();
    }

    /// Adds the residuals of new candidates.
    fn add_new(&mut self) {
        let n = self.target.len() as f64;
        for candidate in self.squares.len()..self.pool.len() {
            let column = self.pool.column(candidate);
            let mut square = column.dot(&column) / n + self.penalty;
            let mut product = column.dot(self.target) / n;
            for k in 0..self.factor.len() {
                let own = self.pool.chosen()[k];
                let (before, rest) = self.factor.split_at_mut(k);
                let explained: f64 = before.iter().map(|row| row[own] * row[candidate]).sum();
                let left = (self.pool.column(own).dot(&column) / n - explained) / rest[0][own];
                square -= left * left;
                product -= left * self.target_factor[k];
                rest[0].push(left);
            }
            self.squares.push(square);
            self.products.push(product);
        }
    }

    /// The weights of the selected inputs.
    fn weights(&self) -> Vec<f64> {
        let chosen = self.pool.chosen();
        let mut weights = self.target_factor.clone();
        for i in (0..weights.len()).rev() {
            let later: f64 = (i + 1..weights.len()).map(|k| self.factor[i][chosen[k]] * weights[k]).sum();
            weights[i] = (weights[i] - later) / self.factor[i][chosen[i]];
        }
        weights
    }
}
