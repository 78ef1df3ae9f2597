//! Networks in ONNX files, and their cached attributions.

use crate::common::npz::array;
use crate::common::paths::onnx;
use crate::common::refusal::refused;
use crate::npz::Npz;
use crate::{awd, json, row};
use std::path::Path;

/// A copy of tests/onnx: networks and their data sets.
fn networks() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(onnx("")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    folder
}

#[test]
fn a_network_as_onnx_is_distilled_and_evaluated() {
    let folder = networks();
    let folder = folder.path();
    let [values, classes] = ["values.npz", "classes.npz"];
    for (name, data, score) in [
        ("mlp", values, 0.85),
        ("strided", values, 0.9),
        ("gru", values, 0.9),
        ("lstm", values, 0.9),
        ("pooled", classes, 0.9),
        ("probabilities", classes, 0.9),
    ] {
        let words = format!("distil {data} --onnx {name}.onnx --levels 2 --gamma 0.1 --out m.awd --json --quiet");
        let distilled = json(folder, &words);
        assert!(distilled["l1_attributions"].as_f64().unwrap() > 0.0, "{distilled}");
        let table = json(folder, &format!("evaluate m.awd {data} --onnx {name}.onnx --json --quiet"));
        for model in ["awd", "teacher"] {
            assert!(row(&table, model)["score"].as_f64().unwrap() > score, "{name}: {table}");
        }
        assert!(row(&table, "teacher")["parameters"].as_u64().unwrap() > 200, "{table}");
    }
}

#[test]
fn a_network_that_cannot_be_distilled_is_refused() {
    let folder = networks();
    let folder = folder.path();
    let distil = |words: &str, parts: &[&str]| refused(folder, &format!("distil {words} --out m.awd --quiet"), parts);
    distil("values.npz --onnx trees.onnx", &["trees.onnx", "TreeEnsembleRegressor", "export_gradients"]);
    distil("values.npz --onnx none.onnx", &["none.onnx", "No such file"]);
    distil("values.npz --onnx pooled.onnx", &["pooled.onnx", "1, because y_train has values", "3"]);
    distil("classes.npz --onnx gru.onnx", &["gru.onnx", "3, one per class of y_train", "1"]);
    let other = Npz::new(&folder.join("d.npz")).with("x_train", &[2, 8], (0..16_u8).map(f32::from));
    let other = other.with("y_train", &[2], [0.0_f32, 1.0]).with("x_test", &[2, 8], (0..16_u8).map(f32::from));
    other.with("y_test", &[2], [0.0_f32, 1.0]).finish();
    distil("d.npz --onnx mlp.onnx", &["mlp.onnx", "windows of 8 samples", "24"]);
    std::fs::copy(folder.join("mlp.onnx"), folder.join("mlp.pb")).unwrap();
    distil("values.npz --onnx mlp.pb", &["mlp.pb"]);
    assert_eq!(awd(folder, "distil values.npz --onnx mlp.onnx --teacher t --out m.awd").status.code(), Some(2));
    refused(folder, "attribute values.npz --out g.npz", &["--teacher or --onnx"]);
}

#[test]
fn cached_attributions_must_be_of_the_network_that_is_named() {
    let folder = networks();
    let folder = folder.path();
    let attribute = |words: &str| json(folder, &format!("attribute values.npz --out g.npz --json --quiet {words}"));
    let cached = attribute("--onnx gru.onnx");
    assert_eq!(cached["shape"], serde_json::json!([240, 1, 24]));
    let [median, q99] = ["median", "q99"].map(|key| cached["step_error"][key].as_f64().unwrap());
    assert!(0.0 < median && median < q99 && q99 < 0.01, "{cached}");

    let fixed = "distil values.npz --taps 4 --levels 2 --gamma 0.1 --out m.awd --quiet --gradients";
    json(folder, &format!("{fixed} g.npz --onnx gru.onnx --json"));
    let parts = ["g.npz", "teacher_hash", "this network"];
    refused(folder, &format!("{fixed} g.npz --onnx lstm.onnx"), &parts);
    let unhashed =
        Npz::new(&folder.join("h.npz")).with("gradient_train", &[240, 1, 24], gradients(&folder.join("g.npz")));
    unhashed.with("teacher_hash", &[1], [1.0_f64]).finish();
    let parts = ["h.npz", "teacher_hash", "an integer", "floats"];
    refused(folder, &format!("{fixed} h.npz --onnx gru.onnx"), &parts);
    // If the file does not name its network, the gradients are compared with those of the given network.
    let write_scaled = |scale: f32| {
        let gradients = gradients(&folder.join("g.npz")).into_iter().map(move |g| scale * g);
        Npz::new(&folder.join("h.npz")).with("gradient_train", &[240, 1, 24], gradients).finish();
    };
    write_scaled(1.0);
    json(folder, &format!("{fixed} h.npz --onnx gru.onnx --json"));
    write_scaled(0.5);
    let output = awd(folder, &format!("{fixed} h.npz --onnx gru.onnx"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && stderr.contains("but its gradient predicts"), "{stderr}");
}

fn gradients(path: &Path) -> Vec<f32> {
    array(path, "gradient_train")
}

#[test]
fn an_output_and_a_baseline_can_be_chosen() {
    let folder = networks();
    let folder = folder.path();
    let attribute = |words: &str| {
        json(folder, &format!("attribute classes.npz --onnx probabilities.onnx --out g.npz --json --quiet {words}"));
        gradients(&folder.join("g.npz"))
    };
    let all = attribute("");
    let second = attribute("--output 1");
    assert_eq!(second.len(), 240 * 24);
    assert!((0..240).all(|i| second[24 * i..24 * (i + 1)] == all[24 * (3 * i + 1)..24 * (3 * i + 2)]));
    let zeros = |name: &str, n: u64| {
        Npz::new(&folder.join(name)).with("x", &[2, n], vec![0_f32; 2 * usize::try_from(n).unwrap()]).finish();
    };
    zeros("zeros.npz", 24);
    zeros("short.npz", 23);
    let path = "--method integrated-gradients --steps 4 --baseline";
    assert_eq!(attribute(&format!("{path} zeros.npz")), attribute(&format!("{path} zero")));
    assert_ne!(attribute(&format!("{path} mean")), attribute(&format!("{path} zero")));
    let words = "attribute classes.npz --onnx probabilities.onnx --out h.npz";
    refused(folder, &format!("{words} {path} short.npz"), &["short.npz", "24 samples", "23"]);
    refused(folder, &format!("{words} {path} none.npz"), &["none.npz"]);
    refused(folder, &format!("{words} --output 3"), &["output", "below 3", "asked for 3"]);
}
