//! What ranks cost: what it takes to hear all of them, and an evaluation of the objective over a million windows of 40 samples
//! and as many gradients, 10 taps, 4 levels. `mpirun -n 2 BENCH`, BENCH being what `cargo bench --features mpi --bench ranks
//! --no-run` built.

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
    let say = |what: String, seconds: f64| {
        if ranks.rank() == 0 {
            println!("| {what} | {} | {:.1} |", ranks.size(), 1e6 * seconds);
        }
    };
    for bytes in [0, 200, 4000] {
        let gather = || drop(ranks.gather(vec![1; bytes]));
        say(format!("to hear {bytes} bytes of each rank"), least(2000, gather));
    }
    let span = Span::share(WINDOWS, &ranks);
    let sample = |i: usize, k: usize| (((span.first + i) * 31 + k * k * 7) % 23) as f32 / 7.0 - 1.0;
    let x = Array2::from_shape_fn((span.len, SAMPLES), |(i, k)| sample(i, k));
    let attributions =
        Attributions::saliency(Array3::from_shape_fn((span.len, 1, SAMPLES), |(i, _, k)| sample(i, k + 1)));
    let objective: Objective =
        Objective::across(&ranks, span, &x, Some(&attributions), Boundary::Zero, 4).weighted(1.0, 1.0);
    let db5 = Wavelets::from(Wavelet::named("db5").expect("it is in the catalogue"));
    say(format!("value and gradient of {WINDOWS} windows"), least(20, || drop(objective.gradient(&db5, 0.01))));
}

/// Seconds of the fastest of so many.
fn least(times: usize, mut run: impl FnMut()) -> f64 {
    let of = |_| {
        let started = Instant::now();
        run();
        started.elapsed().as_secs_f64()
    };
    (0..times).map(of).fold(f64::INFINITY, f64::min)
}
