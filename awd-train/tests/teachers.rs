//! What is asked of every kind of teacher, on trained weights.
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
fn gradients_are_right_and_complete() {
    for (name, teacher, data) in teachers() {
        // A rocket bends everywhere: rocket/kernels.rs compares its slopes.
        if teacher.shape().arch != Arch::Rocket {
            gradients_equal_central_differences(&name, &teacher, &data);
        }
        awd_train::attribution::check(&teacher, &data.train().x).unwrap();
        integrated_gradients_are_complete(&name, &teacher, &data);
    }
}

/// Within a thousandth of the largest, but for one in a hundred.
fn gradients_equal_central_differences(name: &str, teacher: &Teacher, data: &Dataset) {
    let x = data.train().x.select(Axis(0), &(0..24).collect::<Vec<_>>());
    let gradients = teacher.gradients(x.view()).unwrap();
    let largest = gradients.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
    let here = teacher.smooth(x.view()).unwrap();
    let mut errors = Vec::new();
    for k in 0..x.ncols() {
        let moved = |h: f32| {
            let mut x = x.clone();
            x.column_mut(k).mapv_inplace(|v| v + h);
            teacher.smooth(x.view()).unwrap()
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
    let x = &data.train().x;
    let wavelets = [
        Wavelet::named("db4"),
        Wavelet::from_angles(&[0.9, -1.7, 0.4], None),
        Wavelet::from_coefficients(&[-1.5, -0.06, 0.8, 0.5]),
    ];
    let method = Method::IntegratedGradients { steps: 64, baseline: Baseline::Mean };
    let Attributions { gradients, displacements } = attribute(&method, x, teacher, &silent).unwrap();
    let displacements = displacements.unwrap();
    let way = (teacher.smooth(x.view()).unwrap(), teacher.smooth((x - &displacements).view()).unwrap());
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

/// Which frames decide that a pit is productive? In the model it stays bright until it suddenly sheds its coat, where others
/// fade away. So attributions in the wavelet domain should be of its end; and a pit that fades instead, and not one that
/// grows more slowly, should no longer be taken for productive.
#[test]
fn attributions_of_productive_pits_show_the_frames_that_decide() {
    let data = cme(2000, 400, 1).data;
    let teacher = train(&data, &Training::new(Arch::Cnn, 1), &silent).unwrap().teacher;
    let logits = |x: &Array2<f32>| teacher.smooth(x.view()).unwrap().map_axis(Axis(1), |logits| logits[1] - logits[0]);
    let Target::Classes { labels, .. } = &data.test().y else { panic!() };
    let said = logits(&data.test().x);
    let productive: Vec<usize> = (0..labels.len()).filter(|&i| labels[i] == 1 && said[i] > 0.0).collect();
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
        // A frame is as decisive as the coefficients that are there, scale by scale.
        let life = samples.iter().rposition(|x| *x != 0.0).unwrap() + 1;
        for frame in 0..life {
            let decisive = |band: &Vec<f64>| band[frame * band.len() / x.len()] * band.len() as f64 / x.len() as f64;
            quarters[4 * frame / life] += bands.iter().map(decisive).sum::<f64>();
        }
        for frame in 0..life {
            let share = frame as f32 / life as f32;
            fading[[i, frame]] *= (2.0 - 2.0 * share).min(1.0);
            growing[[i, frame]] *= (2.0 * share).min(1.0);
        }
    }
    let last = quarters[3] / quarters.iter().sum::<f64>();
    let [fading, growing] = [fading, growing].map(|x| logits(&x).iter().filter(|logit| **logit > 0.0).count());
    let n = productive.len();
    println!("{last:.2} of the attributions of {n} productive pits are of the last quarter of their lives");
    println!("{fading} would be taken for productive if they faded, {growing} if they grew more slowly");
    assert!(n > 120 && last > 0.75 && fading < n / 4 && growing > 3 * n / 4);
}
