//! Scores windows and counts what is abnormal in them.

use awd_core::{Health, Invalid, Model, Scores};

/// The health statistics of the model in service.
#[derive(Debug)]
pub struct Monitor {
    pub health: Health,
    /// Samples and features that were clamped to the range of the integers.
    #[cfg(feature = "integers")]
    clamped: u64,
}

impl Monitor {
    /// No window yet. `limits` are the lowest and the highest value of the analog-to-digital converter.
    pub const fn new(limits: Option<[f32; 2]>) -> Self {
        Self {
            health: Health::new(limits),
            #[cfg(feature = "integers")]
            clamped: 0,
        }
    }

    /// Clears all statistics; keeps the limits.
    pub fn reset(&mut self) {
        self.health.reset();
        #[cfg(feature = "integers")]
        {
            self.clamped = 0;
        }
    }

    /// Samples and features that were clamped to the range of the integers. 0 if models are not scored in integers.
    pub const fn clamped(&self) -> u64 {
        #[cfg(feature = "integers")]
        return self.clamped;
        #[cfg(not(feature = "integers"))]
        return 0;
    }

    /// Scores a window. An image is overwritten.
    // Not inlined: one copy, because it is most of the code.
    #[inline(never)]
    pub fn score(&mut self, model: &Model<'_>, x: &mut [f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        #[cfg(feature = "images")]
        if model.is_image() {
            self.count(model, x);
            return score_image(model, x, work);
        }
        #[cfg(feature = "integers")]
        if model.arithmetic() != awd_core::Arithmetic::Float {
            return self.score_in_integers(model, x, work);
        }
        model.score_observed(x, work, &mut self.health)
    }

    /// The work space holds twice as many integers as samples in floating point, which is enough.
    #[cfg(feature = "integers")]
    #[inline(never)]
    fn score_in_integers(&mut self, model: &Model<'_>, x: &[f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        let (scores, clamped) = model.score_rounded(x, bytemuck::must_cast_slice_mut(work))?;
        self.clamped = self.clamped.saturating_add(clamped.into());
        self.count(model, x);
        Ok(scores)
    }

    /// Only counts the samples: the training statistics are those of bands of signals in floating point.
    #[cfg(any(feature = "images", feature = "integers"))]
    fn count(&mut self, model: &Model<'_>, x: &[f32]) {
        self.health.observe(model, x, &[f32::NAN]);
    }
}

/// A function of its own, so that scoring a signal does not need the stack of the image kernels.
#[cfg(feature = "images")]
#[inline(never)]
fn score_image(model: &Model<'_>, image: &mut [f32], work: &mut [f32]) -> Result<Scores, Invalid> {
    model.images::<1>()?.score_in_place(image, work)
}
