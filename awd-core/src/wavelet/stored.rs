//! A lifting step as stored in a model's file. All numbers are little-endian.

use crate::Step;

/// An offset and two taps as `f32`.
pub type StoredStep = [u8; 9];

pub const fn step_of([offset, a, b, c, d, e, f, g, h]: StoredStep) -> Step<f32> {
    Step::new(offset.cast_signed(), [f32::from_le_bytes([a, b, c, d]), f32::from_le_bytes([e, f, g, h])])
}

pub const fn step_bytes(Step { offset, taps: [first, second] }: Step<f32>) -> StoredStep {
    let ([a, b, c, d], [e, f, g, h]) = (first.to_le_bytes(), second.to_le_bytes());
    [offset.cast_unsigned(), a, b, c, d, e, f, g, h]
}
