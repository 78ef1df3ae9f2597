use super::*;
use crate::attribution::of_coefficients;
use crate::cluster::threads;
use crate::wavelet::{Wavelet, coefficients};
use ndarray::{Array3, Axis};

/// Windows with saliencies, or with products of gradients and displacements.
fn samples(window: usize, products: bool) -> (Array2<f32>, Attributions) {
    let x = Array2::from_shape_fn((70, window), |(i, k)| ((i * 31 + k * k * 7) % 23) as f32 / 7.0 - 1.0);
    let g = Array3::from_shape_fn((70, 2, window), |(i, o, k)| ((i * 17 + k * 5 + o * 3) % 19) as f32 / 50.0 - 0.1);
    let displacements = products.then(|| x.mapv(|x| x - 0.3));
    (x, Attributions { gradients: g, displacements })
}

fn objective((x, attributions): &(Array2<f32>, Attributions), boundary: Boundary) -> Objective<'_, f64> {
    Objective::new(x, Some(attributions), boundary, 3).weighted(0.7, 3.0)
}

#[test]
fn the_gradient_equals_central_differences() {
    for (boundary, window, products) in [
        (Boundary::Zero, 21, false),
        (Boundary::Zero, 21, true),
        (Boundary::Symmetric, 21, false),
        (Boundary::Symmetric, 21, true),
        (Boundary::Periodization, 21, false),
        (Boundary::Periodization, 40, true),
        (Boundary::Periodization, 128, false),
        (Boundary::Periodization, 128, true),
    ] {
        let samples = samples(window, products);
        // Windows of 128 samples are images of 8 by 16.
        let height = if window == 128 { 8 } else { 1 };
        let objective = objective(&samples, boundary).images(height);
        let symmetric = Wavelet::from_coefficients(&[-1.5, -0.06, 0.8, 0.5]).unwrap();
        let [db3, sym4] = ["db3", "sym4"].map(|name| Wavelet::named(name).unwrap());
        let per_level = Wavelets::from(db3.clone()).each(3).unwrap();
        let per_level = per_level.moved(&[0.3, 1.1, 0.2, 1.0, 0.4, 0.8]).unwrap();
        let [db3, sym4, symmetric] = [db3, sym4, symmetric].map(Wavelets::from);
        for (name, wavelet) in [("db3", db3), ("sym4", sym4), ("symmetric", symmetric), ("per level", per_level)] {
            let (_, gradient) = objective.gradient(&wavelet, 0.1);
            for (i, exact) in gradient.iter().enumerate() {
                let moved = |h: f64| {
                    let mut free = wavelet.free().to_vec();
                    free[i] += h;
                    objective.gradient(&wavelet.moved(&free).unwrap(), 0.1).0
                };
                let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!(
                    (difference - exact).abs() < 1e-6 * (1.0 + exact.abs()),
                    "{boundary:?} {name} {i}: {difference} {exact}"
                );
            }
        }
    }
}

#[test]
fn bits_depend_on_neither_ranks_nor_threads() {
    let wavelet = Wavelets::from(Wavelet::named("db3").unwrap());
    for products in [false, true] {
        let all: Vec<_> = [70, 5000].map(|n| repeated(samples(20, products), n)).into();
        for (x, attributions) in &all {
            let evaluate = |objective: Objective<'_>| {
                let objective = objective.weighted(0.7, 3.0);
                let thinned = objective.thinned(64).map(|thinned| thinned.gradient(&wavelet, 0.1));
                (objective.value(&wavelet), objective.gradient(&wavelet, 0.1), thinned)
            };
            let expected = evaluate(Objective::new(x, Some(attributions), Boundary::Zero, 3));
            for size in [2, 3, 8] {
                let found = threads(size, |ranks| {
                    let span = Span::share(x.nrows(), ranks);
                    let rows: Vec<usize> = span.range().collect();
                    let (x, attributions) = (x.select(Axis(0), &rows), attributions.select(&rows));
                    evaluate(Objective::across(ranks, span, &x, Some(&attributions), Boundary::Zero, 3))
                });
                assert!(found.iter().all(|found| *found == expected), "{size} {products}");
            }
            let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
            let found = pool.install(|| evaluate(Objective::new(x, Some(attributions), Boundary::Zero, 3)));
            assert_eq!(found, expected);
        }
    }
}

