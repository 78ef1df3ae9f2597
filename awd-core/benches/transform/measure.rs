//! Measures times.

use std::time::{Duration, Instant};

/// How long each candidate is measured. Other processes slow some repetitions, but rarely all of them.
const DURATION: Duration = Duration::from_millis(1500);

/// µs per window of a call that processes [`crate::COUNT`] windows: the fastest repetition.
pub fn micros(call: impl FnMut()) -> f64 {
    best(call) / crate::COUNT as f64
}

/// µs per call: the fastest repetition.
pub fn best(mut call: impl FnMut()) -> f64 {
    let started = Instant::now();
    let mut best = Duration::MAX;
    while started.elapsed() < DURATION {
        let before = Instant::now();
        call();
        best = best.min(before.elapsed());
    }
    best.as_secs_f64() * 1e6
}
