//! What the transform promises of every named wavelet, every boundary, and windows of any length, odd and short ones too.

use awd_core::named::{self, Named};
use awd_core::{Boundary, Dwt};
use proptest::prelude::*;
use proptest::sample::select;

fn wavelets() -> impl Strategy<Value = Named> {
    select(named::ALL.to_vec())
}

fn boundaries() -> impl Strategy<Value = Boundary> {
    select(vec![Boundary::Periodization, Boundary::Zero, Boundary::Symmetric])
}

fn windows() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-9.0..9.0, 2..=257)
}

fn dwt(named: &Named, boundary: Boundary, levels: u8) -> Dwt<f64> {
    Dwt::new(named.lifting().unwrap(), boundary, levels)
}

/// Ψx, unscaled, band after band.
fn analyze(dwt: &Dwt<f64>, x: &[f64]) -> Vec<f64> {
    let (mut coefficients, mut next) = (Vec::new(), 0);
    dwt.analyze(x, &mut vec![0.0; dwt.work_len(x.len())], |band, c| {
        assert_eq!(band, next, "bands come finest first, each once");
        next += 1;
        coefficients.extend_from_slice(c);
    })
    .unwrap();
    assert_eq!((next, coefficients.len()), (dwt.bands(), dwt.coefficients_len(x.len())));
    coefficients
}

