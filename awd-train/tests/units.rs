//! The unit of the samples does not matter: the same signals in volts and in nanovolts have the same scores and drift.

use awd_core::Health;
use awd_train::data::{Attributions, Builder, Dataset, Samples, Target};
use awd_train::distil::{Options, distil};
use awd_train::evaluate::{Table, evaluate};
use awd_train::model::Model;
use awd_train::progress::Context;
use ndarray::{Array2, Array3};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const N: usize = 240;
const SAMPLES: usize = 32;

/// Noisy bursts of two frequencies, times `unit`, and made-up gradients per `unit`. The target is the frequency.
fn bursts(unit: f32, classes: bool) -> (Builder, Attributions) {
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let mut samples = || {
        let mut x = Array2::zeros((N, SAMPLES));
        let mut fast = Vec::new();
        for (i, mut x) in x.rows_mut().into_iter().enumerate() {
            let (at, rate) = (random.random_range(8.0..24.0_f32), if i % 2 == 0 { 0.6 } else { 1.4 });
            x.iter_mut().enumerate().for_each(|(k, x)| {
                let t = k as f32 - at;
                *x = unit * ((-t * t / 18.0).exp() * (rate * t).cos() + random.random_range(-0.2..0.2));
            });
            fast.push(i % 2);
        }
        let values = fast.iter().map(|&fast| fast as f64).collect();
        Samples { x, y: if classes { Target::Classes { labels: fast, classes: 2 } } else { Target::Values(values) } }
    };
    let (train, test) = (samples(), samples());
    let outputs = train.y.outputs() + usize::from(classes);
    let gradients = Array3::from_shape_fn((N, outputs, SAMPLES), |(i, output, k)| {
        let sign = if output % 2 == 0 { 1.0 } else { -1.0 };
        sign * ((k + i) as f32 * 0.7).cos() / unit
    });
    (Dataset::builder(train.x, train.y).test(test.x, test.y), Attributions::saliency(gradients))
}

/// The drift of these windows, and the number of samples outside of the training range.
fn monitored<'x>(model: &Model, windows: impl Iterator<Item = Vec<f32>> + 'x) -> (f32, u64) {
    let mut health = Health::new(None);
    for window in windows {
        model.view().score_observed(&window, &mut vec![0.0; model.work_len()], &mut health).unwrap();
    }
    (health.drift().unwrap(), health.counts().out_of_range)
}

/// The table of a model, and the drift of its test windows at gains of 1, 0.1 and 0 (a dead sensor), with the samples
/// out of range.
fn table_and_drift(unit: f32, classes: bool) -> (Table, [(f32, u64); 3]) {
    let (data, attributions) = bursts(unit, classes);
    let data = data.build().unwrap();
    let options = Options { taps: Some(4), levels: Some(3), max_parameters: 14, ..Options::default() };
    let model = distil(&data, Some(&attributions), &options, Context::default()).unwrap().model;
    let table = evaluate(&data, &model, Vec::new(), 1, Context::default()).unwrap();
    let gain = |gain: f32| {
        let windows = data.test().x.rows().into_iter().map(move |x| x.iter().map(|x| gain * x).collect());
        monitored(&model, windows)
    };
    (table, [gain(1.0), gain(0.1), gain(0.0)])
}

#[test]
fn scores_and_drift_are_the_same_in_every_unit() {
    for classes in [true, false] {
        let (expected, [usual, low, dead]) = table_and_drift(1.0, classes);
        assert!(expected.rows[0].score > 0.8, "{:?}", expected.rows[0]);
        assert!(usual.0 < 0.5 && low.0 > 3.0 && dead.0 > 8.0, "{usual:?} {low:?} {dead:?}");
        for unit in [1e-9, 1e-6, 1e6, 1e9] {
            let (table, monitored) = table_and_drift(unit, classes);
            for (row, expected) in table.rows.iter().zip(&expected.rows) {
                assert_eq!((row.model, row.parameters), (expected.model, expected.parameters), "{unit}");
                let tolerance = if classes { 0.0 } else { 1e-4 };
                assert!((row.score - expected.score).abs() <= tolerance, "{unit} {row:?} {expected:?}");
            }
            for ((drift, out), (expected, expected_out)) in monitored.into_iter().zip([usual, low, dead]) {
                assert!((drift / expected - 1.0).abs() < 2e-3, "{unit} {drift} {expected}");
                assert_eq!(out, expected_out, "{unit}");
            }
        }
    }
}

#[test]
fn units_that_f32_cannot_square_are_refused() {
    for (unit, part) in [(1e-17, "to a smaller unit"), (1e17, "to a larger unit")] {
        let why = bursts(unit, true).0.build().unwrap_err();
        assert!(why.exit_code() == 2 && why.to_string().contains(part) && why.to_string().contains("x_train"), "{why}");
    }
}
