//! Checks of every kind of teacher, with trained weights.
#![cfg(feature = "teacher")]

use awd_core::Boundary;
use awd_train::attribution::{Baseline, Method, attribute, of_coefficients};
use awd_train::attribution::{Differentiable, Function};
use awd_train::data::{Attributions, Dataset, Target};
use awd_train::progress::silent;
use awd_train::simulate::cme;
use awd_train::teacher::{Arch, Teacher, Training, train};
use awd_train::wavelet::{Wavelet, Wavelets};
use ndarray::{Array2, ArrayView1, Axis};

/// Signals of 21 samples, or images of 3×7, with a bump. The value is its position, the class whether it is in the
/// second half.
fn bumps(classes: bool, rows: usize) -> Dataset {
    let at = |i: usize| (i * 7 % 17) as f32 + 2.0;
    let x = Array2::from_shape_fn((160, 21), |(i, k)| (-(k as f32 - at(i)).powi(2) / 4.0).exp());
    let y = if classes {
        Target::Classes { labels: (0..160).map(|i| usize::from(at(i) > 10.0)).collect(), classes: 2 }
    } else {
        Target::Values((0..160).map(|i| f64::from(at(i))).collect())
    };
    Dataset::builder(x.clone(), y.clone()).test(x, y).images(rows).build().unwrap()
}

/// Every kind of teacher, trained on values and on classes.
fn teachers() -> impl Iterator<Item = (String, Teacher, Dataset)> {
    let of_signals =
        [Arch::Lstm, Arch::Cnn, Arch::Resnet, Arch::Inception, Arch::Mlp, Arch::Rocket].map(|arch| (arch, 1));
    let kinds = of_signals.into_iter().chain([(Arch::Resnet, 3)]);
    kinds.flat_map(|(arch, rows)| [(arch, rows, false), (arch, rows, true)]).map(|(arch, rows, classes)| {
        let data = bumps(classes, rows);
        let teacher = train(&data, &Training::new(arch, 3), &silent).unwrap().teacher;
        (format!("{arch:?} of {rows} rows, {}", if classes { "classes" } else { "values" }), teacher, data)
    })
}

#[test]
fn gradients_are_correct_and_complete() {
    for (name, teacher, data) in teachers() {
        // A rocket is strongly curved everywhere: rocket/kernels.rs checks its gradients.
        if teacher.shape().arch != Arch::Rocket {
            gradients_equal_central_differences(&name, &teacher, &data);
        }
        awd_train::attribution::check(&teacher, &data.train().x).unwrap();
        integrated_gradients_are_complete(&name, &teacher, &data);
    }
}

/// 99% of the gradients are within a thousandth of the largest.
fn gradients_equal_central_differences(name: &str, teacher: &Teacher, data: &Dataset) {
    let x = data.train().x.select(Axis(0), &(0..24).collect::<Vec<_>>());
    let gradients = teacher.gradients(x.view()).unwrap();
    let largest = gradients.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
    let centre = teacher.smooth(x.view()).unwrap();
    let mut errors = Vec::new();
    for k in 0..x.ncols() {
        let shifted = |h: f32| {
            let mut x = x.clone();
            x.column_mut(k).mapv_inplace(|v| v + h);
            teacher.smooth(x.view()).unwrap()
        };
        let (up, down) = (shifted(0.01), shifted(-0.01));
        let half_step = (shifted(0.005) - shifted(-0.005)) / 0.01;
        for ((i, o), exact) in gradients.index_axis(Axis(2), k).indexed_iter() {
            // A rectifier has a kink; a finite difference across it is not a derivative.
            let curvature = (up[[i, o]] - 2.0 * centre[[i, o]] + down[[i, o]]) / 0.01;
            if teacher.shape().arch != Arch::Mlp || curvature.abs() < 1e-3 * largest {
                // Richardson extrapolation from two step sizes.
                let difference = (4.0 * half_step[[i, o]] - (up[[i, o]] - down[[i, o]]) / 0.02) / 3.0;
                errors.push((difference - exact).abs() / largest);
            }
        }
    }
    errors.sort_by(f32::total_cmp);
    let q99 = errors[errors.len() * 99 / 100];
    println!("{name}: gradients within {q99:.1e}, but for one in a hundred");
    assert!(2 * errors.len() > gradients.len() && q99 < 1e-3, "{name}: {q99}");
}