/// Repeats the windows up to `n`, each scaled by a different factor.
fn repeated((x, attributions): (Array2<f32>, Attributions), n: usize) -> (Array2<f32>, Attributions) {
    let rows: Vec<usize> = (0..n).map(|row| row % x.nrows()).collect();
    let mut x = x.select(Axis(0), &rows);
    x.rows_mut().into_iter().enumerate().for_each(|(row, mut x)| x *= 1.0 + (row as f32).sin() / 3.0);
    (x, attributions.select(&rows))
}

#[test]
fn a_thinned_objective_is_close_to_the_full_one() {
    // 70 windows. Blocks of eight are similar because the samples are periodic in the window's index.
    for products in [false, true] {
        let samples = samples(30, products);
        let objective = objective(&samples, Boundary::Zero);
        let db4 = Wavelets::from(Wavelet::named("db4").unwrap());
        assert!(objective.thinned(70).is_none() && objective.thinned(50).is_none());
        let thinned = objective.thinned(16).unwrap();
        let (all, part) = (objective.value(&db4), thinned.value(&db4));
        for (all, part) in [(all.l1_coefficients, part.l1_coefficients), (all.l1_attributions, part.l1_attributions)] {
            assert!(all != part && (part / all - 1.0).abs() < 0.2, "{all} {part}");
        }
    }
}

#[test]
fn the_norms_are_those_of_the_coefficients_and_their_attributions() {
    for (boundary, products) in [(Boundary::Zero, true), (Boundary::Symmetric, false), (Boundary::Symmetric, true)] {
        let samples = samples(21, products);
        let wavelet = Wavelets::from(Wavelet::from_coefficients(&[-1.5, -0.06, 0.8, 0.5]).unwrap());
        let value = objective(&samples, boundary).value(&wavelet);
        let (x, Attributions { gradients, displacements }) = &samples;
        let to_f64 = |row: ndarray::ArrayView1<'_, f32>| row.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>();
        let l1 = |bands: Vec<Vec<f64>>| bands.iter().flatten().map(|c| c.abs()).sum::<f64>() / (70.0 * 4.0);
        let (mut coefficients_l1, mut attributions_l1) = (0.0, 0.0);
        for (i, gradients) in gradients.outer_iter().enumerate() {
            coefficients_l1 += l1(coefficients(&wavelet.analysis(), boundary, 3, &to_f64(x.row(i))).unwrap());
            let displacement = displacements.as_ref().map(|displacements| to_f64(displacements.row(i)));
            for g in gradients.outer_iter() {
                let bands = of_coefficients(&wavelet, (boundary, 3), &to_f64(g), displacement.as_deref());
                attributions_l1 += l1(bands.unwrap());
            }
        }
        for (found, expected) in [(value.l1_coefficients, coefficients_l1), (value.l1_attributions, attributions_l1)] {
            assert!((found / expected - 1.0).abs() < 1e-9, "{boundary:?} {products} {found} {expected}");
        }
    }
}

#[test]
fn the_norm_of_images_is_that_of_their_bands() {
    let (x, _) = samples(128, false);
    let wavelet = Wavelets::from(Wavelet::named("db3").unwrap());
    let objective: Objective<'_, f64> = Objective::new(&x, None, Boundary::Periodization, 3).images(8);
    let [low, high] = wavelet.analysis()[0].scale;
    let dwt = wavelet.dwt(Boundary::Periodization, 3).unwrap();
    let mut norm = 0.0;
    for x in x.rows() {
        let mut image: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        let mut work = vec![0.0; dwt.image_work_len::<1>([8, 16])];
        let add = |band: usize, c: &[f64]| {
            let level_scale = [low * high, low * high, high * high][band % 3];
            let scale = if band == 9 { low.powi(6) } else { low.powi(2 * (band / 3) as i32) * level_scale };
            norm += scale.abs() * c.iter().map(|c| c.abs()).sum::<f64>();
        };
        dwt.analyze_image::<_, 1>(&mut image, [8, 16], &mut work, add).unwrap();
    }
    let found = objective.value(&wavelet).l1_coefficients;
    assert!((found / (norm / (70.0 * 10.0)) - 1.0).abs() < 1e-9, "{found} {norm}");
}

#[test]
fn without_smoothing_gradient_and_value_have_the_same_loss() {
    for products in [false, true] {
        let samples = samples(30, products);
        let objective = objective(&samples, Boundary::Zero);
        let wavelet = Wavelets::from(Wavelet::named("db4").unwrap());
        let value = objective.value(&wavelet);
        assert!((objective.gradient(&wavelet, 0.0).0 - value.total).abs() < 1e-12 * value.total);
        assert!((0.7 * value.l1_coefficients + 3.0 * value.l1_attributions - value.total).abs() < 1e-12);
    }
}
