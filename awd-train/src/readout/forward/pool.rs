//! The selected inputs, and the candidates that may be selected next.

use crate::readout::Input;
use crate::readout::costs::{Costs, Spending};
use ndarray::{Array1, Array2, ArrayView1};

/// Only this many selected features, the first ones, form products.
const FACTORS: usize = 24;

/// The candidates. They are numbered: the features first, then products in the order in which they became candidates.
pub(super) struct Pool<'a> {
    z: &'a Array2<f64>,
    /// The products that are candidates, and their centred columns.
    products: Vec<(Input, Array1<f64>)>,
    with_products: bool,
    costs: Spending,
    /// The selected candidates, in the order of their selection.
    chosen: Vec<usize>,
}

impl<'a> Pool<'a> {
    /// The pool of standardised features `z` (n, p), with no input selected.
    pub fn new(z: &'a Array2<f64>, with_products: bool, costs: Costs) -> Self {
        Self { z, products: Vec::new(), with_products, costs: Spending::new(costs), chosen: Vec::new() }
    }

    /// The number of candidates, including the selected ones.
    pub fn len(&self) -> usize {
        self.z.ncols() + self.products.len()
    }

    /// The selected candidates, in the order of their selection.
    pub fn chosen(&self) -> &[usize] {
        &self.chosen
    }

    /// The selected inputs, in the order of their selection.
    pub fn support(&self) -> Vec<Input> {
        self.chosen.iter().map(|&j| self.input(j)).collect()
    }

    /// The factor of a candidate's gain, which depends on its cost on the device.
    pub fn worth(&self, candidate: usize) -> f64 {
        self.costs.worth(candidate)
    }

    /// Whether a candidate may be selected: it is not selected yet, and its cost is within the bound.
    pub fn is_open(&self, candidate: usize) -> bool {
        !self.chosen.contains(&candidate) && self.costs.affords(candidate)
    }

    /// The column of a candidate; that of a product is centred.
    pub fn column(&self, candidate: usize) -> ArrayView1<'_, f64> {
        match candidate.checked_sub(self.z.ncols()) {
            Some(product) => self.products[product].1.view(),
            None => self.z.column(candidate),
        }
    }

    /// The means that were subtracted from the columns of the selected inputs; 0 for features.
    pub fn means(&self) -> Vec<f64> {
        let mean = |input: Input| match input {
            Input::Feature(_) => 0.0,
            Input::Product(..) => input.column(self.z).mean().unwrap_or(0.0),
        };
        self.support().into_iter().map(mean).collect()
    }

    /// For each candidate, the sum over all windows of `map` of its value, times the window's weight.
    pub fn sums(&self, weights: ArrayView1<'_, f64>, map: impl Fn(f64) -> f64) -> Vec<f64> {
        // Row by row, in memory order.
        let mut sums = vec![0.0; self.z.ncols()];
        for (row, &weight) in self.z.rows().into_iter().zip(weights) {
            sums.iter_mut().zip(row).for_each(|(sum, &z)| *sum += weight * map(z));
        }
        let product =
            |(_, column): &(Input, Array1<f64>)| column.iter().zip(weights).map(|(&z, w)| w * map(z)).sum::<f64>();
        sums.extend(self.products.iter().map(product));
        sums
    }

    /// Selects a candidate. The products of a feature with itself and with earlier features become candidates.
    pub fn choose(&mut self, candidate: usize) {
        self.chosen.push(candidate);
        self.costs.pay(candidate);
        let Input::Feature(new) = self.input(candidate) else { return };
        let features: Vec<usize> = self.chosen.iter().copied().filter(|&j| j < self.z.ncols()).collect();
        if !self.with_products || features.len() > FACTORS {
            return;
        }
        for other in features {
            let input = Input::Product(other.min(new), other.max(new));
            let mut column = input.column(self.z);
            column -= column.mean().unwrap_or(0.0);
            self.products.push((input, column));
        }
    }

    /// The input of a candidate.
    fn input(&self, candidate: usize) -> Input {
        match candidate.checked_sub(self.z.ncols()) {
            Some(product) => self.products[product].0,
            None => Input::Feature(candidate),
        }
    }
}
