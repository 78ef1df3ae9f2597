//! What `inspect` prints for people and for programs.

use crate::npz::bumps;
use crate::{awd, json};

#[test]
fn the_text_has_a_table_of_features_and_the_json_has_fields() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    let distilled =
        json(folder, "distil d.npz --gamma 0 --taps 4 --levels 2 --max-parameters 12 --out m.awd --json --quiet");
    let output = awd(folder, "inspect m.awd --distance-to db5");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let parameters = distilled["parameters"].as_u64().unwrap();
    assert!(
        text.starts_with("m.awd: ") && text.contains(&format!(" bytes, {parameters} parameters, about ")),
        "{text}"
    );
    for line in [
        "Input       a window of ",
        "Output      ",
        "Transform   2 levels",
        "Made by     awd ",
        "The distance of its first wavelet to db5 is ",
    ] {
        assert!(text.lines().any(|found| found.starts_with(line)), "{line}: {text}");
    }
    assert!(!text.contains(['{', '[', '"']), "{text}");
    // One row for the bias and one for each feature and product.
    let inspected = json(folder, "inspect m.awd --json");
    let count = |key: &str| inspected[key].as_array().unwrap().len();
    let table = text.lines().skip_while(|line| !line.starts_with("feature ")).skip(1);
    let rows = table.take_while(|line| !line.starts_with("The distance")).count();
    assert_eq!(rows, 1 + count("features") + count("products"), "{text}");
    assert_eq!(inspected["parameters"], distilled["parameters"]);
}
