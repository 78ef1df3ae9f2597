//! The networks that are distilled, wherever they come from.

use crate::Result;
use crate::attribution::Function;
use crate::attribution::Method;
use crate::attribution::StepError;
use crate::data::Attributions;
use crate::progress::Progress;
use ndarray::Array2;

/// A network for windows of one length.
pub trait Network: Function {
    /// The number of its parameters.
    fn parameters(&self) -> usize;

    /// Whether its gradients are finite differences, whose step is chosen on the windows.
    fn by_differences(&self) -> bool {
        false
    }

    /// Returns the method's attributions of windows `x` (n, N), and the step error if the gradients are finite
    /// differences. Reports to the listener how many evaluations of the gradients are done.
    ///
    /// # Errors
    /// The gradients cannot be computed or fail the gradient check, or the listener cancels.
    fn attribute(
        &self,
        method: &Method,
        x: &Array2<f32>,
        progress: Progress<'_>,
    ) -> Result<(Attributions, Option<StepError>)>;
}
