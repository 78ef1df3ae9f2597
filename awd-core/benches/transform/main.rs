//! The cost of the transform on one core of a host: batches of windows compared with PyWavelets, single windows
//! compared with the crate `osclet`, and maps. Everything is measured in one run; its ratios mean more than its times.
//!
//! `cargo bench -p awd-core` prints three tables in Markdown; `cargo xtask performance` copies them to
//! docs/performance.md.

mod alone;
mod batch;
mod maps;
mod measure;

use awd_core::{Boundary, Dwt, named};

/// Samples per window, windows per batch, and levels: those of the published model.
const N: usize = 40;
const COUNT: usize = 1000;
const LEVELS: u8 = 4;

fn main() {
    // Samples that are neither sorted nor smooth.
    let windows: Vec<f32> = (0..N * COUNT).map(|i| ((i * i * 7) % 31) as f32 - 15.0).collect();
    println!(
        "f32, db5, {LEVELS} levels, windows of {N} samples, one core; µs per window, the minimum of many repetitions.\n"
    );
    batch::table(&windows);
    println!();
    alone::table(&windows);
    println!();
    maps::table();
}

fn dwt(boundary: Boundary) -> Dwt<f32> {
    Dwt::new(named::DB5.lifting().expect("the wavelet is valid"), boundary, LEVELS)
}

/// The coefficients of every window by band, ordered as by [`awd_core::transform::batch::separate`].
fn coefficients(windows: &[f32], mut analyze: impl FnMut(&[f32], &mut dyn FnMut(usize, &[f32]))) -> Vec<Vec<f32>> {
    let mut bands = vec![vec![]; usize::from(LEVELS) + 1];
    for window in windows.chunks(N) {
        analyze(window, &mut |band, c| bands[band].extend_from_slice(c));
    }
    bands
}

/// Whether all coefficients have the same bits.
fn same_bits(a: &[Vec<f32>], b: &[Vec<f32>]) -> bool {
    let bits = |bands: &[Vec<f32>]| bands.iter().flatten().map(|c| c.to_bits()).collect::<Vec<_>>();
    bits(a) == bits(b)
}
