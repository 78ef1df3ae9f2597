//! Predictors of the test windows: the model, its teacher and baselines.

use super::Baseline;
use crate::Result;
use crate::attribution::Network;
use crate::attribution::check_finite;
use crate::cluster::{Ranks, max_reduce};
use crate::data::Target;
use crate::metric::{Outputs, class};
use crate::model::Model;
use crate::model::name_of;
use ndarray::Array2;

/// A predictor's outputs on the test split, and its size.
#[derive(Debug, Clone)]
pub struct Predictor {
    /// Its name in the table.
    pub model: &'static str,
    /// Its outputs for each test window.
    pub outputs: Outputs,
    /// For two classes: the logit above which it decides for class 1. 0 for all other predictors.
    pub threshold: f64,
    /// Number of parameters: wavelet, readout, normalisation.
    pub parameters: usize,
    /// Size in bytes: of the model file, or of the parameters in f32.
    pub bytes: usize,
}

impl From<Baseline> for Predictor {
    fn from(Baseline { name, outputs, parameters }: Baseline) -> Self {
        Self { model: name, outputs, threshold: 0.0, parameters, bytes: size_of::<f32>() * parameters }
    }
}

impl Predictor {
    /// The predictor of a model with these outputs.
    #[must_use]
    pub fn model(name: &'static str, model: &Model, outputs: Outputs) -> Self {
        Self {
            model: name,
            outputs,
            threshold: model.spec().readout.threshold.into(),
            parameters: model.parameters(),
            bytes: model.file().len(),
        }
    }

    /// The teacher network, evaluated on windows `x` (n, N). There may be none on this rank.
    ///
    /// # Errors
    /// Its outputs cannot be computed.
    pub fn teacher(network: &dyn Network, x: &Array2<f32>) -> Result<Self> {
        let parameters = network.parameters();
        let outputs = if x.is_empty() {
            Outputs::zeros((0, 1))
        } else {
            let outputs = network.outputs(x.view())?;
            check_finite(&outputs)?;
            outputs.mapv(f64::from)
        };
        Ok(Self { model: "teacher", outputs, threshold: 0.0, parameters, bytes: size_of::<f32>() * parameters })
    }

    /// A note if it decides for the same class at all test windows of all ranks, although they are of several classes.
    #[must_use]
    pub fn one_class(&self, ranks: &dyn Ranks, y: &Target, names: &[String]) -> Option<String> {
        let Target::Classes { labels, .. } = y else { return None };
        // A rank may have no window.
        let least = |classes: &mut dyn Iterator<Item = usize>| {
            -max_reduce(ranks, classes.map(|class| -(class as f64)).fold(f64::NEG_INFINITY, f64::max))
        };
        let most = |classes: &mut dyn Iterator<Item = usize>| {
            max_reduce(ranks, classes.map(|class| class as f64).fold(f64::NEG_INFINITY, f64::max))
        };
        let decisions = self.decisions();
        let decided = || decisions.rows().into_iter().filter_map(class);
        let true_classes = || labels.iter().copied();
        let one = least(&mut decided());
        let alike = one == most(&mut decided());
        let differ = least(&mut true_classes()) < most(&mut true_classes());
        let name = || name_of(names, one as usize);
        (alike && differ).then(|| format!("{} predicts class {} for every test window.", self.model, name()))
    }

    /// The outputs with the threshold applied. The decision is the class of the highest one.
    #[must_use]
    pub fn decisions(&self) -> Outputs {
        let mut decisions = self.outputs.clone();
        decisions.column_mut(0).mapv_inplace(|output| output + self.threshold);
        decisions
    }
}
