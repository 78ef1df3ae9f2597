//! Labels that are independent of the windows: whatever model is chosen, its score is at chance level.

use awd_train::data::{Dataset, Samples, Target};
use awd_train::distil::{Options, distil};
use awd_train::metric;
use awd_train::progress::Context;
use awd_train::score::predict;
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Windows with a bump at a random position, and labels of two classes that are drawn independently of them.
fn random_samples(n: usize, random: &mut ChaCha8Rng) -> Samples {
    let mut x = Array2::from_shape_simple_fn((n, 48), || random.random_range(-0.3..0.3_f32));
    for mut row in x.rows_mut() {
        let at: f32 = random.random_range(4.0..44.0);
        row.iter_mut().zip(0_u16..).for_each(|(x, k)| *x += (-(f32::from(k) - at).powi(2) / 8.0).exp());
    }
    let labels = (0..n).map(|_| usize::from(random.random::<bool>())).collect();
    Samples { x, y: Target::Classes { labels, classes: 2 } }
}

fn data(train: Samples, test: Samples) -> Dataset {
    Dataset::builder(train.x, train.y).test(test.x, test.y).build().unwrap()
}

#[test]
fn the_test_split_does_not_change_the_model() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let [train, test, other] = [200, 50, 80].map(|n| random_samples(n, &mut random));
    let options = Options { gammas: vec![0.0], ..Options::default() };
    let model = |test| distil(&data(train.clone(), test), None, &options, Context::default()).unwrap().model;
    assert_eq!(model(test).file(), model(other).file());
}

#[test]
fn random_labels_are_scored_at_chance() {
    const TEST: usize = 4000;
    for (windows, seeds) in [(20, 6), (60, 6), (500, 2)] {
        let (mut scores, mut validated) = (Vec::new(), Vec::new());
        for seed in 0..seeds {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let [train, test] = [windows, TEST].map(|n| random_samples(n, &mut random));
            let options = Options { gammas: vec![0.0], seed, ..Options::default() };
            let found = distil(&data(train, test.clone()), None, &options, Context::default()).unwrap();
            scores.push(metric::score(&test.y, &predict(&found.model, &test.x)));
            validated.push(found.validated);
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let error = |n: usize| 0.5 / (n as f64).sqrt();
        let (score, validated) = (mean(&scores), mean(&validated));
        let runs = scores.len();
        println!("{windows} windows: {score:.4} ± {:.4}, validated {validated:.4}", 1.96 * error(TEST * runs));
        assert!((score - 0.5).abs() < 4.0 * error(TEST * runs), "{windows}: {scores:?}");
        // Cross-validation chooses the best of a few options, so the validated score is slightly above chance.
        assert!((validated - 0.5).abs() < 4.0 * error(windows * runs), "{windows}: {validated}");
    }
}
