//! Explains a prediction of a model or its teacher: the contributions of features, samples and coefficients.
//!
//! A readout is a sum, so the contribution of a feature is exact. Those of samples and coefficients are integrated
//! gradients along the path from the mean window (Sundararajan, Taly & Yan 2017). Their sum is the difference between
//! the outputs for the window and for the mean window.

use crate::data::Attributions;
use crate::model::Model;
use crate::readout::Candidates;
use awd_core::{Dwt, Invalid, Kind};
use ndarray::{Array1, Array2, Axis};

/// Contributions to an output along the path from the baseline to a window.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The contribution of each sample.
    pub samples: Vec<f64>,
    /// The contribution of each coefficient of each band, finest detail first.
    pub bands: Vec<Vec<f64>>,
}

impl Explanation {
    /// Computes the contributions for one window of a signal and one output: gradients times displacements. The sums
    /// over samples and over coefficients are equal, except with periodization and levels of odd length.
    ///
    /// # Errors
    /// The transform does not apply to windows of this length.
    ///
    /// # Panics
    /// There is no such window or output.
    pub fn of(attributions: &Attributions, window: usize, output: usize, dwt: &Dwt<f64>) -> Result<Self, Invalid> {
        let gradients = attributions.gradients.index_axis(Axis(0), window);
        let gradient: Vec<f64> = gradients.row(output).iter().map(|&g| f64::from(g)).collect();
        let displacement: Vec<f64> = match &attributions.displacements {
            Some(displacements) => displacements.row(window).iter().map(|&d| f64::from(d)).collect(),
            None => vec![1.0; gradient.len()],
        };
        let n = gradient.len();
        let (mut work, mut coefficients) = (vec![0.0; dwt.work_len(n)], Vec::new());
        dwt.analyze(&displacement, &mut work, |_, band| coefficients.extend_from_slice(band))?;
        // By the chain rule, the gradient with respect to a coefficient is the inner product of the samples' gradient
        // and the signal that is synthesized from this coefficient alone.
        let (mut unit, mut signal) = (vec![0.0; coefficients.len()], vec![0.0; n]);
        for (k, coefficient) in coefficients.iter_mut().enumerate() {
            unit.fill(0.0);
            unit[k] = 1.0;
            dwt.synthesize(&mut unit, &mut work, &mut signal)?;
            *coefficient *= signal.iter().zip(&gradient).map(|(signal, slope)| signal * slope).sum::<f64>();
        }
        let bands = dwt.band_ranges(n).map(|range| coefficients[range].to_vec()).collect();
        Ok(Self { samples: displacement.iter().zip(&gradient).map(|(d, slope)| d * slope).collect(), bands })
    }
}

/// The contribution of each term and each product of a model to its outputs, minus its mean contribution.
pub struct ByTerms<'m> {
    model: &'m Model,
    candidates: Candidates,
    means: Array1<f64>,
}

impl<'m> ByTerms<'m> {
    /// The mean contributions are those for the windows `reference` (n, N).
    #[must_use]
    pub fn new(model: &'m Model, reference: &Array2<f32>) -> Self {
        let candidates = Candidates::of_model(model);
        let means = candidates.features(reference).mean_axis(Axis(0)).unwrap_or_default();
        Self { model, candidates, means }
    }

    /// The contributions of each term and then each product to an output for windows `x` (n, N): (n, terms + products).
    /// Outputs are those of the model as a function: a value, or the logits of all classes minus their mean.
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
        (self.candidates.features(x) - &self.means) * weights.collect::<Array1<f64>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::Function;
    use crate::attribution::{Baseline, Method, attribute};
    use crate::fixtures::windows_with_sine;
    use crate::model::{Integers, Readout, Spec};
    use crate::progress::silent;
    use crate::readout::Slopes;
    use awd_core::{Boundary, Feature, Lifting, Step, Term};

    /// Three classes and four features.
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
            class_names: Vec::new(),
            image: None,
            deviation: 1.0,
        })
        .unwrap()
    }

    #[test]
    fn contributions_of_terms_add_up_to_the_difference_from_the_mean() {
        let (model, x) = (model(), windows_with_sine(60, 16));
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
    fn samples_and_coefficients_add_up_to_the_difference_from_the_mean_window() {
        let (model, x) = (model(), windows_with_sine(60, 16));
        let mean = x.mean_axis(Axis(0)).unwrap();
        let method = Method::IntegratedGradients { steps: 64, baseline: Baseline::Window(mean.clone()) };
        let function = Slopes::new(&model).unwrap();
        let selected = x.select(Axis(0), &[3, 41]);
        let attributions = attribute(&method, &selected, &function, &silent).unwrap();
        let from = function.outputs(mean.insert_axis(Axis(0)).view()).unwrap();
        let to = function.outputs(selected.view()).unwrap();
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
