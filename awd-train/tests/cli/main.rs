//! The command line as a user types it.
#![cfg(all(feature = "teacher", feature = "onnx", feature = "board"))]

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
mod binarize;
#[cfg(feature = "pictures")]
mod browser;
mod cme;
mod deployment;
#[cfg(unix)]
mod device;
mod distil;
#[cfg(unix)]
mod docs;
#[cfg(unix)]
mod doctor;
mod export;
#[cfg(unix)]
mod features;
#[cfg(unix)]
mod firmware;
#[cfg(unix)]
mod forms;
#[cfg(unix)]
mod help;
#[cfg(unix)]
mod hostile;
mod import;
#[cfg(unix)]
mod inspect;
#[cfg(unix)]
mod interrupt;
#[cfg(unix)]
mod manners;
mod maps;
mod network;
#[cfg(unix)]
mod next_steps;
mod no_number;
mod npz;
mod options;
#[cfg(unix)]
mod outputs;
#[cfg(unix)]
mod pages;
mod recovery;
mod report;
mod shared_data;
mod sign;
#[cfg(unix)]
mod statistics;
mod teach;
mod tree;
#[cfg(unix)]
mod workshop;

use common::paths::heartbeats;
use common::program::{awd, awd_with_input, json, stdout};
use serde_json::Value;

/// The row of this model in a table.
fn row<'v>(table: &'v Value, name: &str) -> &'v Value {
    table["rows"].as_array().unwrap().iter().find(|row| row["model"] == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn from_data_to_scores() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = heartbeats();
    let data = data.display();

    let taught = json(folder, &format!("teach {data} --arch cnn --out t.safetensors --json --quiet"));
    assert!(taught["train_score"].as_f64().unwrap() > 0.9, "{taught}");
    let cached = json(folder, &format!("attribute {data} --teacher t.safetensors --out g.npz --json"));
    assert_eq!(cached["shape"], serde_json::json!([500, 5, 140]));

    // Cached gradients and the teacher itself give the same model; `distill` is an alias of `distil`.
    let fixed = "--family orthogonal --taps 6 --levels 4 --gamma 0.01 --json --quiet";
    let distilled = json(folder, &format!("distil {data} --gradients g.npz --out a.awd {fixed}"));
    json(folder, &format!("distill {data} --teacher t.safetensors --out b.awd {fixed} --threads 1"));
    assert_eq!(std::fs::read(folder.join("a.awd")).unwrap(), std::fs::read(folder.join("b.awd")).unwrap());
    for key in ["reconstruction_error", "orthogonality_defect"] {
        assert!(distilled[key].as_f64().unwrap() <= 1e-10, "{key}: {distilled}");
    }
    for key in ["objective", "l1_coefficients", "l1_attributions", "seconds", "evaluations"] {
        assert!(distilled[key].as_f64().unwrap() > 0.0, "{key}: {distilled}");
    }

    let table = json(folder, &format!("evaluate a.awd {data} --teacher t.safetensors --json --quiet"));
    assert_eq!((&table["task"], &table["metric"]), (&"classification".into(), &"accuracy".into()));
    assert_eq!(table["n_test"], 4500);
    for name in ["awd", "teacher", "db5", "raw"] {
        let row = row(&table, name);
        let number = |key: &str| row[key].as_f64().unwrap_or_else(|| panic!("{name} has no {key}"));
        assert!(
            number("low") <= number("score") && number("score") <= number("high") && number("score") > 0.85,
            "{row}"
        );
        assert!(number("bytes") > number("parameters"), "{row}");
        let [low, high] = [0, 1].map(|end| row["intervals"]["balanced_accuracy"][end].as_f64().unwrap());
        assert!(low <= number("balanced_accuracy") && number("balanced_accuracy") <= high, "{row}");
    }
    // The model and its teacher are compared on the same bootstrap draws.
    let fidelity = |name: &str| table["fidelity"][name].as_f64().unwrap();
    assert!(fidelity("agreement") > 0.9 && fidelity("r2") > 0.7, "{}", table["fidelity"]);
    let difference = &table["against_teacher"];
    let number = |key: &str| difference[key].as_f64().unwrap();
    let scores = row(&table, "awd")["score"].as_f64().unwrap() - row(&table, "teacher")["score"].as_f64().unwrap();
    assert!(
        (number("difference") - scores).abs() < 1e-12 && number("low") <= scores && scores <= number("high"),
        "{difference}"
    );
    assert!((5e-4..=1.0).contains(&number("p")), "{difference}");

    let model = json(folder, "inspect a.awd --json");
    assert_eq!(model["bytes"], std::fs::metadata(folder.join("a.awd")).unwrap().len());
    assert_eq!(model["parameters"], row(&table, "awd")["parameters"]);
    assert_eq!((&model["family"], &model["boundary"]), (&"orthogonal".into(), &"zero".into()));
    assert_eq!((&model["window"], &model["levels"]), (&140.into(), &4.into()));
    let square: f64 = model["taps"].as_array().unwrap().iter().map(|tap| tap.as_f64().unwrap().powi(2)).sum();
    assert!((square - 1.0).abs() < 1e-6 && model["taps"].as_array().unwrap().len() == 6, "{model}");
    assert!(model["max_abs_step"].as_f64().unwrap() <= 2.0);
    let provenance = &model["provenance"];
    assert_eq!((&provenance["seed"], &provenance["products"]), (&1.into(), &false.into()));
    assert!((provenance["gamma"].as_f64().unwrap() - 0.01).abs() < 1e-8, "{provenance}");
    assert!(["data", "attributions"].iter().all(|key| provenance[key].as_str().unwrap().len() == 16), "{provenance}");
    for key in ["schema", "lifting", "features", "readout"] {
        assert!(!model[key].is_null(), "{key}");
    }

    let distances = ["db3", "haar"]
        .map(|name| json(folder, &format!("inspect a.awd --distance-to {name} --json"))["distance"].as_f64().unwrap());
    assert!(distances.iter().all(|&d| d > 0.0 && d < 8.0) && distances[0] != distances[1], "{distances:?}");
    let mut same = json(folder, "inspect a.awd --distance-to db3 --json");
    same.as_object_mut().unwrap().remove("distance");
    assert_eq!(same, model);

    // One line per window: the class, then the probability of each class.
    let lines = stdout(folder, &format!("score a.awd {data} --limit 3"));
    assert_eq!(lines.lines().count(), 3);
    for line in lines.lines() {
        let numbers: Vec<f64> = line.split('\t').map(|word| word.parse().unwrap()).collect();
        let total: f64 = numbers[1..].iter().sum();
        assert!(numbers.len() == 6 && (total - 1.0).abs() < 1e-5, "{line}");
    }
}

