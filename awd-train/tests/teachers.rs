//! What is asked of every kind of teacher, on trained weights.
#![cfg(feature = "teacher")]

use awd_core::Boundary;
use awd_train::attribution::{Baseline, Method, attribute, of_coefficients};
use awd_train::data::{Attributions, Dataset, Samples, Target};
use awd_train::function::{Differentiable, Function};
use awd_train::gate;
use awd_train::teacher::{Arch, Teacher, Training, train};
use awd_train::wavelet::{Wavelet, Wavelets};
use ndarray::{Array2, ArrayView1, Axis};

/// Signals of 21 samples, or images of 3×7, with a bump; the value is where it stands, the class whether it is in the second
/// half.
fn bumps(classes: bool, rows: usize) -> Dataset {
    let at = |i: usize| (i * 7 % 17) as f32 + 2.0;
    let x = Array2::from_shape_fn((160, 21), |(i, k)| (-(k as f32 - at(i)).powi(2) / 4.0).exp());
    let y = if classes {
        Target::Classes { labels: (0..160).map(|i| usize::from(at(i) > 10.0)).collect(), classes: 2 }
    } else {
        Target::Values((0..160).map(|i| f64::from(at(i))).collect())
    };
    let samples = Samples { x, y };
    let train = samples.clone();
    Dataset { file: "bumps".into(), train, test: samples, rows, groups: None, test_groups: None, attributions: None }
}

/// Every kind of teacher, trained on values and on classes.
fn teachers() -> impl Iterator<Item = (String, Teacher, Dataset)> {
    let kinds = [(Arch::Lstm, 1), (Arch::Cnn, 1), (Arch::Resnet, 1), (Arch::Resnet, 3), (Arch::Mlp, 1)];
    kinds.into_iter().flat_map(|(arch, rows)| [(arch, rows, false), (arch, rows, true)]).map(|(arch, rows, classes)| {
        let data = bumps(classes, rows);
        let teacher = train(&data, &Training::new(arch, 3), &|_| ()).unwrap().teacher;
        (format!("{arch:?} of {rows} rows, {}", if classes { "classes" } else { "values" }), teacher, data)
    })
}

#[test]
fn gradients_are_right_and_complete() {
    for (name, teacher, data) in teachers() {
        gradients_equal_central_differences(&name, &teacher, &data);
        gate::check(&teacher, &data.train.x).unwrap();
        integrated_gradients_are_complete(&name, &teacher, &data);
    }
}

/// Within a thousandth of the largest, but for one in a hundred.
fn gradients_equal_central_differences(name: &str, teacher: &Teacher, data: &Dataset) {
    let x = data.train.x.select(Axis(0), &(0..24).collect::<Vec<_>>());
    let gradients = teacher.gradients(x.view()).unwrap();
    let largest = gradients.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
    let here = teacher.outputs(x.view()).unwrap();
    let mut errors = Vec::new();
    for k in 0..x.ncols() {
        let moved = |h: f32| {
            let mut x = x.clone();
            x.column_mut(k).mapv_inplace(|v| v + h);
            teacher.outputs(x.view()).unwrap()
        };
        let (up, down) = (moved(0.01), moved(-0.01));
        let near = (moved(0.005) - moved(-0.005)) / 0.01;
        for ((i, o), exact) in gradients.index_axis(Axis(2), k).indexed_iter() {
            // A rectifier has a kink, and no difference across it is a derivative.
            let bend = (up[[i, o]] - 2.0 * here[[i, o]] + down[[i, o]]) / 0.01;
            if teacher.shape().arch != Arch::Mlp || bend.abs() < 1e-3 * largest {
                // Two steps tell how curved the function is (Richardson).
                let difference = (4.0 * near[[i, o]] - (up[[i, o]] - down[[i, o]]) / 0.02) / 3.0;
                errors.push((difference - exact).abs() / largest);
            }
        }
    }
    errors.sort_by(f32::total_cmp);
    let q99 = errors[errors.len() * 99 / 100];
    println!("{name}: gradients within {q99:.1e}, but for one in a hundred");
    assert!(2 * errors.len() > gradients.len() && q99 < 1e-3, "{name}: {q99}");
}

/// At 64 steps the attributions of the coefficients of any wavelet add up to f(x) − f(x₀) within 1%.
fn integrated_gradients_are_complete(name: &str, teacher: &Teacher, data: &Dataset) {
    let x = &data.train.x;
    let wavelets = [
        Wavelet::named("db4"),
        Wavelet::from_angles(&[0.9, -1.7, 0.4], None),
        Wavelet::from_coefficients(&[-1.5, -0.06, 0.8, 0.5]),
    ];
    let method = Method::IntegratedGradients { steps: 64, baseline: Baseline::Mean };
    let Attributions { gradients, displacements } = attribute(&method, x, teacher, |_, _| ()).unwrap();
    let displacements = displacements.unwrap();
    let way = (teacher.outputs(x.view()).unwrap(), teacher.outputs((x - &displacements).view()).unwrap());
    let way = (way.0 - way.1).mapv(f64::from);
    let unit = way.mapv(|d| d * d).mean().unwrap().sqrt();
    let wide = |row: ArrayView1<'_, f32>| row.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>();
    let mut farthest = 0.0_f64;
    for wavelets in wavelets.map(|wavelet| Wavelets::from(wavelet.unwrap())) {
        for transform in [(Boundary::Zero, 3), (Boundary::Symmetric, 2)] {
            for ((i, output), way) in way.indexed_iter() {
                let gradient = wide(gradients.index_axis(Axis(0), i).row(output));
                let displacement = wide(displacements.row(i));
                let bands = of_coefficients(&wavelets, transform, &gradient, Some(&displacement)).unwrap();
                farthest = farthest.max((bands.iter().flatten().sum::<f64>() - way).abs() / unit);
            }
        }
    }
    println!("{name}: integrated gradients complete within {farthest:.1e}");
    assert!(farthest < 0.01, "{name}: {farthest}");
}
