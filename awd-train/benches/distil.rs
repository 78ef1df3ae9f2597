//! Measures distillation: 10 taps, 4 levels, windows of 40 samples with a gradient each, all windows in every
//! evaluation. `cargo bench -p awd-train --bench distil`.

use awd_core::Boundary;
use awd_train::data::{Attributions, Dataset, Samples, Target};
use awd_train::distil::{Objective, Options, catalogue, distil, search};
use awd_train::progress::Context;
use awd_train::wavelet::{Family, Wavelet, Wavelets};
use ndarray::{Array2, Array3};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::hint::black_box;
use std::time::Instant;

/// The number of windows of the published set.
const WINDOWS: usize = 2936;

const SAMPLES: usize = 40;

/// With these weights, both terms of the objective are about equal for these windows.
const LAMBDA: f64 = 1.0;
const GAMMA: f64 = 1.0;

fn main() {
    println!("| what | windows | threads | evaluations | seconds |\n|---|--:|--:|--:|--:|");
    let (x, attributions, y) = windows(WINDOWS);
    for threads in [1, 2] {
        pool(threads).install(|| searches(&x, &attributions, threads));
    }
    let data = dataset(x, y);
    for threads in [1, 2] {
        let row =
            |found: usize, seconds| row("published grid, 5 λ × 21 γ, five folds", WINDOWS, threads, found, seconds);
        let options = published();
        let (found, seconds) =
            pool(threads).install(|| timed(|| distil(&data, Some(&attributions), &options, Context::default())));
        row(found.expect("the options are within their bounds").evaluations, seconds);
    }
    for n in [10_000, 100_000, 1_000_000] {
        large_set(n);
    }
}

/// Times one evaluation, one descent, and the descents from all starts of a length.
fn searches(x: &Array2<f32>, attributions: &Attributions, threads: usize) {
    let objective: Objective = Objective::new(x, Some(attributions), Boundary::Zero, 4).weighted(LAMBDA, GAMMA);
    let db5 = [db5()];
    let starts: Vec<_> = catalogue(Family::Orthogonal, 10).into_iter().map(Wavelets::from).collect();
    let descent = |starts: &[Wavelets], hops| search(&objective, starts, hops, 1).map_or(0, |found| found.evaluations);
    let fastest = |what, repeats, call: &dyn Fn() -> usize| {
        let runs = (0..repeats).map(|_| timed(call));
        let (evaluations, seconds) = runs.min_by(|a, b| a.1.total_cmp(&b.1)).expect("at least one");
        row(what, WINDOWS, threads, evaluations, seconds);
    };
    fastest("value and gradient", 30, &|| {
        black_box(objective.gradient(&db5[0], 0.01));
        1
    });
    fastest("from db5 to convergence", 5, &|| descent(&db5, 0));
    fastest("all starts of 10 taps, with basin hopping", 3, &|| descent(&starts, 4));
}

/// Measures what grows with the number of windows: time, and memory on top of the windows and gradients.
fn large_set(n: usize) {
    let (x, attributions, _) = windows(n);
    let before = peak_memory();
    let objective: Objective = Objective::new(&x, Some(&attributions), Boundary::Zero, 4).weighted(LAMBDA, GAMMA);
    for threads in [1, 2] {
        pool(threads).install(|| {
            let runs = (0..5).map(|_| timed(|| black_box(objective.gradient(&db5(), 0.01))).1);
            row("value and gradient", n, threads, 1, runs.fold(f64::INFINITY, f64::min));
            let (found, seconds) = timed(|| search(&objective, &[db5()], 0, 1));
            row("from db5 to convergence", n, threads, found.map_or(0, |found| found.evaluations), seconds);
        });
    }
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        let data = 8 * n * SAMPLES / 1000;
        println!(
            "| memory: windows and gradients {data} kB, search {} kB more | {n} | | | |",
            after.saturating_sub(before)
        );
    }
}

fn row(what: &str, windows: usize, threads: usize, evaluations: usize, seconds: f64) {
    println!("| {what} | {windows} | {threads} | {evaluations} | {seconds:.4} |");
}

fn timed<T>(call: impl FnOnce() -> T) -> (T, f64) {
    let started = Instant::now();
    let result = call();
    (result, started.elapsed().as_secs_f64())
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("the threads start")
}

/// The peak memory of this program so far in kB; only Linux reports it.
fn peak_memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

fn db5() -> Wavelets {
    Wavelet::named("db5").expect("it is in the catalogue").into()
}

/// The grid of Ha et al. 2021 for endocytosis.
fn published() -> Options {
    let steps =
        |from: f64, to: f64, n: i32| (0..n).map(move |i| from * (to / from).powf(f64::from(i) / f64::from(n - 1)));
    Options {
        family: Some(Family::Orthogonal),
        taps: Some(10),
        levels: Some(4),
        lambdas: steps(1e-4, 5e-3, 5).collect(),
        gammas: [0.0].into_iter().chain(steps(1e-4, 10.0, 20)).collect(),
        ..Options::default()
    }
}

fn dataset(x: Array2<f32>, y: Vec<f64>) -> Dataset {
    let train = Samples { x, y: Target::Values(y) };
    let test = train.select(&[0]);
    Dataset::builder(train.x, train.y).test(test.x, test.y).build().expect("windows and values that differ")
}

/// Bumps of random position, width and height with some noise; gradients that change sign at the middle of each bump;
/// and a value that depends on width and height.
fn windows(n: usize) -> (Array2<f32>, Attributions, Vec<f64>) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (mut x, mut gradients) = (Array2::zeros((n, SAMPLES)), Array3::zeros((n, 1, SAMPLES)));
    let mut y = Vec::with_capacity(n);
    for i in 0..n {
        let (position, width, height) =
            (random.random_range(8.0..32.0_f32), random.random_range(1.0..8.0_f32), random.random_range(0.5..2.0_f32));
        for k in 0..SAMPLES {
            let offset = (k as f32 - position) / width;
            x[[i, k]] = height * (-offset * offset).exp() + random.random_range(-0.1..0.1);
            gradients[[i, 0, k]] = -offset * (-offset * offset).exp() + random.random_range(-0.05..0.05_f32);
        }
        y.push(f64::from(height / width + random.random_range(-0.1..0.1)));
    }
    (x, Attributions::saliency(gradients), y)
}
