//! What gathering starts from: where a band is, which features are wanted, and what they depend on.

use super::number::Number;
use super::tree::{Expr, Stmt, name};
use awd_core::Feature;

/// The features of a band, and the place of each among all features of the model.
pub type Gathered = Vec<(usize, Feature)>;

/// Where the coefficients of a band are.
pub struct Band {
    pub array: String,
    pub from: usize,
    pub len: usize,
}

/// The name of the array of features.
pub const FEATURES: &str = "features";

/// What features depend on beside the band.
#[derive(Debug, Clone, Copy)]
pub struct Context<'m> {
    /// The standard deviation of the training samples, in the unit of the coefficients.
    pub deviation: f32,
    /// The shift of each feature and product of a model in fixed point.
    pub shifts: &'m [i8],
}

impl Context<'_> {
    /// Stores the value of a feature or a product.
    pub fn store<C: Number>(&self, place: usize, value: Expr) -> Stmt {
        Stmt::Store(FEATURES.into(), place, C::input(value, self.shifts.get(place).copied().unwrap_or(0)))
    }
}

/// Adds to a variable.
pub fn add(variable: &str, value: Expr) -> Stmt {
    Stmt::Set(variable.into(), name(variable) + value)
}