/// Ψᵀc, a window of `n` samples: each step and each split turned round, coarsest level first.
fn adjoint(dwt: &Dwt<f64>, c: &[f64], n: usize) -> Vec<f64> {
    let (lifting, boundary, halo) = (dwt.lifting(), dwt.boundary(), dwt.halo());
    let bands: Vec<&[f64]> = dwt.band_ranges(n).map(|range| &c[range]).collect();
    // What a halo holds is not used, so nothing comes back from there but by the steps.
    let continued = |half: &[f64]| [&vec![0.0; halo][..], half, &vec![0.0; halo]].concat();
    let (approximation, details) = bands.split_last().unwrap();
    let mut back = approximation.to_vec();
    let above: Vec<usize> = [n].into_iter().chain(dwt.half_lens(n)).collect();
    for (detail, &n) in details.iter().zip(&above).rev() {
        let (mut low, mut high) = (continued(&back), continued(detail));
        for (step, changes_detail) in lifting.ladder().rev() {
            let (target, source) = if changes_detail { (&high, &mut low) } else { (&low, &mut high) };
            step.pull_back::<f64, 1>(target.as_chunks().0, source.as_chunks_mut().0, boundary);
        }
        back = vec![0.0; n];
        boundary.split_adjoint::<f64, 1>([&low, &high].map(|half| half.as_chunks().0), back.as_chunks_mut().0, lifting);
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
    fn synthesis_undoes_analysis(named in wavelets(), boundary in boundaries(), levels in 1..=5_u8, x in windows()) {
        let dwt = dwt(&named, boundary, levels);
        let mut c = analyze(&dwt, &x);
        // What is not written must not pass for a sample.
        let (mut work, mut back) = (vec![f64::NAN; dwt.work_len(x.len())], vec![f64::NAN; x.len()]);
        dwt.synthesize(&mut c, &mut work, &mut back).unwrap();
        let error = difference(&x, &back);
        prop_assert!(error.iter().all(|e| e.abs() <= 1e-12 * largest(&x)), "{}: {:e}", named.name, largest(&error));
    }

    /// Not with a mirror, whose images have energy too, and not where a circle of odd length has its last sample twice.
    #[test]
    fn orthogonal_wavelets_keep_the_energy(
        named in wavelets().prop_filter("orthogonal", |named| !named.name.starts_with("bior")),
        circle: bool, levels in 1..=5_u8, mut x in windows(),
    ) {
        let boundary = if circle { Boundary::Periodization } else { Boundary::Zero };
        if circle {
            // Even at every level.
            x.resize(x.len().next_multiple_of(1 << levels), 1.0);
        }
        let dwt = dwt(&named, boundary, levels);
        let c = analyze(&dwt, &x);
        let scaled = |band| move |c: &f64| c * named.band_scale(levels, band);
        let bands = dwt.band_ranges(x.len()).enumerate();
        let c: Vec<f64> = bands.flat_map(|(band, range)| c[range].iter().map(scaled(band)).collect::<Vec<_>>()).collect();
        let (before, after) = (dot(&x, &x), dot(&c, &c));
        prop_assert!((before - after).abs() <= 1e-12 * before, "{}: {} {}", named.name, before, after);
    }

    #[test]
    fn analysis_is_linear(
        named in wavelets(), boundary in boundaries(), levels in 1..=5_u8,
        pairs in prop::collection::vec([-9.0..9.0, -9.0..9.0_f64], 2..=257), [a, b] in [-2.0..2.0, -2.0..2.0_f64],
    ) {
        let dwt = dwt(&named, boundary, levels);
        let of = |[a, b]: [f64; 2]| analyze(&dwt, &pairs.iter().map(|[x, y]| a * x + b * y).collect::<Vec<_>>());
        let (x, y) = (of([1.0, 0.0]), of([0.0, 1.0]));
        let expected: Vec<f64> = x.iter().zip(&y).map(|(x, y)| a * x + b * y).collect();
        let error = largest(&difference(&of([a, b]), &expected));
        prop_assert!(error <= 1e-12 * (largest(&x) + largest(&y)), "{}: {:e}", named.name, error);
    }

    /// Not with a mirror, and not where a circle of odd length has its last sample twice.
    #[test]
    fn the_dual_pairs_coefficients_as_samples_were(
        named in wavelets(), circle: bool, levels in 1..=5_u8, mut x in windows(), seed in 1..1000_u32,
    ) {
        let boundary = if circle { Boundary::Periodization } else { Boundary::Zero };
        if circle {
            x.resize(x.len().next_multiple_of(1 << levels), 1.0);
        }
        let wavelet = dwt(&named, boundary, levels);
        let dual = Dwt::new(wavelet.lifting().dual().unwrap(), boundary, levels);
        let y: Vec<f64> = (0..x.len()).map(|i| (i as f64 * f64::from(seed)).sin()).collect();
        let (c, d) = (analyze(&wavelet, &x), analyze(&dual, &y));
        let scale = (dot(&c, &c) * dot(&d, &d)).sqrt();
        prop_assert!((dot(&c, &d) - dot(&x, &y)).abs() <= 1e-12 * scale, "{}", named.name);
        // And its synthesis is the adjoint.
        let (mut of, mut work, mut back) = (c.clone(), vec![0.0; dual.work_len(x.len())], vec![0.0; x.len()]);
        dual.synthesize(&mut of, &mut work, &mut back).unwrap();
        let error = largest(&difference(&back, &adjoint(&wavelet, &c, x.len())));
        prop_assert!(error <= 1e-12 * largest(&c) * 10.0, "{}: {:e}", named.name, error);
    }

    #[test]
    fn the_adjoint_is_the_transpose(
        named in wavelets(), boundary in boundaries(), levels in 1..=5_u8, x in windows(), seed in 1..1000_u32,
    ) {
        let dwt = dwt(&named, boundary, levels);
        let analyzed = analyze(&dwt, &x);
        let c: Vec<f64> = (0..analyzed.len()).map(|i| (i as f64 * f64::from(seed)).sin()).collect();
        let (left, right) = (dot(&analyzed, &c), dot(&x, &adjoint(&dwt, &c, x.len())));
        let scale = (dot(&analyzed, &analyzed) * dot(&c, &c)).sqrt();
        prop_assert!((left - right).abs() <= 1e-12 * scale, "{}: {} {}", named.name, left, right);
    }
}
