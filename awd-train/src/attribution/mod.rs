//! How a network's outputs depend on the samples of a window: the network as a function, its gradients, the gradient
//! check, and the methods that average gradients.

mod finite_differences;
mod function;
mod gradient_check;
mod methods;
mod network;
mod quadrature;

pub use finite_differences::{FiniteDifferences, StepError};
pub(crate) use function::check_finite;
pub use function::{Differentiable, Function, centred};
pub(crate) use gradient_check::few;
pub use gradient_check::{check, check_cached};
pub use methods::{Baseline, Method, attribute, incompleteness, of_coefficients};
pub use network::Network;
