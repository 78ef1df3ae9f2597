//! Properties of the transform for every named wavelet, every boundary, and windows of any length, including odd and
//! short ones.

use awd_core::named::{self, Named};
use awd_core::{Boundary, Dwt};
use proptest::prelude::*;
use proptest::sample::select;
use std::ops::Range;

/// One wavelet for all levels, or one for each of the first levels.
#[derive(Debug, Clone)]
struct Wavelets(Vec<Named>);

impl Wavelets {
    fn at(&self, level: usize) -> &Named {
        &self.0[level.min(self.0.len() - 1)]
    }

    fn dwt(&self, boundary: Boundary, levels: u8) -> Dwt<f64> {
        let first = Dwt::new(self.0[0].lifting().unwrap(), boundary, levels);
        self.0[1..].iter().fold(first, |dwt, named| dwt.and(&named.lifting().unwrap()).unwrap())
    }

    fn dual(&self, boundary: Boundary, levels: u8) -> Dwt<f64> {
        let mut duals = self.0.iter().map(|named| named.lifting().unwrap().dual().unwrap());
        let first = Dwt::new(duals.next().unwrap(), boundary, levels);
        duals.fold(first, |dwt, dual| dwt.and(&dual).unwrap())
    }

    /// The factor that scales a band to the orthonormal transform.
    fn band_scale(&self, levels: u8, band: usize) -> f64 {
        let low = |level| self.at(level).scale[0];
        let levels = usize::from(levels);
        (0..band.min(levels)).map(low).product::<f64>() * if band < levels { self.at(band).scale[1] } else { 1.0 }
    }
}

fn wavelets() -> impl Strategy<Value = Wavelets> {
    prop::collection::vec(select(named::ALL.to_vec()), 1..=4).prop_map(Wavelets)
}

fn boundaries() -> impl Strategy<Value = Boundary> {
    select(vec![Boundary::Periodization, Boundary::Zero, Boundary::Symmetric])
}

fn windows() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-9.0..9.0, 2..=257)
}

/// Ψx, unscaled, all bands one after the other.
fn analyze(dwt: &Dwt<f64>, x: &[f64]) -> Vec<f64> {
    let (mut coefficients, mut next) = (Vec::new(), 0);
    dwt.analyze(x, &mut vec![0.0; dwt.work_len(x.len())], |band, c| {
        assert_eq!(band, next, "bands must come finest first, each once");
        next += 1;
        coefficients.extend_from_slice(c);
    })
    .unwrap();
    assert_eq!((next, coefficients.len()), (dwt.bands(), dwt.coefficients_len(x.len())));
    coefficients
}

/// Ψᵀc, a window of `n` samples: the adjoint of each step and each split, coarsest level first.
fn adjoint(dwt: &Dwt<f64>, c: &[f64], n: usize) -> Vec<f64> {
    let boundary = dwt.boundary();
    let bands: Vec<&[f64]> = dwt.band_ranges(n).map(|range| &c[range]).collect();
    // The padding is not part of the coefficients, so its gradient is zero before the steps are pulled back.
    let padded = |half: &[f64], padding| [&vec![0.0; padding][..], half, &vec![0.0; padding]].concat();
    let (approximation, details) = bands.split_last().unwrap();
    let mut back = approximation.to_vec();
    let above: Vec<usize> = [n].into_iter().chain(dwt.half_lens(n)).collect();
    for (level, (detail, &n)) in details.iter().zip(&above).enumerate().rev() {
        let (scheme, padding) = (dwt.scheme(level), dwt.padding(level));
        let (mut low, mut high) = (padded(&back, padding), padded(detail, padding));
        for (step, changes_detail) in scheme.steps_with_targets().rev() {
            let (target, source) = if changes_detail { (&high, &mut low) } else { (&low, &mut high) };
            step.pull_back::<f64, 1>(target.as_chunks().0, source.as_chunks_mut().0, boundary);
        }
        back = vec![0.0; n];
        boundary.split_adjoint::<f64, 1>([&low, &high].map(|half| half.as_chunks().0), back.as_chunks_mut().0, scheme);
    }
    back
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |max, x| max.max(x.abs()))
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

