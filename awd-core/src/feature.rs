//! Numbers that describe one band of coefficients, or the window itself.
//!
//! They are taken of the unscaled coefficients that the ladder leaves: the readout is fitted to the same numbers,
//! so a band's scale is in its weights. Only what a model asks for is computed; logarithm and root are reached only
//! by the features that are named after them.

use crate::Dwt;
use crate::Invalid;
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
    /// ln(Σ|cₖ| + 10⁻⁶σ), with the standard deviation σ of the training samples ([`Model::deviation`](crate::Model::deviation)).
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

impl Feature {
    /// The kinds whose argument is a rank or a place; 9 is the highest kind that there is.
    pub(crate) const LARGEST: u8 = 0;
    pub(crate) const SMALLEST: u8 = 1;
    pub(crate) const COEFFICIENT: u8 = 9;

    /// Kind and argument, as a model's file has them.
    pub(crate) const fn code(self) -> [u8; 2] {
        match self {
            Self::Largest(rank) => [Self::LARGEST, rank],
            Self::Smallest(rank) => [Self::SMALLEST, rank],
            Self::AbsSum => [2, 0],
            Self::RootEnergy => [3, 0],
            Self::LogAbsSum => [4, 0],
            Self::LogEnergy => [5, 0],
            Self::FirstMoment => [6, 0],
            Self::Centroid => [7, 0],
            Self::Position => [8, 0],
            Self::Coefficient(place) => [Self::COEFFICIENT, place],
        }
    }

    /// The feature of a kind and an argument, if there is one.
    pub(crate) const fn of_code(kind: u8, argument: u8) -> Option<Self> {
        Some(match (kind, argument) {
            (Self::LARGEST, rank) => Self::Largest(rank),
            (Self::SMALLEST, rank) => Self::Smallest(rank),
            (2, 0) => Self::AbsSum,
            (3, 0) => Self::RootEnergy,
            (4, 0) => Self::LogAbsSum,
            (5, 0) => Self::LogEnergy,
            (6, 0) => Self::FirstMoment,
            (7, 0) => Self::Centroid,
            (8, 0) => Self::Position,
            (Self::COEFFICIENT, place) => Self::Coefficient(place),
            _ => return None,
        })
    }
}

/// A feature of a band, or of the window: one input of the readout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Term {
    /// Of the first wavelet 0 is the finest detail and the number of levels the approximation; the bands of the next wavelet follow. After
    /// the last is the window itself, whose samples stand for coefficients, and after that are the histograms of an image.
    pub band: u8,
    /// Which number of it.
    pub feature: Feature,
}

/// The features of a window `x`, of samples with this standard deviation, by the bands of these wavelets, those of the window itself
/// last: calls `each` with the value of each term, in their order, which must be ascending. No band is kept longer than its features
/// take.
///
/// # Errors
/// `work` is shorter than one of the transforms needs.
pub fn features(
    wavelets: &[Dwt<f32>],
    x: &[f32],
    terms: &[Term],
    deviation: f32,
    work: &mut [f32],
    mut each: impl FnMut(f32),
) -> Result<(), Invalid> {
    let (mut rest, mut first) = (terms, 0);
    for dwt in wavelets {
        dwt.analyze(x, work, |band, coefficients| {
            let len = rest.iter().take_while(|term| usize::from(term.band) == first + band).count();
            let Some((here, later)) = rest.split_at_checked(len).filter(|(here, _)| !here.is_empty()) else { return };
            take(here, coefficients, deviation, &mut each);
            rest = later;
        })?;
        first += dwt.bands();
    }
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
    images: &Images<N>,
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