#[test]
fn attributions_of_every_method_can_be_distilled() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    npz::bumps(&folder.join("d.npz"));
    json(folder, "teach d.npz --arch cnn --out t --json --quiet");
    let l1: Vec<f64> = ["saliency", "input-x-gradient", "integrated-gradients", "gradient-shap"]
        .iter()
        .map(|method| {
            let cached =
                json(folder, &format!("attribute d.npz --teacher t --method {method} --steps 8 --out g.npz --json"));
            assert_eq!(
                (&cached["shape"], &cached["displacements"]),
                (&[80, 1, 24].into(), &(*method != "saliency").into())
            );
            // Integrated gradients should sum to the change of the output; by how much they do not is reported.
            let incompleteness = cached["incompleteness"].as_f64();
            assert_eq!(incompleteness.is_some(), *method == "integrated-gradients", "{cached}");
            assert!(incompleteness.is_none_or(|incompleteness| incompleteness < 0.05), "{cached}");
            let words = "distil d.npz --gradients g.npz --taps 4 --levels 2 --out m.awd --json --quiet";
            json(folder, words)["l1_attributions"].as_f64().unwrap()
        })
        .collect();
    assert!(l1.iter().enumerate().all(|(i, a)| *a > 0.0 && !l1[..i].contains(a)), "{l1:?}");
}

#[test]
fn a_symmetric_wavelet_is_symmetric_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    npz::bumps(&folder.join("d.npz"));
    let distilled = json(folder, "distil d.npz --family symmetric --taps 10 --levels 2 --gamma 0 --out m.awd --json");
    assert_eq!(distilled["family"], "symmetric");
    for key in ["reconstruction_error", "orthogonality_defect"] {
        assert!(distilled[key].as_f64().unwrap() <= 1e-10, "{key}: {distilled}");
    }
    let model = json(folder, "inspect m.awd --json");
    assert_eq!((&model["family"], &model["levels"]), (&"symmetric".into(), &2.into()));
    let taps: Vec<f64> = model["taps"].as_array().unwrap().iter().map(|tap| tap.as_f64().unwrap()).collect();
    assert!(taps.len() == 10 && taps[0].abs() < 1e-6 && taps[5] > 0.5, "{taps:?}");
    assert!((1..10).all(|i| (taps[i] - taps[10 - i]).abs() < 1e-6), "{taps:?}");
    // The search moved away from both of its starts.
    let steps: Vec<f64> =
        model["lifting"].as_array().unwrap().iter().map(|step| step["taps"][0].as_f64().unwrap()).collect();
    assert!([-0.5, -1.586].iter().all(|start| (steps[0] - start).abs() > 1e-3), "{steps:?}");
}

#[test]
fn standard_input_is_scored_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    npz::bumps(&folder.join("d.npz"));
    let distilled = json(folder, "distil d.npz --taps 4 --levels 2 --gamma 0 --out m.awd --json");
    assert!(distilled["validated"].as_f64().unwrap() > 0.5, "{distilled}");
    let score = |input: &str| awd_with_input(folder, "score m.awd -", input);
    let window = ["0.5"; 24].join(",");
    let scored = score(&format!("{window}\n{}\n", window.replace(',', " ")));
    let lines: Vec<f32> = String::from_utf8(scored.stdout).unwrap().lines().map(|line| line.parse().unwrap()).collect();
    assert!(lines.len() == 2 && lines[0] == lines[1], "{lines:?}");
    let refused = score(&format!("{window}\n1 2 nan\n"));
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&refused.stderr), "awd: stdin: line 2: finite numbers; it has nan\n");
}