/// With 64 steps, the attributions of the coefficients of any wavelet sum to f(x) − f(x₀) within 1%.
fn integrated_gradients_are_complete(name: &str, teacher: &Teacher, data: &Dataset) {
    let x = &data.train().x;
    let wavelets = [
        Wavelet::named("db4"),
        Wavelet::from_angles(&[0.9, -1.7, 0.4], None),
        Wavelet::from_coefficients(&[-1.5, -0.06, 0.8, 0.5]),
    ];
    let method = Method::IntegratedGradients { steps: 64, baseline: Baseline::Mean };
    let Attributions { gradients, displacements } = attribute(&method, x, teacher, &silent).unwrap();
    let displacements = displacements.unwrap();
    let outputs = (teacher.smooth(x.view()).unwrap(), teacher.smooth((x - &displacements).view()).unwrap());
    let changes = (outputs.0 - outputs.1).mapv(f64::from);
    let unit = changes.mapv(|d| d * d).mean().unwrap().sqrt();
    let to_f64 = |row: ArrayView1<'_, f32>| row.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>();
    let mut max_error = 0.0_f64;
    for wavelets in wavelets.map(|wavelet| Wavelets::from(wavelet.unwrap())) {
        for transform in [(Boundary::Zero, 3), (Boundary::Symmetric, 2)] {
            for ((i, output), change) in changes.indexed_iter() {
                let gradient = to_f64(gradients.index_axis(Axis(0), i).row(output));
                let displacement = to_f64(displacements.row(i));
                let bands = of_coefficients(&wavelets, transform, &gradient, Some(&displacement)).unwrap();
                max_error = max_error.max((bands.iter().flatten().sum::<f64>() - change).abs() / unit);
            }
        }
    }
    println!("{name}: integrated gradients complete within {max_error:.1e}");
    assert!(max_error < 0.01, "{name}: {max_error}");
}

/// Which frames decide that a pit is productive? In the simulation, a productive pit stays bright until it suddenly
/// sheds its coat; others fade away. So attributions in the wavelet domain should concentrate on the end. A productive
/// pit that is made to fade should be classified as unproductive, but not one that is made to grow more slowly.
#[test]
fn attributions_of_productive_pits_show_the_frames_that_decide() {
    let data = cme(2000, 400, 1).data;
    let teacher = train(&data, &Training::new(Arch::Cnn, 1), &silent).unwrap().teacher;
    let logits = |x: &Array2<f32>| teacher.smooth(x.view()).unwrap().map_axis(Axis(1), |logits| logits[1] - logits[0]);
    let Target::Classes { labels, .. } = &data.test().y else { panic!() };
    let scores = logits(&data.test().x);
    let productive: Vec<usize> = (0..labels.len()).filter(|&i| labels[i] == 1 && scores[i] > 0.0).collect();
    let x = data.test().x.select(Axis(0), &productive);
    let method = Method::IntegratedGradients { steps: 32, baseline: Baseline::Zero };
    let Attributions { gradients, .. } = attribute(&method, &x, &teacher, &silent).unwrap();

    let wavelets = Wavelets::from(Wavelet::named("db2").unwrap());
    let [mut fading, mut growing] = [x.clone(), x.clone()];
    let mut quarters = [0.0; 4];
    for (i, x) in x.rows().into_iter().enumerate() {
        let samples: Vec<f64> = x.iter().map(|&x| x.into()).collect();
        let gradient: Vec<f64> = (0..x.len()).map(|j| (gradients[[i, 1, j]] - gradients[[i, 0, j]]).into()).collect();
        let bands = of_coefficients(&wavelets, (Boundary::Zero, 4), &gradient, Some(&samples)).unwrap();
        // In each band, a coefficient shares its attribution equally among the frames that it covers.
        let lifetime = samples.iter().rposition(|x| *x != 0.0).unwrap() + 1;
        for frame in 0..lifetime {
            let attribution = |band: &Vec<f64>| band[frame * band.len() / x.len()] * band.len() as f64 / x.len() as f64;
            quarters[4 * frame / lifetime] += bands.iter().map(attribution).sum::<f64>();
        }
        for frame in 0..lifetime {
            let share = frame as f32 / lifetime as f32;
            fading[[i, frame]] *= (2.0 - 2.0 * share).min(1.0);
            growing[[i, frame]] *= (2.0 * share).min(1.0);
        }
    }
    let last_quarter = quarters[3] / quarters.iter().sum::<f64>();
    let [fading, growing] = [fading, growing].map(|x| logits(&x).iter().filter(|logit| **logit > 0.0).count());
    let n = productive.len();
    println!("{last_quarter:.2} of the attributions of {n} productive pits are of the last quarter of their lives");
    println!("{fading} would be taken for productive if they faded, {growing} if they grew more slowly");
    assert!(n > 120 && last_quarter > 0.75 && fading < n / 4 && growing > 3 * n / 4);
}
