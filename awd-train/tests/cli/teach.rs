//! `awd teach`.

use crate::common::process::until;
use crate::common::program::command;
use crate::common::refusal::refused;
use crate::npz::Npz;
use crate::workshop::Workshop;
use crate::{heartbeats, json, row};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

#[test]
fn an_interrupted_training_resumes_to_the_same_weights() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = heartbeats();
    let words = |out: &str| format!("teach {} --arch cnn --out {out} --json --quiet --threads 1", data.display());
    let mut child = command(folder, &words("t")).stdout(Stdio::null()).spawn().unwrap();
    let part = folder.join("t.part");
    until(Duration::from_secs(120), "no state was kept", || part.is_file());
    // The program cannot catch this signal, unlike that of Ctrl-C.
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(part.is_file() && !folder.join("t").exists());
    let state = std::fs::read(&part).unwrap();

    let resumed = json(folder, &words("t"));
    assert!(!part.exists());
    let uninterrupted = json(folder, &words("whole"));
    assert_eq!(resumed["validation_score"], uninterrupted["validation_score"]);
    let weights = |name: &str| std::fs::read(folder.join(name)).unwrap();
    assert!(weights("t") == weights("whole"));

    // The state of another seed is ignored, and so is a damaged state.
    std::fs::write(folder.join("other.part"), &state).unwrap();
    json(folder, &(words("other") + " --seed 2"));
    assert!(weights("other") != weights("whole"));
    std::fs::write(folder.join("damaged.part"), &state[..state.len() / 2]).unwrap();
    json(folder, &words("damaged"));
    assert!(weights("damaged") == weights("whole"));
}

/// Images of 6×8 with one bright pixel, whose row is the target.
fn spots(path: &Path) {
    let row = |i: usize| i * 5 % 6;
    let sample =
        |i: usize, r: usize, c: usize| if (r, c) == (row(i), i % 8) { 1.0 } else { (i * r * c % 7) as f32 / 20.0 };
    let pixels = |n: usize| (0..n).flat_map(move |i| (0..48).map(move |k| sample(i, k / 8, k % 8)));
    let rows = |n: usize| (0..n).map(move |i| row(i) as f32 + 0.5);
    let npz = Npz::new(path).with("x_train", &[96, 6, 8], pixels(96)).with("y_train", &[96], rows(96));
    npz.with("x_test", &[32, 6, 8], pixels(32)).with("y_test", &[32], rows(32)).finish();
}

#[test]
fn images_need_a_network_that_takes_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    spots(&folder.join("d.npz"));
    for arch in ["resnet", "mlp"] {
        let taught = json(folder, &format!("teach d.npz --arch {arch} --out t --json --quiet"));
        assert!(taught["validation_score"].as_f64().unwrap() > 0.8, "{arch}: {taught}");
        let cached = json(folder, "attribute d.npz --teacher t --out g.npz --json");
        assert_eq!(cached["shape"], serde_json::json!([96, 1, 48]), "{arch}");
    }
    json(folder, "distil d.npz --teacher t --gradients g.npz --taps 2 --out m.awd --json --quiet");
    let table = json(folder, "evaluate m.awd d.npz --teacher t --json --quiet");
    assert!(table["metric"] == "rmse" && row(&table, "teacher")["r2"].as_f64().unwrap() > 0.8, "{table}");
    refused(folder, "teach d.npz --arch lstm --out u", &["d.npz: x_train: signals"]);
}

#[test]
fn a_teacher_whose_weights_are_not_numbers_is_refused() {
    let workshop = Workshop::new();
    let path = workshop.path().join("teacher.safetensors");
    let good = std::fs::read(&path).unwrap();
    let header = u64::from_le_bytes(good[..8].try_into().unwrap());
    let start = 8 + usize::try_from(header).unwrap();
    for (entry, value) in [(0, f32::NAN), (3, f32::INFINITY), ((good.len() - start) / 4 - 1, f32::NEG_INFINITY)] {
        let mut bad = good.clone();
        bad[start + 4 * entry..][..4].copy_from_slice(&value.to_le_bytes());
        std::fs::write(&path, bad).unwrap();
        for words in [
            "distil my.npz --teacher teacher.safetensors --out m.awd",
            "evaluate my.awd my.npz --teacher teacher.safetensors",
        ] {
            let parts = ["teacher.safetensors", "finite weights", "entry ", &format!("is {value}"), "awd teach"];
            let line = refused(workshop.path(), words, &parts);
            // The name of a layer's array, as in the header of the file.
            let name = line.split(" of ").nth(1).and_then(|rest| rest.split(" is ").next()).unwrap();
            assert!(String::from_utf8_lossy(&good[8..start]).contains(&format!("{name:?}")), "{line}");
        }
    }
}
