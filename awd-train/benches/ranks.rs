//! Measures ranks: the time of an allgather, and of an evaluation of the objective over a million windows of 40 samples
//! with a gradient each, 10 taps, 4 levels. Run it by `mpirun -n 2 BENCH`, where BENCH is the program that
//! `cargo bench --features mpi --bench ranks --no-run` built.

use awd_core::Boundary;
use awd_train::cluster::{Mpi, Ranks, Span};
use awd_train::data::Attributions;
use awd_train::distil::Objective;
use awd_train::wavelet::{Wavelet, Wavelets};
use ndarray::{Array2, Array3};
use std::time::Instant;

const WINDOWS: usize = 1_000_000;
const SAMPLES: usize = 40;

fn main() {
    let ranks = Mpi::join().expect("an MPI library");
    let report = |what: String, seconds: f64| {
        if ranks.rank() == 0 {
            println!("| {what} | {} | {:.1} |", ranks.size(), 1e6 * seconds);
        }
    };
    for bytes in [0, 200, 4000] {
        let gather = || drop(ranks.gather(vec![1; bytes]));
        report(format!("all-gather of {bytes} bytes per rank"), fastest(2000, gather));
    }
    let span = Span::share(WINDOWS, &ranks);
    let sample = |i: usize, k: usize| (((span.first + i) * 31 + k * k * 7) % 23) as f32 / 7.0 - 1.0;
    let x = Array2::from_shape_fn((span.len, SAMPLES), |(i, k)| sample(i, k));
    let attributions =
        Attributions::saliency(Array3::from_shape_fn((span.len, 1, SAMPLES), |(i, _, k)| sample(i, k + 1)));
    let objective: Objective =
        Objective::across(&ranks, span, &x, Some(&attributions), Boundary::Zero, 4).weighted(1.0, 1.0);
    let db5 = Wavelets::from(Wavelet::named("db5").expect("it is in the catalogue"));
    report(format!("value and gradient of {WINDOWS} windows"), fastest(20, || drop(objective.gradient(&db5, 0.01))));
}

/// The time of the fastest of `times` runs, in seconds.
fn fastest(times: usize, mut run: impl FnMut()) -> f64 {
    let timed = |_| {
        let started = Instant::now();
        run();
        started.elapsed().as_secs_f64()
    };
    (0..times).map(timed).fold(f64::INFINITY, f64::min)
}
