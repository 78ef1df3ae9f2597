//! The transform against vectors that other programs made.

use awd_core::{Boundary, Dwt, Lifting, Scalar, Tap};
use awd_tests::{arrays, root, shared};
use awd_train::wavelet::Wavelet;

/// Coefficients laid out as PyWavelets does, coarsest band first, scaled to unit filters.
fn wavedec<T: Scalar<Tap = T> + Tap + Into<f64>>(
    wavelet: &Wavelet,
    boundary: Boundary,
    levels: u8,
    x: &[f64],
) -> Vec<f64> {
    let lifting: Lifting<T> = wavelet.lifting().rounded();
    let dwt = Dwt::new(lifting, boundary, levels);
    let x: Vec<T> = x.iter().map(|&x| Scalar::from_f64(x)).collect();
    let mut work = vec![<T as Scalar>::ZERO; dwt.work_len(x.len())];
    let mut bands = Vec::new();
    dwt.analyze(&x, &mut work, |band, coefficients| {
        let scale = wavelet.band_scales(levels)[band];
        bands.push(coefficients.iter().map(|&c| c.into() * scale).collect::<Vec<f64>>());
    })
    .unwrap();
    bands.into_iter().rev().flatten().collect()
}

fn farthest(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn equals_pywavelets() {
    let arrays = arrays(&root().join("tests/golden/wavedec.npz"));
    let (mut worst, mut worst32, mut compared) = (0.0_f64, 0.0_f64, 0);
    for (name, (_, expected)) in &arrays {
        let [wavelet, mode, length] = name.split('/').collect::<Vec<_>>()[..] else { continue };
        let boundary = if mode == "zero" { Boundary::Zero } else { Boundary::Periodization };
        // PyWavelets' own table of sym4 misses orthogonality by 5e-13; see tests/golden/make.py.
        let (wavelet, bound) = match wavelet.strip_suffix("-as-tabulated") {
            Some(wavelet) => (wavelet, 5e-12),
            None => (wavelet, 1e-12),
        };
        let wavelet = Wavelet::named(wavelet).unwrap();
        let (_, x) = &arrays[&format!("signal/{length}")];
        let (e, e32) = (
            farthest(&wavedec::<f64>(&wavelet, boundary, 3, x), expected),
            farthest(&wavedec::<f32>(&wavelet, boundary, 3, x), expected),
        );
        assert!(e <= bound && e32 <= 2e-6, "{name}: {e:e} in f64, {e32:e} in f32");
        if bound > 1e-12 {
            continue;
        }
        (worst, worst32, compared) = (worst.max(e), worst32.max(e32), compared + 1);
    }
    println!("{compared} transforms; farthest from PyWavelets {worst:.1e} in f64, {worst32:.1e} in f32");
    assert_eq!(compared, 12 * 2 * 8);
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
    let db5 = Wavelet::named("db5").unwrap();
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
