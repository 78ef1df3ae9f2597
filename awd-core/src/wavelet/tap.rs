//! The coefficient type of lifting steps.

/// A coefficient of a lifting step.
pub trait Tap: Copy + PartialEq + 'static {
    /// The zero tap, which a step skips.
    const ZERO: Self;

    /// The nearest representable tap. Taps are computed in `f64` and rounded here once.
    fn from_f64(value: f64) -> Self;

    /// The nearest representable tap to one stored in a model's file.
    fn from_f32(value: f32) -> Self {
        Self::from_f64(value.into())
    }
}

/// Implements [`Tap`] for `f32` and `f64`.
macro_rules! float {
    ($float:ty) => {
        impl Tap for $float {
            const ZERO: Self = 0.0;

            #[allow(clippy::cast_possible_truncation, reason = "rounding is what is asked for")]
            #[inline]
            fn from_f64(value: f64) -> Self {
                value as $float
            }
        }
    };
}

float!(f32);
float!(f64);
