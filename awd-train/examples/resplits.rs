//! Scores on random re-splits of data sets, so that nobody has chosen the splits. Training and test windows are joined
//! and split again, with as many training windows of each class as before.
//!
//! `cargo run --release --package awd-train --example resplits -- 5 SET.npz ...` prints a table of five re-splits of
//! each set: the model without a teacher, the same with learned wavelets only, the best fixed wavelet by the same
//! folds, and MiniRocket.

mod common;

use awd_train::cluster::Serial;
use awd_train::data::{Dataset, ReadOptions, Samples, Target};
use awd_train::distil::{Options, Origin, distil};
use awd_train::evaluate::{budget, rivals};
use awd_train::metric::{self, Outputs};
use awd_train::progress::Context;
use awd_train::score::predict;
use awd_train::{Error, Result};
use common::mean;
use ndarray::{Axis, concatenate};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::fmt::Write;
use std::path::Path;

/// The models whose accuracies are compared, in this order.
const MODELS: [&str; 4] = ["awd", "learned", "fixed", "MiniRocket"];

/// The data set with its windows split again at random.
fn resplit(data: &Dataset, seed: u64) -> Result<Dataset> {
    let Target::Classes { labels, classes } = data.train().y.clone().then(data.test().y.clone()) else {
        return Err(Error::input(
            data.name(),
            "y_train",
            "integer classes; these targets are values, which have no accuracy",
        ));
    };
    let Target::Classes { labels: trained, .. } = &data.train().y else {
        unreachable!("the same kind as the test split")
    };
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.shuffle(&mut random);
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for class in 0..classes {
        let of_class = order.iter().copied().filter(|&row| labels[row] == class);
        let count = trained.iter().filter(|&&label| label == class).count();
        let rows: Vec<usize> = of_class.collect();
        let (first, rest) = rows.split_at(count);
        train.extend_from_slice(first);
        test.extend_from_slice(rest);
    }
    train.sort_unstable();
    test.sort_unstable();
    let x = concatenate(Axis(0), &[data.train().x.view(), data.test().x.view()]).expect("windows of one length");
    let all = Samples { x, y: Target::Classes { labels, classes } };
    let [train, test] = [train, test].map(|rows| all.select(&rows));
    Dataset::builder(train.x, train.y).test(test.x, test.y).named(data.name()).build()
}

/// The accuracies of [`MODELS`] on one re-split.
fn scores(data: &Dataset, seed: u64) -> Result<[f64; MODELS.len()]> {
    let options = Options { gammas: vec![0.0], seed, bare: true, ..Options::default() };
    let model = distil(data, None, &options, Context::default())?.model;
    let learned = distil(data, None, &Options { wavelet: Origin::Learned, ..options }, Context::default())?.model;
    let others = rivals(&Serial, data, budget(&model, data), seed)?;
    let score = |outputs: &Outputs| metric::score(&data.test().y, outputs);
    let [fixed, rocket] = &others[..] else { unreachable!("two rivals") };
    let accuracy = |model| score(&predict(model, &data.test().x));
    Ok([accuracy(&model), accuracy(&learned), score(&fixed.outputs), score(&rocket.outputs)])
}

/// The table of `resplits` re-splits of each data set.
pub fn table(sets: &[Dataset], resplits: u64) -> Result<String> {
    let mut text = format!("| set | windows | {} |\n|---|--:|{}\n", MODELS.join(" | "), "--:|".repeat(MODELS.len()));
    let mut set_means = Vec::new();
    for data in sets {
        let accuracies = (1..=resplits).map(|seed| scores(&resplit(data, seed)?, seed)).collect::<Result<Vec<_>>>()?;
        let statistics: [_; MODELS.len()] =
            std::array::from_fn(|m| mean(&accuracies.iter().map(|scores| scores[m]).collect::<Vec<_>>()));
        let name = Path::new(data.name()).file_stem().map_or(data.name().into(), |name| name.to_string_lossy());
        let _ = write!(text, "| {name} | {} |", data.train().y.len());
        statistics.iter().for_each(|[mean, error]| _ = write!(text, " {mean:.4} ± {error:.4} |"));
        text.push('\n');
        set_means.push(statistics.map(|[mean, _]| mean));
    }
    let overall = |m: usize| mean(&set_means.iter().map(|means| means[m]).collect::<Vec<_>>())[0];
    let means: Vec<String> = (0..MODELS.len()).map(|m| format!("{:.4}", overall(m))).collect();
    let _ = writeln!(text, "| mean of {} | | {} |", sets.len(), means.join(" | "));
    // The second pair answers whether the learned wavelet matters (docs/results.md).
    for (one, other) in [(0, 1), (1, 2), (0, 2), (0, 3)] {
        let differences: Vec<f64> = set_means.iter().map(|means| means[one] - means[other]).collect();
        let [mean, error] = mean(&differences);
        let better = differences.iter().filter(|difference| **difference > 0.0).count();
        let worse = differences.iter().filter(|difference| **difference < 0.0).count();
        let _ = writeln!(
            text,
            "\n{} minus {}: {mean:+.4} ± {error:.4}; better on {better} sets, worse on {worse}.",
            MODELS[one], MODELS[other]
        );
    }
    Ok(text)
}

fn main() {
    let mut words = std::env::args().skip(1);
    let resplits = words.next().and_then(|word| word.parse().ok());
    let Some(resplits) = resplits.filter(|resplits| *resplits > 0) else {
        eprintln!("usage: resplits COUNT SET.npz ...");
        std::process::exit(2);
    };
    let sets = words.map(|word| Dataset::read(Path::new(&word), &ReadOptions::default())).collect::<Result<Vec<_>>>();
    match sets.and_then(|sets| table(&sets, resplits)) {
        Ok(table) => print!("{table}"),
        Err(why) => {
            eprintln!("resplits: {why}");
            std::process::exit(why.exit_code().into());
        }
    }
}