proptest! {
    #[test]
    fn synthesis_undoes_analysis(wavelets in wavelets(), boundary in boundaries(), levels in 1..=5_u8, x in windows()) {
        let dwt = wavelets.dwt(boundary, levels);
        let mut c = analyze(&dwt, &x);
        // NaN reveals samples that are never written.
        let (mut work, mut back) = (vec![f64::NAN; dwt.work_len(x.len())], vec![f64::NAN; x.len()]);
        dwt.synthesize(&mut c, &mut work, &mut back).unwrap();
        let error = difference(&x, &back);
        prop_assert!(error.iter().all(|e| e.abs() <= 1e-12 * largest(&x)), "{:?}: {:e}", wavelets, largest(&error));
    }

    /// Not with symmetric extension, whose mirror images have energy too, and not with periodization of odd lengths,
    /// which repeats the last sample.
    #[test]
    fn orthogonal_wavelets_keep_the_energy(
        wavelets in wavelets().prop_filter("orthogonal", |w| w.0.iter().all(|named| !named.name.starts_with("bior"))),
        circle: bool, levels in 1..=5_u8, mut x in windows(),
    ) {
        let boundary = if circle { Boundary::Periodization } else { Boundary::Zero };
        if circle {
            // The length is even at every level.
            x.resize(x.len().next_multiple_of(1 << levels), 1.0);
        }
        let dwt = wavelets.dwt(boundary, levels);
        let c = analyze(&dwt, &x);
        let energy = |(band, range): (usize, Range<usize>)| dot(&c[range.clone()], &c[range]) * wavelets.band_scale(levels, band).powi(2);
        let (before, after) = (dot(&x, &x), dwt.band_ranges(x.len()).enumerate().map(energy).sum::<f64>());
        prop_assert!((before - after).abs() <= 1e-12 * before, "{:?}: {} {}", wavelets, before, after);
    }

    #[test]
    fn analysis_is_linear(
        wavelets in wavelets(), boundary in boundaries(), levels in 1..=5_u8,
        pairs in prop::collection::vec([-9.0..9.0, -9.0..9.0_f64], 2..=257), [a, b] in [-2.0..2.0, -2.0..2.0_f64],
    ) {
        let dwt = wavelets.dwt(boundary, levels);
        let combine = |[a, b]: [f64; 2]| analyze(&dwt, &pairs.iter().map(|[x, y]| a * x + b * y).collect::<Vec<_>>());
        let (x, y) = (combine([1.0, 0.0]), combine([0.0, 1.0]));
        let expected: Vec<f64> = x.iter().zip(&y).map(|(x, y)| a * x + b * y).collect();
        let error = largest(&difference(&combine([a, b]), &expected));
        prop_assert!(error <= 1e-12 * (largest(&x) + largest(&y)), "{:?}: {:e}", wavelets, error);
    }

    /// Not with symmetric extension, and not with periodization of odd lengths, which repeats the last sample.
    #[test]
    fn analysis_by_wavelet_and_dual_keeps_inner_products(
        wavelets in wavelets(), circle: bool, levels in 1..=5_u8, mut x in windows(), seed in 1..1000_u32,
    ) {
        let boundary = if circle { Boundary::Periodization } else { Boundary::Zero };
        if circle {
            x.resize(x.len().next_multiple_of(1 << levels), 1.0);
        }
        let wavelet = wavelets.dwt(boundary, levels);
        let dual = wavelets.dual(boundary, levels);
        let y: Vec<f64> = (0..x.len()).map(|i| (i as f64 * f64::from(seed)).sin()).collect();
        let (c, d) = (analyze(&wavelet, &x), analyze(&dual, &y));
        let scale = (dot(&c, &c) * dot(&d, &d)).sqrt();
        prop_assert!((dot(&c, &d) - dot(&x, &y)).abs() <= 1e-12 * scale, "{:?}", wavelets);
        // The synthesis of the dual is the adjoint of the wavelet's analysis.
        let (mut copy, mut work, mut back) = (c.clone(), vec![0.0; dual.work_len(x.len())], vec![0.0; x.len()]);
        dual.synthesize(&mut copy, &mut work, &mut back).unwrap();
        let error = largest(&difference(&back, &adjoint(&wavelet, &c, x.len())));
        prop_assert!(error <= 1e-12 * largest(&c) * 10.0, "{:?}: {:e}", wavelets, error);
    }

    #[test]
    fn the_adjoint_is_the_transpose(
        wavelets in wavelets(), boundary in boundaries(), levels in 1..=5_u8, x in windows(), seed in 1..1000_u32,
    ) {
        let dwt = wavelets.dwt(boundary, levels);
        let analyzed = analyze(&dwt, &x);
        let c: Vec<f64> = (0..analyzed.len()).map(|i| (i as f64 * f64::from(seed)).sin()).collect();
        let (left, right) = (dot(&analyzed, &c), dot(&x, &adjoint(&dwt, &c, x.len())));
        let scale = (dot(&analyzed, &analyzed) * dot(&c, &c)).sqrt();
        prop_assert!((left - right).abs() <= 1e-12 * scale, "{:?}: {} {}", wavelets, left, right);
    }
}
