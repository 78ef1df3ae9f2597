//! `awd binarize` makes two classes of many.

use crate::common::refusal::refused;
use crate::{heartbeats, json, row};

#[test]
fn ten_parameters_tell_normal_heartbeats_from_others() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = heartbeats();
    let data = data.display();
    let counts = json(folder, &format!("binarize {data} --positive 0 --out two.npz --json"));
    assert_eq!(counts["train"], serde_json::json!([208, 292]));
    let small =
        json(folder, "distil two.npz --gamma 0 --levels 5 --max-parameters 10 --bare --out m.awd --json --quiet");
    assert!(small["parameters"].as_u64().unwrap() <= 10 && small["bytes"].as_u64().unwrap() <= 128, "{small}");
    let table = json(folder, "evaluate m.awd two.npz --json --quiet");
    assert!(row(&table, "awd")["auroc"].as_f64().unwrap() > 0.97, "{table}");

    // With all other classes as positive, the two classes are swapped.
    let counts = json(folder, &format!("binarize {data} --positive 1,2,3,4 --out other.npz --json"));
    assert_eq!(counts["train"], serde_json::json!([292, 208]));
    for (classes, bound) in [("0,1,2,3,4", "y_train"), ("5", "asked for 5")] {
        refused(folder, &format!("binarize {data} --positive {classes} --out none.npz"), &[bound]);
    }
}
