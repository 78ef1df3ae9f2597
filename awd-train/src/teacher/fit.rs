//! Training: Adam on mini-batches, stopped by the loss on a validation part of the training split.

use super::net::Net;
use super::{Arch, Shape, Teacher, device, outputs};
use crate::data::{Dataset, Fold, Samples, Target, folds};
use crate::progress::{Event, Progress};
use burn::module::Module;
use burn::nn::loss::{CrossEntropyLossConfig, MseLoss, Reduction};
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::{Int, Tensor, TensorData};
use ndarray::Array2;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Passes over the training part at most.
const EPOCHS: usize = 80;

/// Updates of an epoch at most; larger sets get larger batches.
const UPDATES: usize = 120;

/// Windows of a batch at least.
const BATCH: usize = 32;

/// One fold in this many is for validation.
const FOLDS: usize = 5;

/// The highest learning rate; it falls to zero along half a cosine.
const LEARNING_RATE: f64 = 4e-3;

/// Weight decays that are tried; the network of least validation loss stays. Weights that are shared along the window
/// are few; those of a perceptron are many, and what its rectifiers bend without need is noise in its gradients.
const fn decays(arch: Arch) -> &'static [f32] {
    match arch {
        Arch::Lstm | Arch::Cnn => &[1e-3],
        Arch::Mlp => &[1e-3, 0.3, 3.0],
    }
}

/// Passes without a better validation loss after which training stops. With a strong decay the loss falls only as the
/// learning rate does, at the end.
const fn patience(arch: Arch) -> usize {
    match arch {
        Arch::Lstm | Arch::Cnn => 12,
        Arch::Mlp => EPOCHS,
    }
}

/// Trains a network on the training split. The same seed gives the same weights.
#[must_use]
pub fn train(data: &Dataset, arch: Arch, seed: u64, progress: Progress<'_>) -> Teacher {
    let decays = decays(arch);
    let mut best: Option<(f64, Teacher)> = None;
    for (i, &decay) in decays.iter().enumerate() {
        let tell = |epoch: usize, loss: f64| {
            let (done, total) = (i * EPOCHS + epoch, decays.len() * EPOCHS);
            progress(Event { stage: "teach", done, total, note: format!("validation loss {loss:.4}") });
        };
        let found = train_with(data, arch, decay, seed, &tell);
        // Strictly less: of equals the first stays.
        if best.as_ref().is_none_or(|best| found.0 < best.0) {
            best = Some(found);
        }
    }
    best.expect("at least one decay").1
}

/// Trains with this weight decay; the validation loss, and the network that had it. Tells the least loss so far after
/// each epoch.
fn train_with(data: &Dataset, arch: Arch, decay: f32, seed: u64, tell: &dyn Fn(usize, f64)) -> (f64, Teacher) {
    let device = device();
    let (x, y) = (&data.train.x, &data.train.y);
    let (x_mean, x_deviation) = moments(x.iter().map(|&x| f64::from(x)));
    let (y_mean, y_deviation) = match y {
        Target::Values(values) => moments(values.iter().copied()),
        Target::Classes { .. } => (0.0, 1.0),
    };
    let shape = Shape { arch, window: x.ncols(), outputs: outputs(y), x_mean, x_deviation, y_mean, y_deviation };
    let mut teacher = Teacher { net: Net::seeded(&shape, &device, seed), shape, device };

    let split = folds(&data.train, data.groups.as_deref(), FOLDS, seed);
    let Fold { train, valid, .. } = split.into_iter().next().expect("a data set has a fold");
    let valid = data.train.select(&valid);
    let mut order = train;
    let batch = BATCH.max(order.len().div_ceil(UPDATES));
    let mut optimiser = AdamWConfig::new().with_weight_decay(decay).init();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut best = (f64::INFINITY, teacher.net.clone(), 0);
    for epoch in 0..EPOCHS {
        let rate = LEARNING_RATE * 0.5 * (1.0 + (std::f64::consts::PI * epoch as f64 / EPOCHS as f64).cos());
        order.shuffle(&mut random);
        for rows in order.chunks(batch) {
            let samples = data.train.select(rows);
            let loss = loss(teacher.shape(), forward(&teacher, &samples.x), &samples, &teacher);
            let gradients = GradientsParams::from_grads(loss.backward(), &teacher.net);
            teacher.net = optimiser.step(rate, teacher.net, gradients);
        }
        let loss = validation_loss(&teacher, &valid);
        if loss < best.0 {
            best = (loss, teacher.net.clone(), epoch);
        }
        tell(epoch + 1, best.0);
        if epoch - best.2 >= patience(arch) {
            break;
        }
    }
    tell(EPOCHS, best.0);
    (best.0, Teacher { net: best.1, ..teacher })
}

/// The network's own outputs, targets standardised.
fn forward(teacher: &Teacher, x: &Array2<f32>) -> Tensor<2> {
    let shape = teacher.shape();
    teacher.net.forward((teacher.input(x.view()) - shape.x_mean) / shape.x_deviation)
}

/// Mean loss of a batch: squared error of standardised values, or cross-entropy.
fn loss(shape: &Shape, outputs: Tensor<2>, samples: &Samples, teacher: &Teacher) -> Tensor<1> {
    let n = samples.y.len();
    match &samples.y {
        Target::Values(values) => {
            #[expect(clippy::cast_possible_truncation, reason = "the network computes in f32")]
            let scaled: Vec<f32> = values.iter().map(|y| ((y - shape.y_mean) / shape.y_deviation) as f32).collect();
            let targets = Tensor::<2>::from_data(TensorData::new(scaled, [n, 1]), &teacher.device);
            MseLoss::new().forward(outputs, targets, Reduction::Mean)
        }
        Target::Classes { labels, .. } => {
            let labels: Vec<i32> = labels.iter().map(|&label| i32::try_from(label).unwrap_or(i32::MAX)).collect();
            let targets = Tensor::<1, Int>::from_data(TensorData::new(labels, [n]), &teacher.device);
            CrossEntropyLossConfig::new().init(&teacher.device).forward(outputs, targets)
        }
    }
}

