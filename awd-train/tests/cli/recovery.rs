//! The simulation of the method's authors: from what a network learned, the search recovers db5, wherever it starts.

use crate::common::refusal::refused;
use crate::common::skip::{is_full, skipped};
use crate::json;
use std::path::Path;

/// Distils from one start. Returns the distance of the result from db5.
fn distance(folder: &Path, options: &str) -> f64 {
    json(folder, &format!("distil d.npz --teacher t --levels 4 --out m.awd --json --quiet {options}"));
    json(folder, "inspect m.awd --distance-to db5 --json")["distance"].as_f64().unwrap()
}

fn simulate(folder: &Path, windows: &str) {
    json(folder, &format!("simulate recovery --out d.npz --json {windows}"));
    let taught = json(folder, "teach d.npz --arch mlp --out t --json --quiet");
    assert!(taught["train_score"].as_f64().unwrap() > 0.998, "{taught}");
}

#[test]
fn a_seed_repeats_the_data_and_bad_sizes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, seed) in [("a", 3), ("b", 3), ("c", 4)] {
        let words = format!("simulate recovery --n-train 40 --n-test 10 --out {name}.npz --seed {seed} --json");
        assert_eq!(json(folder, &words)["n_train"], 40);
    }
    let [a, b, c] = ["a", "b", "c"].map(|name| std::fs::read(folder.join(name).with_extension("npz")).unwrap());
    assert!(a == b && a != c);
    for words in ["--n-train 0 --out d.npz", "--n-test 1000001 --out d.npz", "--out no/d.npz"] {
        refused(folder, &format!("simulate recovery {words}"), &[]);
    }
}

#[test]
fn db5_is_nearly_recovered_from_few_windows_but_not_without_the_network() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    simulate(folder, "--n-train 5000 --n-test 500");
    let with = distance(folder, "--start sym5");
    // The windows are white noise, which favours no wavelet.
    let without = distance(folder, "--start sym5 --gamma 0");
    assert!(with < 0.1 && without > 0.5, "{with} {without}");
}

#[test]
fn db5_is_recovered_from_every_start() {
    if !is_full() {
        return skipped("needs `cargo xtask test --full`");
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    simulate(folder, "");
    let noisy = (1..=5).map(|seed| format!("db5+0.3 --seed {seed}"));
    for start in ["sym5".to_owned(), "coif2".to_owned()].into_iter().chain(noisy) {
        let distance = distance(folder, &format!("--start {start}"));
        println!("{start}: {distance:.4}");
        assert!(distance <= 0.01, "{start}: {distance}");
    }
}
