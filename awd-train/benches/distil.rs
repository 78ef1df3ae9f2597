//! What distillation costs: 2936 windows of 40 samples and as many gradients, 10 taps, 4 levels, all of them in every
//! evaluation. `cargo bench -p awd-train --bench distil`.

use awd_core::Boundary;
use awd_train::data::Attributions;
use awd_train::distil::{Objective, catalogue, search};
use awd_train::wavelet::{Family, Wavelet, Wavelets};
use ndarray::{Array2, Array3};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

const WINDOWS: usize = 2936;
const SAMPLES: usize = 40;

/// Weights of both terms that count about the same for these windows.
const LAMBDA: f64 = 1.0;
const GAMMA: f64 = 1.0;

fn main() {
    let objective = objective(WINDOWS);
    let db5 = Wavelets::from(Wavelet::named("db5").expect("it is in the catalogue"));
    let starts: Vec<_> = catalogue(Family::Orthogonal, 10).into_iter().map(Wavelets::from).collect();
    println!("{WINDOWS} windows of {SAMPLES} samples and their gradients, db5, 4 levels, zeros\n");
    println!("| what | threads | evaluations | seconds |\n|---|--:|--:|--:|");
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            let row = |what: &str, repeats, call: &dyn Fn() -> usize| {
                let (mut least, mut evaluations) = (f64::INFINITY, 0);
                for _ in 0..repeats {
                    let started = Instant::now();
                    evaluations = call();
                    least = least.min(started.elapsed().as_secs_f64());
                }
                println!("| {what} | {threads} | {evaluations} | {least:.4} |");
            };
            row("value and gradient", 30, &|| {
                std::hint::black_box(objective.gradient(&db5, 0.01));
                1
            });
            row("from db5 to convergence", 5, &|| {
                search(&objective, std::slice::from_ref(&db5), 0, 1).map_or(0, |found| found.evaluations)
            });
            row("all starts of 10 taps, 4 hops", 3, &|| {
                search(&objective, &starts, 4, 1).map_or(0, |found| found.evaluations)
            });
        });
    }
}

/// Bumps of random place, width and height with some noise, and gradients that look at one end of each.
fn objective(n: usize) -> Objective {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (mut x, mut gradients) = (Array2::zeros((n, SAMPLES)), Array3::zeros((n, 1, SAMPLES)));
    for i in 0..n {
        let (place, width, height) =
            (random.random_range(8.0..32.0_f32), random.random_range(1.0..8.0_f32), random.random_range(0.5..2.0_f32));
        for k in 0..SAMPLES {
            let away = (k as f32 - place) / width;
            x[[i, k]] = height * (-away * away).exp() + random.random_range(-0.1..0.1);
            gradients[[i, 0, k]] = -away * (-away * away).exp() + random.random_range(-0.05..0.05_f32);
        }
    }
    let attributions = Attributions::saliency(gradients);
    Objective::new(&x, Some(&attributions), Boundary::Zero, 4).weighted(LAMBDA, GAMMA)
}
