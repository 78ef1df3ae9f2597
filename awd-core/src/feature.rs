//! Numbers that describe one band of coefficients, or the window itself.
//!
//! They are taken of the unscaled coefficients that the ladder leaves: the readout is fitted to the same numbers,
//! so a band's scale is in its weights. Only what a model asks for is computed; logarithm and root are reached only
//! by the features that are named after them.

use crate::Invalid;
use crate::dwt::Transform;
use crate::image::Images;
use crate::summary::{Needs, Summary};
use serde::{Deserialize, Serialize};

/// Highest rank of [`Feature::Largest`] and [`Feature::Smallest`], plus one.
pub const MAX_RANK: u8 = 8;

/// Highest place of [`Feature::Coefficient`], plus one.
pub const MAX_PLACE: u8 = 32;

/// One number of a band c₀..cₙ₋₁.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Feature {
    /// The r-th largest signed coefficient; rank 0 is the largest (as in Ha et al. 2021, six of each band).
    Largest(u8),
    /// The r-th smallest signed coefficient; rank 0 is the smallest.
    Smallest(u8),
    /// Σ|cₖ|, in units of the samples.
    AbsSum,
    /// √Σcₖ², in units of the samples.
    RootEnergy,
    /// ln(Σ|cₖ| + 10⁻⁶σ), with the standard deviation σ of the training samples ([`Spec::deviation`](crate::Spec::deviation)).
    LogAbsSum,
    /// ln(Σcₖ² + 10⁻⁶σ²), with the same σ.
    LogEnergy,
    /// Σk|cₖ|, in samples of the band times units of the samples.
    FirstMoment,
    /// Σk|cₖ| / Σ|cₖ|, in samples of the band; 0 for an empty band.
    Centroid,
    /// The k of the largest |cₖ|, the first of equals, in samples of the band; 0 for an empty band.
    Position,
    /// The coefficient cₖ itself: what happens at a time, in events that are aligned.
    Coefficient(u8),
}

/// A feature of a band, or of the window: one input of the readout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Term {
    /// 0 is the finest detail, the number of levels is the approximation, and one more the window itself, whose samples stand
    /// for coefficients.
    pub band: u8,
    /// Which number of it.
    pub feature: Feature,
}

/// The features of a window `x`, of samples with this standard deviation, those of the window itself last: calls `each` with the
/// value of each term, in their order, which must be ascending. No band is kept longer than its features take.
///
/// # Errors
/// Those of the transform: `x` or `work` is of another length than it takes.
pub fn features(
    transform: &impl Transform<f32>,
    x: &[f32],
    terms: &[Term],
    deviation: f32,
    work: &mut [f32],
    mut each: impl FnMut(f32),
) -> Result<(), Invalid> {
    let mut rest = terms;
    transform.analyze(x, work, |band, coefficients| {
        let len = rest.iter().take_while(|term| usize::from(term.band) == band).count();
        let Some((here, later)) = rest.split_at_checked(len).filter(|(here, _)| !here.is_empty()) else { return };
        take(here, coefficients, deviation, &mut each);
        rest = later;
    })?;
    if !rest.is_empty() {
        take(rest, x, deviation, &mut each);
    }
    Ok(())
}

/// The same of an image: calls `each` with the place of every term and its value. `terms` must be ascending.
///
/// # Errors
/// Those of [`Images::analyze`].
pub fn features_of_image<const N: usize>(
    images: &Images<'_, N>,
    x: &[f32],
    terms: &[Term],
    deviation: f32,
    canvas: &mut [f32],
    work: &mut [f32],
    mut each: impl FnMut(usize, f32),
) -> Result<(), Invalid> {
    images.analyze(x, canvas, work, |band, coefficients| {
        let before = terms.iter().take_while(|term| usize::from(term.band) < band).count();
        let rest = terms.get(before..).unwrap_or_default();
        let len = rest.iter().take_while(|term| usize::from(term.band) == band).count();
        let mut places = before..;
        take(rest.get(..len).unwrap_or_default(), coefficients, deviation, &mut |value| {
            if let Some(place) = places.next() {
                each(place, value);
            }
        });
    })
}

/// The terms of a band.
fn take(terms: &[Term], band: &[f32], deviation: f32, each: &mut impl FnMut(f32)) {
    let summary = Summary::of(band, Needs::of(terms), deviation);
    terms.iter().for_each(|term| each(summary.value(term.feature)));
}
