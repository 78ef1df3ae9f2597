//! How a model is deployed: its threshold, its arithmetic and its size.

use crate::npz::{bumps, faint_bumps};
use crate::{json, row, stdout};

#[test]
fn a_threshold_changes_decisions_but_not_probabilities() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    faint_bumps(&folder.join("d.npz"));
    let distil = "distil d.npz --taps 4 --levels 2 --gamma 0 --quiet --json --out";
    json(folder, &format!("{distil} half.awd"));
    json(folder, &format!("{distil} fifth.awd --threshold 0.2"));
    assert!(json(folder, "inspect half.awd --json")["threshold"].is_null());
    let threshold = json(folder, "inspect fifth.awd --json")["threshold"].as_f64().unwrap();
    assert!((threshold - 0.25_f64.ln()).abs() < 1e-6, "{threshold}");

    let scored = |model: &str| -> Vec<(String, f64)> {
        let lines = stdout(folder, &format!("score {model} d.npz"));
        let words = lines.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        words.map(|words| (words[0].to_string(), words[2].parse().unwrap())).collect()
    };
    let (half, fifth) = (scored("half.awd"), scored("fifth.awd"));
    assert!(half.iter().zip(&fifth).all(|(a, b)| a.1 == b.1));
    let decided = |scored: &[(String, f64)], above: f64| {
        scored.iter().all(|(class, p)| *class == u8::from(*p > above).to_string())
    };
    assert!(decided(&half, 0.5) && decided(&fifth, 0.2) && half != fifth);

    // `evaluate` scores the decisions.
    let table = |model: &str| json(folder, &format!("evaluate {model} d.npz --json --quiet"));
    let (half, fifth) = (table("half.awd"), table("fifth.awd"));
    let number = |table, key: &str| row(table, "awd")[key].as_f64().unwrap();
    for same in ["auroc", "log_loss"] {
        assert_eq!(number(&half, same), number(&fifth, same), "{same}");
    }
    assert!(number(&half, "score") > number(&fifth, "score") && number(&half, "auroc") > 0.7, "{half} {fifth}");
}

#[test]
fn a_model_in_fixed_point_scores_nearly_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    for (scalar, rows) in [("float", 3), ("fixed", 4)] {
        json(folder, &format!("distil d.npz --taps 4 --levels 2 --gamma 0 --arithmetic {scalar} --out m.awd --json"));
        let table = json(folder, "evaluate m.awd d.npz --json --quiet");
        assert_eq!(table["rows"].as_array().unwrap().len(), rows, "{table}");
        if scalar == "fixed" {
            let [float, fixed] = ["awd", "awd-fixed"].map(|name| row(&table, name)["score"].as_f64().unwrap());
            assert!(float != fixed && (float - fixed).abs() < 1e-3, "{table}");
            let unit = json(folder, "inspect m.awd --json")["scalar"]["fixed"]["unit"].as_f64().unwrap();
            // 16 bits hold bumps of height 1, with headroom for the gain of the transform.
            assert!((-15.0..=-12.0).contains(&unit.log2().round()), "{unit}");
        }
    }
}

#[test]
fn ten_parameters_fit_in_a_file_of_128_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    let distil = "distil d.npz --levels 2 --gamma 0 --max-parameters 10 --json --quiet --out";
    let full = json(folder, &format!("{distil} whole.awd"));
    let bare = json(folder, &format!("{distil} bare.awd --bare"));
    assert!(bare["parameters"].as_u64().unwrap() <= 10 && bare["bytes"].as_u64().unwrap() <= 128, "{bare}");
    assert_eq!((&bare["parameters"], &bare["validated"]), (&full["parameters"], &full["validated"]));
    let inspected = json(folder, "inspect bare.awd --json");
    assert!(inspected["health"].is_null() && inspected["provenance"].is_null(), "{inspected}");
    let scores = |model: &str| stdout(folder, &format!("score {model} d.npz"));
    assert_eq!(scores("whole.awd"), scores("bare.awd"));
}
