//! What a teacher is to the distillation: a function of windows, whichever library computes it.

use crate::{Error, Result};
use ndarray::{Array2, Array3, ArrayView2};

/// A function of windows: a value in the target's units, or the logits of all classes less their mean, as a softmax does not
/// see what is common to all ([`centred`]).
pub trait Function {
    /// Its outputs (n, outputs) at windows (n, N).
    ///
    /// # Errors
    /// Whatever computes it fails.
    fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>>;

    /// Its outputs (n, outputs) in the form that has gradients. A function that counts, which moves in steps, has a smooth form near it.
    ///
    /// # Errors
    /// As [`Function::outputs`].
    fn smooth(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        self.outputs(x)
    }
}

/// A function whose gradients can be had.
pub trait Differentiable: Function {
    /// The gradients (n, outputs, N) of every output with respect to the samples, in units of the output per unit of the
    /// sample.
    ///
    /// # Errors
    /// Whatever computes them fails.
    fn gradients(&self, x: ArrayView2<'_, f32>) -> Result<Array3<f32>>;

    /// Whether the gradient check has to pass before the gradients are used. It would compare finite differences with themselves.
    fn needs_check(&self) -> bool {
        true
    }
}

/// Logits (n, classes) less the mean of each window's.
#[must_use]
pub fn centred(mut logits: Array2<f32>) -> Array2<f32> {
    for mut logits in logits.rows_mut() {
        let mean = logits.mean().unwrap_or(0.0);
        logits -= mean;
    }
    logits
}

/// The outputs of a network must be numbers.
///
/// # Errors
/// One is not: names its window.
pub(crate) fn check_finite(outputs: &Array2<f32>) -> Result<()> {
    match outputs.indexed_iter().find(|(_, output)| !output.is_finite()) {
        Some(((window, output), value)) => Err(Error::input(
            "network",
            "outputs",
            format_args!(
                "finite numbers; output {output} of window {window} is {value}: train or export the network anew"
            ),
        )),
        None => Ok(()),
    }
}
