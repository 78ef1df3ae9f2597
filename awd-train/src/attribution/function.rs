//! The teacher as the distillation sees it: a function of windows, whichever library computes it.

use crate::{Error, Result};
use ndarray::{Array2, Array3, ArrayView2};

/// A function of windows. Its outputs are a value in the target's units, or the logits of all classes less their mean
/// ([`centred`]), because a softmax does not depend on what all logits have in common.
pub trait Function {
    /// Returns the outputs (n, outputs) at windows `x` (n, N).
    ///
    /// # Errors
    /// The computation fails.
    fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>>;

    /// Returns the outputs (n, outputs) of the differentiable form of the function. A function that counts is piecewise
    /// constant; its differentiable form is a smooth function near it.
    ///
    /// # Errors
    /// As [`Function::outputs`].
    fn smooth(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        self.outputs(x)
    }
}

/// A function that can compute its gradients.
pub trait Differentiable: Function {
    /// Returns the gradients (n, outputs, N) of every output with respect to the samples, in units of the output per
    /// unit of the sample.
    ///
    /// # Errors
    /// The computation fails.
    fn gradients(&self, x: ArrayView2<'_, f32>) -> Result<Array3<f32>>;

    /// Whether the gradients must pass the gradient check before they are used. False for finite differences, which the
    /// check would compare with themselves.
    fn needs_check(&self) -> bool {
        true
    }
}

/// Subtracts from logits (n, classes) the mean of each window's logits.
#[must_use]
pub fn centred(mut logits: Array2<f32>) -> Array2<f32> {
    for mut logits in logits.rows_mut() {
        let mean = logits.mean().unwrap_or(0.0);
        logits -= mean;
    }
    logits
}

/// Checks that all outputs of a network are finite.
///
/// # Errors
/// An output is not finite. The error names its window.
pub(crate) fn check_finite(outputs: &Array2<f32>) -> Result<()> {
    match outputs.indexed_iter().find(|(_, output)| !output.is_finite()) {
        Some(((window, output), value)) => Err(Error::input(
            "network",
            "outputs",
            format_args!(
                "finite numbers; output {output} of window {window} is {value}: train or export the network again"
            ),
        )),
        None => Ok(()),
    }
}
