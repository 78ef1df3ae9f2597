//! The inputs that a selection has chosen, and those that it may choose next.

use crate::readout::Input;
use crate::readout::costs::{Costs, Open};
use ndarray::{Array1, Array2, ArrayView1};

/// Features up to this one of the chosen may be multiplied.
const FACTORS: usize = 24;

/// Candidates are numbered: the features first, then products in the order in which they became candidates.
pub(super) struct Pool<'a> {
    z: &'a Array2<f64>,
    /// The products that may be chosen, and their columns less their means.
    products: Vec<(Input, Array1<f64>)>,
    with_products: bool,
    costs: Open,
    /// The chosen candidates, in their order.
    chosen: Vec<usize>,
}

impl<'a> Pool<'a> {
    /// No input is chosen yet of standardised features `z` (n, p).
    pub fn new(z: &'a Array2<f64>, with_products: bool, costs: Costs) -> Self {
        Self { z, products: Vec::new(), with_products, costs: Open::new(costs), chosen: Vec::new() }
    }

    /// How many candidates there are, the chosen ones among them.
    pub fn len(&self) -> usize {
        self.z.ncols() + self.products.len()
    }

    /// The chosen candidates, in their order.
    pub fn chosen(&self) -> &[usize] {
        &self.chosen
    }

    /// The chosen inputs, in their order.
    pub fn support(&self) -> Vec<Input> {
        self.chosen.iter().map(|&j| self.input(j)).collect()
    }

    /// By what the gain of a candidate counts, for what it costs on the instrument.
    pub fn worth(&self, candidate: usize) -> f64 {
        self.costs.worth(candidate)
    }

    /// May a candidate come in: is it not in yet, and is what it costs within the bound?
    pub fn is_open(&self, candidate: usize) -> bool {
        !self.chosen.contains(&candidate) && self.costs.affords(candidate)
    }

    /// The column of a candidate; that of a product is less its mean.
    pub fn column(&self, candidate: usize) -> ArrayView1<'_, f64> {
        match candidate.checked_sub(self.z.ncols()) {
            Some(product) => self.products[product].1.view(),
            None => self.z.column(candidate),
        }
    }

    /// The means that the columns of the chosen inputs are less: 0 of features.
    pub fn means(&self) -> Vec<f64> {
        let mean = |input: Input| match input {
            Input::Feature(_) => 0.0,
            Input::Product(..) => input.column(self.z).mean().unwrap_or(0.0),
        };
        self.support().into_iter().map(mean).collect()
    }

    /// For each candidate the sum over all windows of `of` its value times the window's weight.
    pub fn sums(&self, weights: ArrayView1<'_, f64>, of: impl Fn(f64) -> f64) -> Vec<f64> {
        // Row by row, as the table stands in memory.
        let mut sums = vec![0.0; self.z.ncols()];
        for (row, &weight) in self.z.rows().into_iter().zip(weights) {
            sums.iter_mut().zip(row).for_each(|(sum, &z)| *sum += weight * of(z));
        }
        let product =
            |(_, column): &(Input, Array1<f64>)| column.iter().zip(weights).map(|(&z, w)| w * of(z)).sum::<f64>();
        sums.extend(self.products.iter().map(product));
        sums
    }

    /// Chooses a candidate. The products of a feature with itself and with those that were chosen before become candidates.
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
