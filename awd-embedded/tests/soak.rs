//! Random requests, files, failures of the flash and restarts, against a model of what must hold. Some seconds; ten
//! minutes if `AWD_FULL` is set. The fuzz target `board` has the same model, with the choices of a fuzzer.

mod common;

use common::choices::Random;
use common::soak::Soak;
use std::time::{Duration, Instant};

#[test]
fn a_board_keeps_a_good_model_whatever_happens() {
    let full = std::env::var_os("AWD_FULL").is_some();
    let time = Duration::from_secs(if full { 600 } else { 5 });
    let started = Instant::now();
    let [mut requests, mut restarts, mut commits, mut returns, mut scores, mut seed] = [0; 6];
    while started.elapsed() < time {
        let mut soak = Soak::new(Random(seed as u64, 20_000));
        soak.run();
        requests += soak.requests;
        restarts += soak.restarts;
        commits += soak.commits;
        returns += soak.returns;
        scores += soak.scores;
        seed += 1;
    }
    println!(
        "{requests} requests, {restarts} restarts, {commits} commits, {returns} roll backs, {scores} scores, {seed} seeds"
    );
    assert!(commits > 100 && restarts > 1000 && returns > 20 && scores > 100);
}
