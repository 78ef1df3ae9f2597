//! Does a wavelet in which signals and attributions are sparse make a good readout? Orthogonal wavelets of four taps
//! have one free angle, so all of them can be tried.
//!
//! `cargo run --release --package awd-train --example circle -- SET.npz GRADIENTS.npz OUT.svg`, with gradients of
//! `awd attribute`, draws the held-out loss of the readout of each wavelet, and both terms of the objective. It prints
//! their rank correlations.

mod common;

use awd_core::Boundary;
use awd_train::cluster::Serial;
use awd_train::data::{Folded, ReadOptions, Shards, folds};
use awd_train::distil::{FOLDS, Objective};
use awd_train::readout::{Budget, Transform};
use awd_train::report::{Around, circle};
use awd_train::wavelet::Wavelet;
use awd_train::{Result, file};
use common::mean;
use std::path::Path;

/// The number of wavelets. Their angles cover half a turn, after which the wavelets repeat.
const WAVELETS: usize = 48;

/// The number of seeds. A loss is the mean over the folds of all seeds.
const SEEDS: u64 = 4;

/// Named wavelets to mark in the picture.
const NAMED: [&str; 2] = ["haar", "db2"];

/// Levels of the transform.
const LEVELS: u8 = 4;

fn run(data: &Path, gradients: &Path, out: &Path) -> Result<()> {
    let shards = Shards::open(data, &ReadOptions::default(), &Serial)?;
    let data = shards.read()?;
    let attributions = shards.attributions(gradients, &data, None)?;
    let split = |seed| {
        let folds = folds(data.train(), data.groups(), FOLDS, seed);
        Folded { samples: data.train().clone(), folds, out_of_fold: None }
    };
    let folded: Vec<Folded> = (1..=SEEDS).map(split).collect();
    let objective: Objective =
        Objective::new(&data.train().x, Some(&attributions), Boundary::Zero, LEVELS).weighted(1.0, 1.0);
    let measure = |wavelet: Wavelet, angle| {
        let transform = Transform {
            wavelets: wavelet.into(),
            beside: vec![],
            boundary: Boundary::Zero,
            levels: LEVELS,
            height: 1,
            histograms: 0,
            deviation: data.train().x.std(0.0),
        };
        let losses: Vec<f64> = folded.iter().map(|folded| transform.compared(folded, Budget::of(41)).0.loss).collect();
        let value = objective.value(&transform.wavelets);
        let [coefficients, attributions] = [value.l1_coefficients, value.l1_attributions];
        Around { angle, loss: mean(&losses), coefficients, attributions }
    };
    let angles = (0..WAVELETS).map(|i| -90.0 + 180.0 * i as f64 / WAVELETS as f64);
    // Without a lifting scheme of bounded taps there is no wavelet at an angle.
    let wavelets = angles.filter_map(|angle| Some((Wavelet::from_angles(&[angle.to_radians()], None)?, angle)));
    let all: Vec<Around> = wavelets.map(|(wavelet, angle)| measure(wavelet, angle)).collect();
    let named: Vec<(&str, f64)> = NAMED.iter().filter_map(|name| Some((*name, angle(name)?))).collect();
    file::write(out, circle(&all, &named)?.as_bytes())?;

    println!("| angle | held-out loss | L1 of coefficients | L1 of attributions |\n|--:|--:|--:|--:|");
    for Around { angle, loss: [mean, error], coefficients, attributions } in &all {
        println!("| {angle:.2} | {mean:.4} ± {error:.4} | {coefficients:.4} | {attributions:.4} |");
    }
    let column = |field: fn(&Around) -> f64| all.iter().map(field).collect::<Vec<_>>();
    let losses = column(|point| point.loss[0]);
    for (name, term) in
        [("coefficients", column(|point| point.coefficients)), ("attributions", column(|point| point.attributions))]
    {
        println!("\nRank correlation of the loss with the L1 norm of {name}: {:+.2}.", correlation(&losses, &term));
    }
    Ok(())
}

/// The free angle of a named wavelet, in degrees. A wavelet of two taps is padded to four with zeros.
fn angle(name: &str) -> Option<f64> {
    let wavelet = Wavelet::named(name)?;
    let four = if wavelet.taps().len() < 4 { wavelet.grown(4).into_iter().next()? } else { wavelet };
    let degrees = four.free().first()?.to_degrees();
    Some((degrees + 90.0).rem_euclid(180.0) - 90.0)
}

/// Spearman's rank correlation.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let ranks =
        |values: &[f64]| values.iter().map(|x| values.iter().filter(|y| *y < x).count() as f64).collect::<Vec<_>>();
    let centred = |values: Vec<f64>| {
        let [mean, _] = mean(&values);
        values.into_iter().map(|x| x - mean).collect::<Vec<_>>()
    };
    let [a, b] = [a, b].map(|values| centred(ranks(values)));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [data, gradients, out] = &words[..] else {
        eprintln!("usage: circle SET.npz GRADIENTS.npz OUT.svg");
        std::process::exit(2);
    };
    if let Err(why) = run(Path::new(data), Path::new(gradients), Path::new(out)) {
        eprintln!("circle: {why}");
        std::process::exit(why.exit_code().into());
    }
}
