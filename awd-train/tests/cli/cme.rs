//! Simulated endocytosis: which pits become vesicles?

use crate::{awd, json, row};

#[test]
fn pits_are_told_apart_without_a_download() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(json(folder, "simulate cme --out d.npz --json")["n_train"], 4000);
    json(folder, "distil d.npz --taps 4 --levels 4 --gamma 0 --numbers 20 --out m.awd --json --quiet");
    let table = json(folder, "evaluate m.awd d.npz --json --quiet");
    let of = |model: &str, key: &str| row(&table, model)[key].as_f64().unwrap();
    assert!(of("awd", "auroc") > 0.95 && of("awd", "auroc") > of("raw", "auroc"), "{table}");
    assert!(of("awd", "parameters") <= 20.0 && of("awd", "average_precision") > 0.9, "{table}");
    // Intervals draw whole movies.
    assert_eq!(table["groups_test"], 40);

    // A movie is a group: so many as there are windows.
    json(folder, "simulate cme --n-train 150 --n-test 20 --out e.npz --json");
    let refused = awd(folder, "distil e.npz --gamma 0 --out m.awd --groups auxilin_train");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("150 entries"));
}
