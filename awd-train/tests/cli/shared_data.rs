//! The complete workflow on the data sets of `shared/data`, with default options. It takes minutes, so it needs
//! `--full`.

use crate::common::paths::shared;
use crate::common::skip::{is_full, skipped};
use crate::{json, row};

fn complete_workflow(set: &str, arch: &str) {
    if !is_full() {
        return skipped("needs `cargo xtask test --full`");
    }
    let Some(data) = shared(&format!("data/{set}")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = data.display();
    json(folder, &format!("teach {data} --arch {arch} --out t --json --quiet"));
    let distilled = json(folder, &format!("distil {data} --teacher t --out m.awd --json --quiet"));
    for key in ["reconstruction_error", "orthogonality_defect"] {
        assert!(distilled[key].as_f64().unwrap() <= 1e-10, "{key}: {distilled}");
    }
    let table = json(folder, &format!("evaluate m.awd {data} --teacher t --json --quiet"));
    println!("{set}: {table}");
    // On both sets, the linear fit to the samples (`raw`) has the lowest score, and is still better than the mean.
    let score = |name: &str| row(&table, name)["score"].as_f64().unwrap();
    let raw = score("raw");
    assert!(raw > 0.0 && ["awd", "teacher", "db5"].iter().all(|name| score(name) > raw), "{table}");
    assert!(row(&table, "awd")["parameters"].as_u64().unwrap() <= 41, "{table}");
}

#[test]
fn tracks_of_yeast() {
    complete_workflow("cme_yeast.npz", "lstm");
}

#[test]
fn synthetic_tracks() {
    complete_workflow("cme_synthetic.npz", "cnn");
}
