//! Warnings about misleading statistics: groups in both splits, intervals of a few groups, one class for all windows,
//! outputs that are not finite.

use crate::common::paths::shared;
use crate::common::refusal::refused;
use crate::npz::{Npz, noise};
use crate::{awd, json, stdout};
use std::path::Path;

/// Noise windows of two classes that differ a little, with the given groups.
fn grouped(path: &Path, train: impl Fn(i64) -> i64, test: impl Fn(i64) -> i64) {
    let x = |from: u64| (16 * from..16 * (from + 60)).map(move |j| noise(j) + f32::from(u8::from(j / 16 % 2 == 0)));
    let y = || (0..60).map(|i| i64::from(i % 2 == 0));
    Npz::new(path)
        .with("x_train", &[60, 16], x(0))
        .with("y_train", &[60], y())
        .with("x_test", &[60, 16], x(60))
        .with("y_test", &[60], y())
        .with("group_train", &[60], (0..60).map(train))
        .with("group_test", &[60], (0..60).map(test))
        .finish();
}

const DISTIL: &str = "--gamma 0 --taps 2 --levels 2 --max-parameters 8 --quiet --out m.awd";

#[test]
fn a_group_in_both_splits_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Groups 0 to 11 are in the training split, 10 to 21 in the test split.
    grouped(&folder.join("d.npz"), |i| i / 5, |i| 10 + i / 5);
    let named = "Groups 10, 11 are in both splits";
    for words in [format!("distil d.npz {DISTIL}"), "teach d.npz --arch mlp --quiet --out t".into()] {
        let output = awd(folder, &words);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stderr.contains("d.npz") && stderr.contains(named), "{words}: {stderr}");
    }
    let table = json(folder, "evaluate m.awd d.npz --json --quiet");
    assert!(table["notes"][0].as_str().unwrap().starts_with(named), "{table}");
    assert!(table["rows"][0]["low"].is_f64(), "{table}");
    let words = stdout(folder, "evaluate m.awd d.npz --quiet");
    assert!(words.contains(named), "{words}");
    #[cfg(feature = "pictures")]
    {
        assert!(awd(folder, "report m.awd d.npz --quiet --out r.html").status.success());
        assert!(std::fs::read_to_string(folder.join("r.html")).unwrap().contains(named));
    }
    // The same for a .csv table, whose groups have names.
    let line = |split: &str, group: &str, i: usize| format!("{},{},{},{split},{group}\n", i % 3, i * i % 7, i / 2 % 2);
    let lines: String =
        (0..20).map(|i| line("train", ["ann", "bob"][i % 2], i) + &line("test", "bob", i + 1)).collect();
    std::fs::write(folder.join("d.csv"), format!("x0,x1,y,split,group\n{lines}")).unwrap();
    let stderr =
        awd(folder, "distil d.csv --gamma 0 --taps 2 --levels 1 --max-parameters 8 --quiet --out c.awd").stderr;
    let stderr = String::from_utf8(stderr).unwrap();
    assert!(stderr.contains("Group bob is in both splits"), "{stderr}");
}

#[test]
fn fewer_than_five_groups_have_a_note_instead_of_intervals() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    grouped(&folder.join("d.npz"), |i| i / 5, |i| 100 + i % 5);
    assert!(awd(folder, &format!("distil d.npz {DISTIL}")).status.success());
    let five = json(folder, "evaluate m.awd d.npz --json --quiet");
    assert!(five["rows"][0]["low"].is_f64() && five["notes"] == serde_json::json!([]), "{five}");
    for groups in [4, 1] {
        grouped(&folder.join("d.npz"), |i| i / 5, |i| 100 + i % groups);
        let table = json(folder, "evaluate m.awd d.npz --json --quiet");
        assert_eq!(table["groups_test"], groups);
        for row in table["rows"].as_array().unwrap() {
            assert!(
                row["low"].is_null() && row["high"].is_null() && row["intervals"] == serde_json::json!({}),
                "{row}"
            );
            assert!(row["score"].is_f64(), "{row}");
        }
        assert!(table["notes"][0].as_str().unwrap().starts_with("There are no intervals"), "{table}");
        let words = stdout(folder, "evaluate m.awd d.npz --quiet");
        assert!(words.contains("5 groups are needed") && !words.contains(".."), "{words}");
        #[cfg(feature = "pictures")]
        assert!(awd(folder, "report m.awd d.npz --quiet --out r.html").status.success());
    }
}

/// Misleading files, each with the error or note that it must cause.
#[test]
fn misleading_shared_files() {
    let Some(shared) = shared("cases/90-hostile") else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = |name: &str| shared.join(name).display().to_string();
    let refused = |words: &str, parts: &[&str]| refused(folder, words, parts);
    // A teacher whose outputs are not finite is refused by every verb that uses it.
    let (small, teacher) = (file("small.npz"), file("nan.safetensors"));
    std::fs::copy(file("small.npz"), folder.join("small.npz")).unwrap();
    let distil_small = format!("distil small.npz {DISTIL}");
    assert!(awd(folder, &distil_small).status.success());
    for words in [
        format!("evaluate m.awd {small} --teacher {teacher} --quiet"),
        format!("distil {small} --teacher {teacher} --quiet --out n.awd"),
        format!("attribute {small} --teacher {teacher} --quiet --out g.npz"),
    ] {
        refused(&words, &["weights: finite weights", "is NaN"]);
    }
    refused(&format!("distil {} --gamma 0 --out n.awd", file("units_1e30.npz")), &["x_train", "1e15", "larger unit"]);
    assert!(!folder.join("n.awd").exists() && !folder.join("g.npz").exists());
    // Two notes: the one group is in both splits, and one group gives no intervals.
    let both = file("group_in_both_splits.npz");
    let stderr = String::from_utf8(awd(folder, &format!("distil {both} {DISTIL}")).stderr).unwrap();
    assert!(stderr.contains("Group 0 is in both splits"), "{stderr}");
    let table = json(folder, &format!("evaluate m.awd {both} --json --quiet"));
    assert!(table["rows"][0]["low"].is_null() && table["notes"].as_array().unwrap().len() == 2, "{table}");
    // Models in draft versions of the format.
    for model in ["always_normal.awd", "small.awd"] {
        refused(
            &format!("evaluate {} {small} --quiet", file(model)),
            &["version: 1.x; the file has 2.0", "distil the model again"],
        );
    }
    // A valid model with changed biases. Only its decisions, which are all the same, reveal the change.
    assert!(awd(folder, &distil_small).status.success());
    let table = json(folder, &format!("evaluate m.awd {small} --json --quiet"));
    assert_eq!((&table["notes"], &table["rows"][0]["score"]), (&serde_json::json!([]), &1.0.into()));
    let model = awd_train::file::read_model(&folder.join("m.awd")).unwrap();
    let mut spec = model.spec().clone();
    spec.readout.bias.iter_mut().for_each(|bias| *bias = -1e6);
    awd_train::file::write_model(&folder.join("m.awd"), &awd_train::Model::new(spec).unwrap()).unwrap();
    let table = json(folder, &format!("evaluate m.awd {small} --json --quiet"));
    assert_eq!(table["notes"], serde_json::json!(["awd predicts class 0 for every test window."]));
}
