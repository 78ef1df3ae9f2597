//! Names of features and bands.

use crate::model::Spec;
use awd_core::features::Segment;
use awd_core::{Feature, Term};

/// The name of a readout input: a feature or, after all features, a product of two of them.
#[must_use]
pub fn input(spec: &Spec, i: usize) -> String {
    match spec.terms.get(i) {
        Some(term) => name(spec, term),
        None => {
            let [first, second] =
                spec.products[i - spec.terms.len()].map(|term| name(spec, &spec.terms[usize::from(term)]));
            format!("{first} × {second}")
        }
    }
}

/// The name of a term.
fn name(spec: &Spec, term: &Term) -> String {
    let band = band(spec, term.band.into());
    let ordinal = |rank: u8| match rank {
        0 => String::new(),
        1 => "2nd ".into(),
        2 => "3rd ".into(),
        _ => format!("{}th ", rank + 1),
    };
    match term.feature {
        Feature::Largest(rank) => format!("{}largest of {band}", ordinal(rank)),
        Feature::Smallest(rank) => format!("{}smallest of {band}", ordinal(rank)),
        Feature::AbsSum => format!("sum of absolute values of {band}"),
        Feature::RootEnergy => format!("square root of the energy of {band}"),
        Feature::LogAbsSum => format!("log of the sum of absolute values of {band}"),
        Feature::LogEnergy => format!("log of the energy of {band}"),
        Feature::FirstMoment => format!("first moment of {band}"),
        Feature::Centroid => format!("centroid of {band}"),
        Feature::Position => format!("position of the largest absolute value of {band}"),
        Feature::PositiveCount => format!("number of positive samples of {band}"),
        Feature::PositiveSum => format!("sum of the positive samples of {band}"),
        Feature::LongestPositive => format!("longest positive run of {band}"),
        Feature::LongestNegative => format!("longest non-positive run of {band}"),
        Feature::Crossings => format!("zero crossings of {band}"),
        Feature::Increment(lag) => format!("sum of absolute increments at lag {lag} of {band}"),
        Feature::LogIncrement(lag) => format!("log of the sum of absolute increments at lag {lag} of {band}"),
        Feature::ModulusIncrement(lag) => {
            format!("sum of absolute increments at lag {lag} of the absolute values of {band}")
        }
        Feature::LogModulusIncrement(lag) => {
            format!("log of the sum of absolute increments at lag {lag} of the absolute values of {band}")
        }
        Feature::SegmentAbsSum(segment) => format!("sum of absolute values of {} of {band}", part(segment)),
        Feature::LogSegmentAbsSum(segment) => {
            format!("log of the sum of absolute values of {} of {band}", part(segment))
        }
        Feature::SegmentSum(segment) => format!("sum of {} of {band}", part(segment)),
        Feature::Coefficient(place) if usize::from(term.band) > spec.bands() => format!("bin {place} of {band}"),
        Feature::Coefficient(place) => format!("coefficient {place} of {band}"),
    }
}

/// The name of a segment, counted from 1.
fn part(Segment { part, of }: Segment) -> String {
    format!("part {}/{of}", part + 1)
}

/// The name of a band. Bands are numbered consecutively over all wavelets.
#[must_use]
pub fn band(spec: &Spec, band: usize) -> String {
    let bands = spec.bands();
    if spec.image.is_none() && spec.wavelets.len() > 1 && band < bands {
        let mut first = 0;
        for (wavelet, dwt) in (1..).zip(&spec.wavelets) {
            let levels = usize::from(dwt.levels());
            match band - first {
                level if level < levels => return format!("detail {} of wavelet {wavelet}", level + 1),
                level if level == levels => return format!("the approximation of wavelet {wavelet}"),
                _ => first += levels + 1,
            }
        }
    }
    match (&spec.image, band) {
        (_, band) if band == bands => "the window itself".into(),
        (Some(image), band) if band > bands => match image.counts.get(band - bands - 1).map(|counts| counts.kernel) {
            Some(0) => "the peak heights".into(),
            Some(kernel) => format!("the responses of {} at the peaks", kernel_name(kernel)),
            None => format!("histogram {}", band - bands),
        },
        (_, band) if band + 1 == bands => "the approximation".into(),
        (Some(_), band) => {
            let direction = ["along columns", "along rows", "along both"][band % 3];
            format!("detail {} {direction}", band / 3 + 1)
        }
        (None, band) => format!("detail {}", band + 1),
    }
}

/// The name of a kernel of peak histograms, counted from 1.
#[must_use]
pub fn kernel_name(kernel: u8) -> String {
    let band = kernel.saturating_sub(1);
    let band_name =
        ["approximation", "detail along columns", "detail along rows", "detail along both"][usize::from(band % 4)];
    format!("the kernel of level {}, {band_name},", band / 4 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Integers, Readout};
    use awd_core::{Arithmetic, Boundary, Dwt, Kind, named};
    use std::collections::BTreeSet;

    /// A model with these wavelets and inputs, to test names.
    fn spec(wavelets: Vec<Dwt<f32>>, terms: Vec<Term>, products: Vec<[u8; 2]>) -> Spec {
        Spec {
            window: 64,
            wavelets,
            terms,
            products,
            readout: Readout { kind: Kind::Linear, bias: vec![0.0], weights: vec![], threshold: 0.0 },
            health: None,
            scalar: Arithmetic::Float,
            integers: Integers::default(),
            provenance: None,
            class_names: Vec::new(),
            image: None,
            deviation: 1.0,
        }
    }

    fn db2(levels: u8) -> Dwt<f32> {
        Dwt::new(named::DB2.lifting().unwrap(), Boundary::Zero, levels)
    }

    #[test]
    fn every_input_has_a_unique_name() {
        let terms = (0..=u8::MAX).filter_map(Feature::of_code).map(|feature| Term { band: 1, feature });
        let spec = spec(vec![db2(2)], terms.collect(), vec![[0, 0], [0, 159 - 32 - 4]]);
        let names: Vec<String> = (0..spec.terms.len() + 2).map(|i| input(&spec, i)).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        let product = "largest of detail 2 × coefficient 27 of detail 2";
        assert_eq!(names.last().map(String::as_str), Some(product));
        let known = |name: &str| names.iter().any(|known| known == name);
        assert!(known("sum of absolute increments at lag 12 of the absolute values of detail 2"));
        assert!(known("log of the sum of absolute values of part 8/8 of detail 2"));
    }

    #[test]
    fn bands_of_several_wavelets_name_their_wavelet() {
        let spec = spec(vec![db2(2), db2(1)], Vec::new(), Vec::new());
        let names: Vec<String> = (0..6).map(|i| band(&spec, i)).collect();
        let of_wavelet = |name: &str, wavelet| format!("{name} of wavelet {wavelet}");
        let expected = [
            of_wavelet("detail 1", 1),
            of_wavelet("detail 2", 1),
            of_wavelet("the approximation", 1),
            of_wavelet("detail 1", 2),
        ];
        assert_eq!(names[..4], expected);
        assert_eq!(names[4..], [of_wavelet("the approximation", 2), "the window itself".into()]);
    }
}