fn validation_loss(teacher: &Teacher, valid: &Samples) -> f64 {
    let frozen = Teacher { net: teacher.net.clone().no_grad(), ..teacher.clone() };
    let rows: Vec<usize> = (0..valid.y.len()).collect();
    let sum: f64 = (rows.chunks(super::BATCH))
        .map(|rows| {
            let samples = valid.select(rows);
            let loss = loss(frozen.shape(), forward(&frozen, &samples.x), &samples, &frozen);
            f64::from(loss.into_scalar::<f32>()) * rows.len() as f64
        })
        .sum();
    sum / rows.len() as f64
}

/// Mean and standard deviation; the deviation of equal numbers is taken as 1.
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let deviation = (values.map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    (mean, if deviation > 0.0 { deviation } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::Differentiable;
    use crate::progress::silent;
    use crate::{gate, metric};
    use ndarray::Axis;

    /// Windows with a bump; the value is where it stands, the class whether it is in the second half.
    fn bumps(classes: bool) -> Dataset {
        let at = |i: usize| (i * 7 % 17) as f32 + 2.0;
        let x = Array2::from_shape_fn((160, 21), |(i, k)| (-(k as f32 - at(i)).powi(2) / 4.0).exp());
        let y = if classes {
            Target::Classes { labels: (0..160).map(|i| usize::from(at(i) > 10.0)).collect(), classes: 2 }
        } else {
            Target::Values((0..160).map(|i| f64::from(at(i))).collect())
        };
        let samples = Samples { x, y };
        Dataset { file: "bumps".into(), train: samples.clone(), test: samples, groups: None, attributions: None }
    }

    #[test]
    fn gradients_equal_central_differences_on_trained_weights() {
        let cases = [(Arch::Lstm, false), (Arch::Cnn, false), (Arch::Cnn, true), (Arch::Mlp, false), (Arch::Mlp, true)];
        for (arch, classes) in cases {
            let data = bumps(classes);
            let teacher = train(&data, arch, 3, &silent);
            let x = data.train.x.select(Axis(0), &(0..24).collect::<Vec<_>>());
            let gradients = teacher.gradients(x.view());
            let outputs = |x: &Array2<f32>| teacher.outputs(x.view());
            gate::check(&teacher, &data.train.x).unwrap();
            let largest = gradients.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
            let here = outputs(&x);
            let mut errors = Vec::new();
            for k in 0..x.ncols() {
                let moved = |h: f32| {
                    let mut x = x.clone();
                    x.column_mut(k).mapv_inplace(|v| v + h);
                    outputs(&x)
                };
                let (up, down) = (moved(0.01), moved(-0.01));
                for ((i, o), exact) in gradients.index_axis(Axis(2), k).indexed_iter() {
                    // A rectifier has a kink, and no difference across it is a derivative.
                    let bend = (up[[i, o]] - 2.0 * here[[i, o]] + down[[i, o]]) / 0.01;
                    if arch != Arch::Mlp || bend.abs() < 1e-3 * largest {
                        errors.push(((up[[i, o]] - down[[i, o]]) / 0.02 - exact).abs() / largest);
                    }
                }
            }
            errors.sort_by(f32::total_cmp);
            assert!(
                2 * errors.len() > gradients.len() && errors[errors.len() * 99 / 100] < 1e-3,
                "{arch:?}: {:?}",
                errors.last()
            );
        }
    }

    #[test]
    fn a_network_learns_and_a_seed_repeats_it() {
        let data = bumps(true);
        let teacher = train(&data, Arch::Cnn, 5, &silent);
        let outputs = teacher.predict(data.test.x.view());
        let accuracy = metric::score(&data.test.y, &outputs.mapv(f64::from), &(0..160).collect::<Vec<_>>());
        assert!(accuracy > 0.96, "{accuracy}");
        assert_eq!(outputs, train(&data, Arch::Cnn, 5, &silent).predict(data.test.x.view()));
        assert_ne!(outputs, train(&data, Arch::Cnn, 6, &silent).predict(data.test.x.view()));
    }

    #[test]
    fn a_saved_network_comes_back_and_a_damaged_one_is_refused() {
        let data = bumps(false);
        let teacher = train(&data, Arch::Lstm, 1, &silent);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("teacher.safetensors");
        teacher.save(&path).unwrap();
        let back = Teacher::load(&path).unwrap();
        assert_eq!(back.shape(), teacher.shape());
        assert_eq!(back.predict(data.test.x.view()), teacher.predict(data.test.x.view()));

        let weights = std::fs::read(&path).unwrap();
        std::fs::write(&path, &weights[..weights.len() / 2]).unwrap();
        assert_eq!(Teacher::load(&path).unwrap_err().exit_code(), 2);
        let other = train(&bumps(false), Arch::Cnn, 1, &silent);
        other.save(&folder.path().join("other")).unwrap();
        std::fs::copy(folder.path().join("other"), &path).unwrap();
        assert_eq!(Teacher::load(&path).unwrap_err().exit_code(), 2);
        std::fs::write(folder.path().join("teacher.safetensors.json"), "{}").unwrap();
        assert_eq!(Teacher::load(&path).unwrap_err().exit_code(), 2);
    }
}
