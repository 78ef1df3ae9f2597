//! What `distil` tries, and what it chooses.

use crate::npz::{Npz, bumps};
use crate::{json, stdout};
use std::collections::HashMap;

/// The rows of a .csv by the names of its columns.
fn rows(text: &str) -> Vec<HashMap<&str, &str>> {
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let row = |line: Vec<_>| {
        assert_eq!(line.len(), names.len(), "{line:?}");
        names.iter().copied().zip(line).collect()
    };
    lines.map(row).collect()
}

#[test]
fn the_table_of_trials_has_everything_that_was_tried() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    let words = "distil d.npz --gamma 0 --lambda 1e-3,2e-3 --levels 2 --trials p.csv --out m.awd --json --quiet";
    let found = json(folder, words);
    let text = std::fs::read_to_string(folder.join("p.csv")).unwrap();
    let rows = rows(&text);
    // Learned: 4 and 6 taps, each with both weights, and the Haar wavelet beside it. Fixed: seven, one of them Haar's.
    let (learned, fixed): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row["wavelet"] == "learned");
    assert_eq!((learned.len(), fixed.len()), (4, 7), "{text}");
    assert!(rows.iter().all(|row| row["beside"] == if row["wavelet"] == "haar" { "0" } else { "1" }));
    let number = |row: &HashMap<&str, &str>, name: &str| row[name].parse::<f64>().unwrap();
    for row in learned {
        assert!((number(row, "objective") / number(row, "lambda") / number(row, "l1_coefficients") - 1.0).abs() < 1e-9);
    }
    for row in fixed {
        assert!(number(row, "lambda") == 0.0 && number(row, "gamma") == 0.0 && number(row, "l1_coefficients") > 0.0);
    }
    for row in &rows {
        assert!(number(row, "parameters") <= 41.0 && number(row, "standard_error") >= 0.0, "{row:?}");
    }
    let chosen: Vec<_> = rows.iter().filter(|row| row["chosen"] == "1").collect();
    let [chosen] = chosen[..] else { panic!("one is chosen: {text}") };
    assert_eq!(found["taps"].as_array().unwrap().len().to_string(), chosen["taps"]);
    assert_eq!(
        (found["family"].as_str().unwrap(), found["levels"].to_string().as_str()),
        (chosen["family"], chosen["levels"])
    );
    assert_eq!(found["wavelet"], chosen["wavelet"]);
    assert!(rows.iter().all(|row| number(row, "loss") >= number(chosen, "loss")), "{text}");
}

#[test]
fn each_level_may_have_a_wavelet_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    let distil = "distil d.npz --family orthogonal --taps 4 --levels 3 --gamma 0 --json --quiet";
    let shared = json(folder, &format!("{distil} --out one.awd"));
    let per_level = json(folder, &format!("{distil} --each-level --out each.awd"));
    let objective = |found: &serde_json::Value| found["objective"].as_f64().unwrap();
    assert!(objective(&per_level) < 0.999 * objective(&shared), "{per_level} {shared}");
    assert!(
        per_level["orthogonality_defect"].as_f64().unwrap() < 1e-12
            && per_level["reconstruction_error"].as_f64().unwrap() < 1e-12
    );

    let inspected = json(folder, "inspect each.awd --json");
    assert_eq!((&inspected["schema"], inspected["deeper"].as_array().unwrap().len()), (&"1.0".into(), 2));
    for (level, taps) in [(0, &per_level["deeper"][0]), (1, &per_level["deeper"][1])] {
        let read = &inspected["deeper"][level]["taps"];
        let differences = read.as_array().unwrap().iter().zip(taps.as_array().unwrap());
        let max_difference =
            differences.map(|(a, b)| (a.as_f64().unwrap() - b.as_f64().unwrap()).abs()).fold(0.0, f64::max);
        assert!(max_difference < 1e-6 && *taps != per_level["taps"], "{read} {taps}");
    }
    assert!(json(folder, "inspect one.awd --json")["deeper"].as_array().unwrap().is_empty());
    let scores = stdout(folder, "score each.awd d.npz");
    assert_eq!(scores.lines().count(), 40);
}

#[test]
fn a_wavelet_that_sees_the_targets_is_marked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // White noise whose values depend on db5: only the targets carry that information.
    json(folder, "simulate recovery --n-train 500 --n-test 50 --out d.npz --json");
    let distil = "distil d.npz --family orthogonal --taps 6 --levels 3 --gamma 0 --json --quiet";
    let without = json(folder, &format!("{distil} --out without.awd"));
    let with = json(folder, &format!("{distil} --supervised 2 --out with.awd"));
    let number = |found: &serde_json::Value, key: &str| found[key].as_f64().unwrap();
    assert_eq!((number(&without, "supervised"), number(&with, "supervised")), (0.0, 2.0));
    // Supervision makes the objective worse.
    assert!(number(&with, "objective") > number(&without, "objective"), "{with} {without}");
    assert!(number(&with, "orthogonality_defect") < 1e-12);
    let supervised =
        |model: &str| number(&json(folder, &format!("inspect {model} --json"))["provenance"], "supervised");
    assert_eq!((supervised("without.awd"), supervised("with.awd")), (0.0, 2.0));
}

/// Other test labels change the score, but not a byte of the teacher and the model.
#[test]
fn nothing_is_chosen_on_the_test_split() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let distilled = |flipped: bool| {
        let x = |n: u64| (0..n * 24).map(|j| ((j * j + j / 24 * 7) % 31) as f32 / 10.0 - 1.5);
        let label = |i: i64| i64::from(i * i % 7 < 3);
        let data = Npz::new(&folder.join("d.npz")).with("x_train", &[160, 24], x(160));
        let data = data.with("y_train", &[160], (0..160).map(label)).with("x_test", &[40, 24], x(40));
        data.with("y_test", &[40], (0..40).map(|i| if flipped { 1 - label(i) } else { label(i) })).finish();
        json(folder, "teach d.npz --arch mlp --out t --json --quiet");
        json(folder, "distil d.npz --teacher t --out m.awd --quiet --json");
        let files = ["t", "m.awd"].map(|file| std::fs::read(folder.join(file)).unwrap());
        (files, json(folder, "evaluate m.awd d.npz --json --quiet")["rows"][0]["score"].as_f64().unwrap())
    };
    let (original, flipped) = (distilled(false), distilled(true));
    assert!(original.0 == flipped.0 && original.1 != flipped.1);
}
