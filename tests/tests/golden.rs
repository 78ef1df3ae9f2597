//! The transform against vectors that other programs made.

use awd_core::{Boundary, Dwt, Lifting, Scalar, Tap, named};
use awd_tests::{arrays, root, shared};
use awd_train::wavelet::{Wavelet, band_scales};

const LEVELS: u8 = 3;

/// A scheme, and the factors of the bands of a transform of as many levels as one likes.
type Scaled = (Lifting<f64>, Box<dyn Fn(u8) -> Vec<f64>>);

fn trained(name: &str) -> Option<Scaled> {
    let wavelet = Wavelet::named(name)?;
    Some((wavelet.lifting().clone(), Box::new(move |levels| band_scales(&[wavelet.analysis()], levels))))
}

fn from_core(name: &str) -> Option<Scaled> {
    let named = named::ALL.iter().find(|named| named.name == name)?;
    let scales = |levels| (0..=usize::from(levels)).map(|band| named.band_scale(levels, band)).collect();
    Some((named.lifting().unwrap(), Box::new(scales)))
}

/// Coefficients laid out as PyWavelets does, coarsest band first, scaled to unit filters.
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

fn farthest(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// To 1e-12 of the largest coefficient, and mostly to 1e-15. The trainer's db7 to db10 are off by some 1e-13: an angle is
/// exact to rounding, so their smallest taps (4e-5 for db9), which a scheme divides by, are not to as many digits.
#[test]
fn equals_pywavelets() {
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
        // PyWavelets' own tables of sym4 and bior4.4 are exact to 5e-13; see tests/golden/make.py.
        let (wavelet, bound) = match filters.strip_suffix("-as-tabulated") {
            Some(exact) => (exact, 5e-12),
            None => (filters, 1e-12),
        };
        let schemes: Vec<_> = [trained(wavelet), from_core(wavelet)].into_iter().flatten().collect();
        assert!(!schemes.is_empty(), "{wavelet}");
        let mut rest = &expected[..];
        for n in &arrays[&format!("{filters}/lengths")].1 {
            let (_, x) = &arrays[&format!("signal/{n}")];
            let len = Dwt::new(schemes[0].0.clone(), boundary, LEVELS).coefficients_len(x.len());
            let expected;
            (expected, rest) = rest.split_at(len);
            // A band's gain is a power of √2: errors are those of the largest coefficient.
            let scale = expected.iter().fold(1.0_f64, |max, c| max.max(c.abs()));
            for scheme in &schemes {
                let e = farthest(&wavedec::<f64>(scheme, boundary, LEVELS, x), expected) / scale;
                let e32 = farthest(&wavedec::<f32>(scheme, boundary, LEVELS, x), expected) / scale;
                assert!(e <= bound && e32 <= 2e-6, "{name} of {n}: {e:e} in f64, {e32:e} in f32");
                if bound <= 1e-12 {
                    (worst, worst32, compared) = (worst.max(e), worst32.max(e32), compared + 1);
                }
            }
        }
        assert!(rest.is_empty(), "{name}: of other lengths than PyWavelets'");
    }
    println!("{compared} transforms; farthest from PyWavelets {worst:.1e} in f64, {worst32:.1e} in f32");
    // Every length: four families by two schemes, two by one; chosen lengths: seven by two, db9 and db10 by one.
    assert_eq!(compared, 3 * ((4 * 2 + 2) * 43 + (7 * 2 + 2) * 8));
}

#[test]
fn named_schemes_are_the_trainers() {
    let mut compared = 0;
    for named in named::ALL {
        // It knows orthogonal ones only.
        let Some(wavelet) = Wavelet::named(named.name) else { continue };
        let scheme: Lifting<f64> = named.lifting().unwrap();
        assert_eq!(
            (scheme.scheme().filter_len(), scheme.scheme().origin()),
            (wavelet.lifting().scheme().filter_len(), wavelet.lifting().scheme().origin())
        );
        let numbers = |scheme: &Lifting<f64>, scale| -> (Vec<_>, Vec<_>) {
            let (offsets, taps): (_, Vec<_>) = scheme.scheme().steps().map(|step| (step.offset, step.taps)).unzip();
            (offsets, taps.into_iter().chain([scale]).flatten().collect())
        };
        let (offsets, taps) = numbers(&scheme, named.scale);
        let (trained_offsets, trained_taps) = numbers(wavelet.lifting(), wavelet.analysis().scale);
        assert_eq!(offsets, trained_offsets, "{}", named.name);
        // The trainer's go through sines, which differ by rounding between machines.
        assert!(farthest(&taps, &trained_taps) < 1e-14, "{}: {taps:?} {trained_taps:?}", named.name);
        compared += 1;
    }
    assert_eq!(compared, 11);
}

#[test]
fn equals_the_published_implementation() {
    let Some(path) = shared("reference/awave_golden.npz") else { return };
    let arrays = arrays(&path);
    // a4, then d1 to d4; rows of each belong to the rows of x.
    let rows = |name: &str| {
        let (shape, elements) = &arrays[name];
        let len = *shape.last().unwrap() as usize;
        elements.chunks(len)
    };
    let db5 = trained("db5").unwrap();
    let (mut worst, mut worst32) = (0.0_f64, 0.0_f64);
    for (i, x) in rows("x").enumerate() {
        let band = |name: &str| rows(name).nth(i).unwrap().to_vec();
        let expected = ["c0", "c4", "c3", "c2", "c1"].map(band).concat();
        worst = worst.max(farthest(&wavedec::<f64>(&db5, Boundary::Zero, 4, x), &expected));
        worst32 = worst32.max(farthest(&wavedec::<f32>(&db5, Boundary::Zero, 4, x), &expected));
    }
    // Its vectors are f32 of magnitude up to 14, themselves 1.3e-6 from the exact transform.
    println!("farthest from the published implementation: {worst:.1e} in f64, {worst32:.1e} in f32");
    assert!(worst <= 2e-6 && worst32 <= 3e-6, "{worst:e} {worst32:e}");
}
