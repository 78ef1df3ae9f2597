//! Selection for a value: the input that lowers the squared error most comes in next, all weights being fitted again (orthogonal least
//! squares: Chen, Billings & Luo 1989).

use super::gain::{How, greatest};
use super::pool::Pool;
use crate::readout::Fitted;
use crate::readout::costs::Costs;
use ndarray::{Array1, Array2};

/// What the chosen inputs leave of a candidate but for rounding.
const NOTHING: f64 = 1e-9;

/// The fits of no input, one, two, …
pub(super) fn of_values(z: &Array2<f64>, values: &[f64], how: How, costs: Costs, inputs: usize) -> Vec<Fitted> {
    let How { penalty, products } = how;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let target: Array1<f64> = values.iter().map(|value| value - mean).collect();
    let mut left = Left::new(Pool::new(z, products, costs), &target, penalty);
    let mut fits = vec![Fitted { support: vec![], bias: vec![mean], weights: vec![] }];
    while fits.len() <= inputs {
        let Some(next) = greatest(left.gains()) else { break };
        left.choose(next);
        let weights = left.weights();
        let off: f64 = left.pool.means().iter().zip(&weights).map(|(mean, w)| mean * w).sum();
        fits.push(Fitted { support: left.pool.support(), bias: vec![mean - off], weights });
    }
    fits
}

/// What the chosen inputs leave of the candidates and of the target. All products of columns are means over the windows.
struct Left<'a> {
    pool: Pool<'a>,
    target: &'a Array1<f64>,
    penalty: f64,
    /// Of each chosen input, its product with every candidate, both without what was chosen before, in units of what was left of
    /// itself: the rows of a Cholesky factor.
    factor: Vec<Vec<f64>>,
    /// The same of the target.
    of_target: Vec<f64>,
    /// Of each candidate, its mean square and the penalty; its product with the target.
    squares: Vec<f64>,
    products: Vec<f64>,
}

impl<'a> Left<'a> {
    fn new(pool: Pool<'a>, target: &'a Array1<f64>, penalty: f64) -> Self {
        let (squares, products) = (vec![], vec![]);
        let mut left = Self { pool, target, penalty, factor: vec![], of_target: vec![], squares, products };
        left.take_new();
        left
    }

    /// How much half the squared error and the penalty fall when a candidate comes in, times its worth; nothing of one that may not.
    fn gains(&self) -> impl Iterator<Item = Option<f64>> {
        let gain = |(j, (square, product)): (usize, (&f64, &f64))| {
            let open = square - self.penalty > NOTHING && self.pool.is_open(j);
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
        let of_target = self.products[candidate] / unit;
        for ((square, product), own) in self.squares.iter_mut().zip(&mut self.products).zip(&row) {
            *square -= own * own;
            *product -= of_target * own;
        }
        self.factor.push(row);
        self.of_target.push(of_target);
        self.pool.choose(candidate);
        self.take_new();
    }

    /// Takes what was chosen out of candidates that are new.
    fn take_new(&mut self) {
        let n = self.target.len() as f64;
        for candidate in self.squares.len()..self.pool.len() {
            let column = self.pool.column(candidate);
            let mut square = column.dot(&column) / n + self.penalty;
            let mut product = column.dot(self.target) / n;
            for k in 0..self.factor.len() {
                let own = self.pool.chosen()[k];
                let (before, rest) = self.factor.split_at_mut(k);
                let taken: f64 = before.iter().map(|row| row[own] * row[candidate]).sum();
                let left = (self.pool.column(own).dot(&column) / n - taken) / rest[0][own];
                square -= left * left;
                product -= left * self.of_target[k];
                rest[0].push(left);
            }
            self.squares.push(square);
            self.products.push(product);
        }
    }

    /// The weights of the chosen inputs.
    fn weights(&self) -> Vec<f64> {
        let chosen = self.pool.chosen();
        let mut weights = self.of_target.clone();
        for i in (0..weights.len()).rev() {
            let later: f64 = (i + 1..weights.len()).map(|k| self.factor[i][chosen[k]] * weights[k]).sum();
            weights[i] = (weights[i] - later) / self.factor[i][chosen[i]];
        }
        weights
    }
}
