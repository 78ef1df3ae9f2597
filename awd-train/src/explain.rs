//! Why a model, or its teacher, says what it says of a window: which features, which samples and which coefficients.
//!
//! A readout is a sum, so what a feature adds is exact. What a sample or a coefficient adds is an attribution on the way from the mean
//! window (integrated gradients, Sundararajan, Taly & Yan 2017): all of them together are the difference between what is said of both.

use crate::data::Attributions;
use crate::model::Model;
use crate::readout::Candidates;
use awd_core::{Dwt, Invalid, Kind};
use ndarray::{Array1, Array2, Axis};

/// What is added to an output on the way from where the attribution begins to a window.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// By each sample.
    pub samples: Vec<f64>,
    /// By each coefficient of each band, finest detail first.
    pub bands: Vec<Vec<f64>>,
}

impl Explanation {
    /// What attributions that were multiplied by a way say of one of their windows and outputs, a signal. Both sums are the
    /// same, but for windows around a circle with levels of odd length.
    ///
    /// # Errors
    /// The transform is none for windows of this length.
    ///
    /// # Panics
    /// There is no such window or output.
    pub fn of(attributions: &Attributions, window: usize, output: usize, dwt: &Dwt<f64>) -> Result<Self, Invalid> {
        let gradients = attributions.gradients.index_axis(Axis(0), window);
        let gradient: Vec<f64> = gradients.row(output).iter().map(|&g| f64::from(g)).collect();
        let way: Vec<f64> = match &attributions.displacements {
            Some(ways) => ways.row(window).iter().map(|&d| f64::from(d)).collect(),
            None => vec![1.0; gradient.len()],
        };
        let n = gradient.len();
        let (mut work, mut coefficients) = (vec![0.0; dwt.work_len(n)], Vec::new());
        dwt.analyze(&way, &mut work, |_, band| coefficients.extend_from_slice(band))?;
        // By the chain rule the gradient with respect to a coefficient is that along what it adds to the signal.
        let (mut alone, mut added) = (vec![0.0; coefficients.len()], vec![0.0; n]);
        for (k, coefficient) in coefficients.iter_mut().enumerate() {
            alone.fill(0.0);
            alone[k] = 1.0;
            dwt.synthesize(&mut alone, &mut work, &mut added)?;
            *coefficient *= added.iter().zip(&gradient).map(|(added, slope)| added * slope).sum::<f64>();
        }
        let bands = dwt.band_ranges(n).map(|range| coefficients[range].to_vec()).collect();
        Ok(Self { samples: way.iter().zip(&gradient).map(|(way, slope)| way * slope).collect(), bands })
    }
}

/// What each term and each product of a model adds to its outputs, less what it usually adds.
pub struct ByTerms<'m> {
    model: &'m Model,
    candidates: Candidates,
    usual: Array1<f64>,
}

impl<'m> ByTerms<'m> {
    /// Usual is what is added on average for these windows (n, N).
    #[must_use]
    pub fn new(model: &'m Model, usual: &Array2<f32>) -> Self {
        let candidates = Candidates::of_model(model);
        let usual = candidates.features(usual).mean_axis(Axis(0)).unwrap_or_default();
        Self { model, candidates, usual }
    }

