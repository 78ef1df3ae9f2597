//! Adam with decoupled weight decay (Kingma & Ba 2015, Loshchilov & Hutter 2019).
//!
//! burn-optim 0.22 also has it, but compiles only with burn's feature `std`, which brings some 360 packages for
//! graphics cards into Cargo.lock.

use super::net::Net;
use super::numbers;
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Gradients, Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// Decay rates of the running means of gradients and of their squares.
const BETA: [f32; 2] = [0.9, 0.999];

/// Keeps a step finite where gradients vanish.
const EPSILON: f32 = 1e-5;

/// The optimiser of one network, with its running means.
#[derive(Clone, Serialize, Deserialize)]
pub struct Adam {
    decay: f32,
    steps: i32,
    /// Running means of gradients and of their squares, for each parameter in the order of the network.
    means: Vec<[Vec<f32>; 2]>,
}

impl Adam {
    /// An optimiser with this weight decay, per unit of the learning rate.
    pub const fn new(decay: f32) -> Self {
        Self { decay, steps: 0, means: Vec::new() }
    }

    /// The network after one step at this learning rate.
    pub fn step(&mut self, rate: f64, net: Net, gradients: Gradients) -> Net {
        self.steps = self.steps.saturating_add(1);
        net.map(&mut Step { adam: self, rate, gradients, parameter: 0 })
    }

    /// Updates the values of a parameter.
    #[expect(clippy::cast_possible_truncation, reason = "the network computes in f32")]
    fn update(&mut self, parameter: usize, rate: f64, values: &mut [f32], gradient: &[f32]) {
        if self.means.len() <= parameter {
            self.means.resize_with(parameter + 1, Default::default);
        }
        let [first, second] = &mut self.means[parameter];
        first.resize(values.len(), 0.0);
        second.resize(values.len(), 0.0);
        let [beta_1, beta_2] = BETA;
        // Bias correction, because the means start at zero.
        let [correction_1, correction_2] = BETA.map(|beta| 1.0 - beta.powi(self.steps));
        let kept = (1.0 - rate * f64::from(self.decay)) as f32;
        let rate = rate as f32;
        for (((value, &gradient), first), second) in values.iter_mut().zip(gradient).zip(first).zip(second) {
            *first = *first * beta_1 + gradient * (1.0 - beta_1);
            *second = *second * beta_2 + gradient * gradient * (1.0 - beta_2);
            let step = (*first / correction_1) / ((*second / correction_2).sqrt() + EPSILON);
            *value = *value * kept - step * rate;
        }
    }
}

/// One step, parameter by parameter.
struct Step<'a> {
    adam: &'a mut Adam,
    rate: f64,
    gradients: Gradients,
    parameter: usize,
}

impl ModuleMapper for Step<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let parameter = self.parameter;
        self.parameter += 1;
        param.map(|tensor| {
            let Some(gradient) = tensor.grad_remove(&mut self.gradients) else { return tensor };
            let (shape, device) = (tensor.dims(), tensor.device());
            let mut values = numbers(tensor);
            self.adam.update(parameter, self.rate, &mut values, &numbers(gradient));
            Tensor::from_data(TensorData::new(values, shape), &device).require_grad()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_those_of_the_published_algorithm() {
        // The algorithm of Loshchilov & Hutter, term by term in f64, on f(x) = x² from x = 3. The gradient is 2x.
        let (rate, decay) = (0.1, 0.05);
        let (mut x, mut m, mut v) = (3.0_f64, 0.0, 0.0);
        let mut adam = Adam::new(decay);
        let mut values = [3.0_f32];
        for t in 1..=50 {
            let gradient = 2.0 * x;
            m = 0.9 * m + 0.1 * gradient;
            v = 0.999 * v + 0.001 * gradient * gradient;
            let (m_hat, v_hat) = (m / (1.0 - 0.9_f64.powi(t)), v / (1.0 - 0.999_f64.powi(t)));
            x -= rate * (m_hat / (v_hat.sqrt() + 1e-5) + f64::from(decay) * x);
            let gradient = [2.0 * values[0]];
            adam.steps += 1;
            adam.update(0, rate, &mut values, &gradient);
            assert!((f64::from(values[0]) - x).abs() < 1e-4, "step {t}: {} {x}", values[0]);
        }
        assert!(x.abs() < 1.0, "{x}");
    }
}
