//! Windows in, scores out, in work space of the caller's: one `&Model` serves many.

use crate::dwt::{MAX_LEVELS, Transform};
use crate::feature::Term;
use crate::model::MAX_TERMS;
use crate::summary::{Needs, Summary};
use crate::{Invalid, Layout, Model, Readout, Scores, Spec, Unrolled};

impl Model {
    /// Scores one window of [`Model::window`] samples, in the units of the training data.
    ///
    /// # Errors
    /// `x` has not as many samples as the model's window, or `work` is shorter than [`Model::work_len`].
    pub fn score(&self, x: &[f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        Invalid::unless(x.len() == self.window(), "window", "as many samples as the model's window")?;
        score(&self.spec().dwt, &Plan::of(&self.spec().terms), &self.spec().readout, x, work)
    }

    /// A scorer of this model with code for its layout alone.
    ///
    /// # Errors
    /// The first field of the model that is not as in the layout `L`.
    pub fn unrolled<L: Layout>(&self) -> Result<Scorer<'_, L>, Invalid> {
        Invalid::unless(self.window() == L::WINDOW, "window", "that of the layout")?;
        let Spec { dwt, terms, readout, .. } = self.spec();
        Ok(Scorer { readout, transform: Unrolled::new(dwt)?, plan: Plan::of(terms) })
    }
}

/// A model whose layout is known when the firmware is compiled: the bits of [`Model::score`] in a fraction of its
/// instructions.
#[derive(Debug, Clone)]
pub struct Scorer<'m, L> {
    readout: &'m Readout,
    transform: Unrolled<L, f32>,
    plan: Plan,
}

impl<L: Layout> Scorer<'_, L> {
    /// Scores one window, in the units of the training data.
    ///
    /// # Errors
    /// `x` is not a window of the layout, or `work` is shorter than [`Unrolled::WORK`].
    pub fn score(&self, x: &[f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        score(&self.transform, &self.plan, self.readout, x, work)
    }

    /// The transform alone.
    #[must_use]
    pub const fn transform(&self) -> &Unrolled<L, f32> {
        &self.transform
    }
}

/// What the terms of a model ask for, band by band.
#[derive(Debug, Clone)]
struct Plan {
    bands: [Needs; MAX_LEVELS as usize + 1],
    /// Where the value of each term stands in its band's summary.
    slots: [u8; MAX_TERMS],
}

impl Plan {
    fn of(terms: &[Term]) -> Self {
        let mut plan = Self { bands: [Needs::default(); MAX_LEVELS as usize + 1], slots: [0; MAX_TERMS] };
        for (term, slot) in terms.iter().zip(&mut plan.slots) {
            *slot = term.feature.slot();
            if let Some(needs) = plan.bands.get_mut(usize::from(term.band)) {
                needs.add(term.feature);
            }
        }
        plan
    }
}

/// A window through transform, features and readout.
#[inline(always)]
fn score(
    transform: &impl Transform<f32>,
    plan: &Plan,
    readout: &Readout,
    x: &[f32],
    work: &mut [f32],
) -> Result<Scores, Invalid> {
    let mut scores = readout.start();
    let mut summary = Summary::EMPTY;
    let (mut slots, mut weights) = (&plan.slots[..], &readout.weights[..]);
    transform.analyze(x, work, |band, coefficients| {
        let needs = plan.bands.get(band).copied().unwrap_or_default();
        let here = slots.split_at_checked(needs.terms());
        let weighted = weights.split_at_checked(needs.terms() * readout.bias.len());
        if let (Some((here, later)), Some((by, rest))) = (here, weighted)
            && !here.is_empty()
        {
            summary.gather(coefficients, needs);
            scores.add(&summary, here, by);
            (slots, weights) = (later, rest);
        }
    })?;
    Ok(scores)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::spec;

    #[test]
    fn a_window_scores_as_by_hand() {
        let model = Model::new(spec()).unwrap();
        // Level 1: sums 3 7 0 0, half differences .5 .5 0 0; level 2: sums 10 0, half differences 2 0.
        let scores = model.score(&[1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0], &mut [0.0; 16]).unwrap();
        let log = libm::logf(0.5 + crate::summary::LOG_FLOOR);
        assert_eq!(scores.outputs(), [0.25 + 1.0 * log + 3.0 * 2.0 + 5.0 * 0.0, -1.5 + 2.0 * log + 4.0 * 2.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let model = Model::new(spec()).unwrap();
        assert_eq!(model.score(&[0.0; 8], &mut [0.0; 4]).unwrap_err().field, "work");
        assert_eq!(model.score(&[0.0; 7], &mut [0.0; 16]).unwrap_err().field, "window");
    }
}