    /// Of windows `x` (n, N), what each term and then each product adds to an output: (n, terms + products). Outputs are those of the model as a function: a
    /// value, or the logits of all classes less their mean.
    #[must_use]
    pub fn added(&self, output: usize, x: &Array2<f32>) -> Array2<f64> {
        let readout = &self.model.spec().readout;
        let outputs = readout.bias.len();
        let weights = readout.weights.chunks(outputs).map(|weights| match readout.kind {
            Kind::Linear => f64::from(weights[output]),
            // Class 0 has no weights.
            Kind::Softmax => {
                let mean = weights.iter().map(|&w| f64::from(w)).sum::<f64>() / (outputs + 1) as f64;
                output.checked_sub(1).map_or(0.0, |i| f64::from(weights[i])) - mean
            }
        });
        (self.candidates.features(x) - &self.usual) * weights.collect::<Array1<f64>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::Function;
    use crate::attribution::{Baseline, Method, attribute};
    use crate::model::{Integers, Readout, Spec};
    use crate::progress::silent;
    use crate::readout::Slopes;
    use awd_core::{Boundary, Feature, Lifting, Step, Term};

    fn windows() -> Array2<f32> {
        Array2::from_shape_fn((60, 16), |(i, k)| ((i * (k + 3) * 7 % 23) as f32 / 10.0 - 1.0) + (k as f32).sin())
    }

    /// Three classes by four features.
    fn model() -> Model {
        let haar = Lifting::new(2, [0, 1], &[Step::new(0, [1.0, 0.0]), Step::new(0, [-0.5, 0.0])]).unwrap();
        let term = |band, feature| Term { band, feature };
        let terms = [
            term(0, Feature::RootEnergy),
            term(1, Feature::Largest(0)),
            term(2, Feature::Coefficient(1)),
            term(3, Feature::LogEnergy),
        ];
        let readout = Readout {
            kind: Kind::Softmax,
            bias: [0.25, -1.5].into_iter().collect(),
            weights: vec![1.0, -2.0, 0.5, 0.25, -1.0, 0.75, 0.3, 0.6, 0.2, -0.4, 0.1, 0.3],
            threshold: 0.0,
        };
        let dwt = Dwt::new(haar, Boundary::Zero, 2);
        let terms = terms.into_iter().collect();
        let scalar = awd_core::Arithmetic::Float;
        Model::new(Spec {
            window: 16,
            wavelets: vec![dwt],
            terms,
            products: vec![[0, 2], [3, 3]],
            readout,
            health: None,
            scalar,
            integers: Integers::default(),
            provenance: None,
            image: None,
            deviation: 1.0,
        })
        .unwrap()
    }

    #[test]
    fn what_is_added_is_the_difference_from_the_usual() {
        let (model, x) = (model(), windows());
        let outputs = Slopes::new(&model).unwrap().outputs(x.view()).unwrap();
        let mean = outputs.mean_axis(Axis(0)).unwrap();
        for output in 0..3 {
            let added = ByTerms::new(&model, &x).added(output, &x);
            assert_eq!(added.dim(), (60, 6));
            for (i, row) in added.rows().into_iter().enumerate() {
                let expected = f64::from(outputs[[i, output]] - mean[output]);
                assert!((row.sum() - expected).abs() < 1e-4, "{} {expected}", row.sum());
            }
        }
    }

    #[test]
    fn samples_and_coefficients_add_up_to_the_way_from_the_mean_window() {
        let (model, x) = (model(), windows());
        let mean = x.mean_axis(Axis(0)).unwrap();
        let method = Method::IntegratedGradients { steps: 64, baseline: Baseline::Window(mean.clone()) };
        let function = Slopes::new(&model).unwrap();
        let some = x.select(Axis(0), &[3, 41]);
        let attributions = attribute(&method, &some, &function, &silent).unwrap();
        let from = function.outputs(mean.insert_axis(Axis(0)).view()).unwrap();
        let to = function.outputs(some.view()).unwrap();
        for window in 0..2 {
            for output in 0..3 {
                let found = Explanation::of(&attributions, window, output, &model.spec().dwt().rounded()).unwrap();
                assert_eq!(found.bands.iter().map(Vec::len).collect::<Vec<_>>(), [8, 4, 4]);
                let sums = [found.samples.iter().sum::<f64>(), found.bands.iter().flatten().sum()];
                let expected = f64::from(to[[window, output]] - from[[0, output]]);
                assert!((sums[0] - sums[1]).abs() < 1e-6 && (sums[0] - expected).abs() < 0.05, "{sums:?} {expected}");
            }
        }
    }
}
