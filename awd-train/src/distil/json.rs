//! The results of a distillation as JSON.

use super::Distilled;
use crate::readout::{Costs, Platform};
use crate::wavelet::Wavelet;
use serde_json::{Value, json};

impl Distilled {
    /// What was found, and how: the choices, the objective and its parts, errors, and the size of the model.
    #[must_use]
    pub fn json(&self) -> Value {
        let finest = self.transform.wavelets.finest();
        json!({
            "objective": self.value.total,
            "reconstruction_error": self.reconstruction_error,
            "orthogonality_defect": self.transform.wavelets.orthogonality_defect(),
            "l1_coefficients": self.value.l1_coefficients,
            "l1_attributions": self.value.l1_attributions,
            "wavelet": self.fixed.as_deref().unwrap_or("learned"),
            "lambda": self.lambda,
            "gamma": self.gamma,
            "supervised": self.supervised,
            "family": finest.family().name(),
            "taps": finest.taps(),
            "deeper": self.transform.wavelets.all().iter().skip(1).map(Wavelet::taps).collect::<Vec<_>>(),
            "levels": self.transform.levels,
            "penalty": self.readout.method.penalty,
            "validated": self.validated,
            "parameters": self.model.parameters(),
            "instructions": Costs::of_model(&self.model, Platform::File).map(|cost| cost.instructions),
            "bytes": self.model.file().len(),
            "seconds": self.seconds,
            "evaluations": self.evaluations,
        })
    }
}
