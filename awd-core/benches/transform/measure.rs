//! Time.

use std::time::{Duration, Instant};

/// How long a contestant is measured. What else runs on the machine slows some repetitions, but hardly all of them.
const PATIENCE: Duration = Duration::from_millis(1500);

/// µs a window of a call that is done with [`crate::COUNT`] of them: the fastest repetition.
pub fn micros(call: impl FnMut()) -> f64 {
    best(call) / crate::COUNT as f64
}

/// µs of a call: the fastest repetition.
pub fn best(mut call: impl FnMut()) -> f64 {
    let started = Instant::now();
    let mut best = Duration::MAX;
    while started.elapsed() < PATIENCE {
        let before = Instant::now();
        call();
        best = best.min(before.elapsed());
    }
    best.as_secs_f64() * 1e6
}
