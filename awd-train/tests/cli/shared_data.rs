//! The complete workflow on the data sets of `shared/data`, with default options. It takes minutes, so it needs
//! `--full`.

use crate::{json, row};
use std::io::Write;
use std::path::Path;

fn complete_workflow(set: &str, arch: &str) {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(set);
    if std::env::var_os("AWD_FULL").is_none() || !data.is_file() {
        // Writes to stderr directly: output of the print macros is hidden when a test passes.
        let why = format!("SKIPPED, NOT PASSED: needs `cargo xtask test --full` and ../shared/data/{set}\n");
        std::io::stderr().write_all(why.as_bytes()).unwrap();
        return;
    }
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
