//! Compares the transform with vectors from other programs.

use awd_core::{Boundary, Dwt, Lifting, Scalar, Tap, named};
use awd_tests::{arrays, root, shared};
use awd_train::wavelet::{Wavelet, band_scales};

const LEVELS: u8 = 3;

/// A lifting scheme, and a function from the number of levels to the scales of the bands.
type Scaled = (Lifting<f64>, Box<dyn Fn(u8) -> Vec<f64>>);

/// The wavelet of this name in awd-train.
fn from_trainer(name: &str) -> Option<Scaled> {
    let wavelet = Wavelet::named(name)?;
    Some((wavelet.lifting().clone(), Box::new(move |levels| band_scales(&[wavelet.analysis()], levels))))
}

/// The wavelet of this name in awd-core.
fn from_core(name: &str) -> Option<Scaled> {
    let named = named::ALL.iter().find(|named| named.name == name)?;
    let scales = |levels| (0..=usize::from(levels)).map(|band| named.band_scale(levels, band)).collect();
    Some((named.lifting().unwrap(), Box::new(scales)))
}

/// Coefficients in the layout of PyWavelets (coarsest band first), scaled to filters of unit norm.
fn wavedec<T: Scalar<Tap = T> + Tap + Into<f64>>(
    (lifting, scales): &Scaled,
    boundary: Boundary,
    levels: u8,
    x: &[f64],
) -> Vec<f64> {
    let dwt = Dwt::new(lifting.rounded::<T>(), boundary, levels);
    let x: Vec<T> = x.iter().map(|&x| Scalar::from_f64(x)).collect();
    let mut work = vec![<T as Scalar>::ZERO; dwt.work_len(x.len())];
    let (mut bands, scales) = (Vec::new(), scales(levels));
    dwt.analyze(&x, &mut work, |band, coefficients| {
        bands.push(coefficients.iter().map(|&c| c.into() * scales[band]).collect::<Vec<f64>>());
    })
    .unwrap();
    bands.into_iter().rev().flatten().collect()
}

/// The maximum absolute difference.
fn max_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Accurate to 1e-12 of the largest coefficient, and mostly to 1e-15. The trainer's db7 to db10 are off by about 1e-13: their angles
/// are exact to rounding, but a scheme divides by their smallest taps (4e-5 for db9), whose relative error is larger.
#[test]
fn coefficients_equal_pywavelets() {
    let arrays = arrays(&root().join("tests/golden/wavedec.npz"));
    let (mut worst, mut worst32, mut compared) = (0.0_f64, 0.0_f64, 0);
    for (name, (_, expected)) in &arrays {
        let Some((filters, mode)) = name.split_once('/') else { continue };
        let boundary = match mode {
            "periodization" => Boundary::Periodization,
            "zero" => Boundary::Zero,
            "symmetric" => Boundary::Symmetric,
            _ => continue,
        };
        // PyWavelets' tables of sym4 and bior4.4 are exact to 5e-13; see tests/golden/make.py.
        let (wavelet, bound) = match filters.strip_suffix("-as-tabulated") {
            Some(exact) => (exact, 5e-12),
            None => (filters, 1e-12),
        };
        let schemes: Vec<_> = [from_trainer(wavelet), from_core(wavelet)].into_iter().flatten().collect();
        assert!(!schemes.is_empty(), "{wavelet}");
        let mut rest = &expected[..];
        for n in &arrays[&format!("{filters}/lengths")].1 {
            let (_, x) = &arrays[&format!("signal/{n}")];
            let len = Dwt::new(schemes[0].0.clone(), boundary, LEVELS).coefficients_len(x.len());
            let expected;
            (expected, rest) = rest.split_at(len);
            // The gain of a band is a power of √2, so errors are relative to the largest coefficient.
            let scale = expected.iter().fold(1.0_f64, |max, c| max.max(c.abs()));
            for scheme in &schemes {
                let e = max_difference(&wavedec::<f64>(scheme, boundary, LEVELS, x), expected) / scale;
                let e32 = max_difference(&wavedec::<f32>(scheme, boundary, LEVELS, x), expected) / scale;
                assert!(e <= bound && e32 <= 2e-6, "{name} of {n}: {e:e} in f64, {e32:e} in f32");
                if bound <= 1e-12 {
                    (worst, worst32, compared) = (worst.max(e), worst32.max(e32), compared + 1);
                }
            }
        }
        assert!(rest.is_empty(), "{name}: PyWavelets has more coefficients");
    }
    println!("{compared} transforms; maximum difference from PyWavelets {worst:.1e} in f64, {worst32:.1e} in f32");
    // All lengths: four wavelets with two schemes, two with one. Selected lengths: seven with two schemes, db9 and db10 with one.
    assert_eq!(compared, 3 * ((4 * 2 + 2) * 43 + (7 * 2 + 2) * 8));
}

#[test]
fn named_schemes_of_core_equal_the_trainers() {
    let mut compared = 0;
    for named in named::ALL {
        // The trainer has only orthogonal wavelets.
        let Some(wavelet) = Wavelet::named(named.name) else { continue };
        let scheme: Lifting<f64> = named.lifting().unwrap();
        assert_eq!(
            (scheme.scheme().filter_len(), scheme.scheme().origin()),
            (wavelet.lifting().scheme().filter_len(), wavelet.lifting().scheme().origin())
        );
        let parameters = |scheme: &Lifting<f64>, scale| -> (Vec<_>, Vec<_>) {
            let (offsets, taps): (_, Vec<_>) = scheme.scheme().steps().map(|step| (step.offset, step.taps)).unzip();
            (offsets, taps.into_iter().chain([scale]).flatten().collect())
        };
        let (offsets, taps) = parameters(&scheme, named.scale);
        let (trained_offsets, trained_taps) = parameters(wavelet.lifting(), wavelet.analysis().scale);
        assert_eq!(offsets, trained_offsets, "{}", named.name);
        // The trainer computes its taps with sines, which differ by rounding between machines.
        assert!(max_difference(&taps, &trained_taps) < 1e-14, "{}: {taps:?} {trained_taps:?}", named.name);
        compared += 1;
    }
    assert_eq!(compared, 11);
}

#[test]
fn coefficients_equal_the_published_implementation() {
    let Some(path) = shared("reference/awave_golden.npz") else { return };
    let arrays = arrays(&path);
    // c0 is the approximation a4, c1 to c4 are the details d1 to d4. Row i of each belongs to row i of x.
    let rows = |name: &str| {
        let (shape, elements) = &arrays[name];
        let len = *shape.last().unwrap() as usize;
        elements.chunks(len)
    };
    let db5 = from_trainer("db5").unwrap();
    let (mut worst, mut worst32) = (0.0_f64, 0.0_f64);
    for (i, x) in rows("x").enumerate() {
        let band = |name: &str| rows(name).nth(i).unwrap().to_vec();
        let expected = ["c0", "c4", "c3", "c2", "c1"].map(band).concat();
        worst = worst.max(max_difference(&wavedec::<f64>(&db5, Boundary::Zero, 4, x), &expected));
        worst32 = worst32.max(max_difference(&wavedec::<f32>(&db5, Boundary::Zero, 4, x), &expected));
    }
    // The published vectors are f32 of magnitude up to 14, and differ from the exact transform by 1.3e-6.
    println!("maximum difference from the published implementation: {worst:.1e} in f64, {worst32:.1e} in f32");
    assert!(worst <= 2e-6 && worst32 <= 3e-6, "{worst:e} {worst32:e}");
}
