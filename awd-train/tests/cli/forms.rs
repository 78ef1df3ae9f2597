//! Data in the forms in which they come, through the command line: names of classes, choices of the reader, and the
//! inputs of `shared/cases` that are about data.

use crate::common::paths::shared;
use crate::common::refusal::refused;
use crate::{awd, json, row, stdout};
use std::fmt::Write;
use std::path::Path;

/// Windows of 12 samples with a slow or a fast oscillation, a column of labels, and a row for each split.
fn table(path: &Path, names: [&str; 2]) {
    let mut text = (0..12).map(|k| format!("x{k},")).collect::<String>() + "label,split\n";
    for i in 0..90_u32 {
        let class = usize::from(i % 3 == 0);
        let frequency = if class == 0 { 0.4 } else { 1.3 };
        (0..12).for_each(|k| _ = write!(text, "{:.3},", (frequency * f64::from(k) + f64::from(i)).sin()));
        let _ = writeln!(text, "{},{}", names[class], if i < 60 { "train" } else { "test" });
    }
    std::fs::write(path, text).unwrap();
}

const DISTIL: &str = "--gamma 0 --taps 4 --levels 2 --lambda 1e-3 --max-parameters 12";

#[test]
fn names_of_classes_come_out_as_they_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let names = ["calm", "événement"];
    table(&folder.join("d.csv"), names);
    let output = awd(folder, &format!("distil d.csv {DISTIL} --out m.awd"));
    let [printed, notes] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(printed.contains("60 training windows of 12 samples, 2 classes"), "{printed}");
    assert!(notes.contains("Classes: 0 = calm, 1 = événement."), "{notes}");

    let scores = stdout(folder, "score m.awd d.csv");
    let of_classes = names.map(|name| scores.lines().filter(|line| line.starts_with(&format!("{name}\t"))).count());
    assert_eq!((of_classes.iter().sum::<usize>(), of_classes.contains(&0)), (90, false), "{scores}");
    assert_eq!(json(folder, "score m.awd d.csv --json")["class_names"], serde_json::json!(names));
    assert_eq!(json(folder, "inspect m.awd --json")["class_names"], serde_json::json!(names));
    assert!(stdout(folder, "inspect m.awd").contains("événement"));
    assert!(stdout(folder, "evaluate m.awd d.csv").contains("Classes: 0 = calm, 1 = événement."));
    assert!(stdout(folder, "check d.csv").contains("class 1 (événement)"));
    json(folder, "export m.awd --as c --out m.h --json");
    let c = std::fs::read_to_string(folder.join("m.h")).unwrap();
    assert!(c.contains("#define AWD_CLASS_NAMES {\"calm\", \"\\303\\251v\\303\\251nement\"}"), "{c}");
    json(folder, "export m.awd --as rust --out m.rs --json");
    let rust = std::fs::read_to_string(folder.join("m.rs")).unwrap();
    assert!(rust.contains("CLASS_NAMES: [&str; 2] = [\"calm\", \"événement\"]"), "{rust}");
    json(folder, "export m.awd --as arduino --out Calm --json");
    let sketch = std::fs::read_to_string(folder.join("Calm/examples/score/score.ino")).unwrap();
    assert!(sketch.contains("names[awd_class(outputs)]"), "{sketch}");
    #[cfg(feature = "pictures")]
    {
        json(folder, "report m.awd d.csv --out r.html --json --quiet");
        let page = std::fs::read_to_string(folder.join("r.html")).unwrap();
        assert!(page.contains("Correct: class événement"));
    }

    // Classes are matched by name: other names are refused, and numbers of other data are other classes.
    table(&folder.join("other.csv"), ["calm", "storm"]);
    refused(folder, "evaluate m.awd other.csv", &["other.csv", "calm, événement", "storm"]);
    table(&folder.join("plain.csv"), ["0", "1"]);
    json(folder, &format!("distil plain.csv {DISTIL} --out p.awd --json --quiet"));
    assert_eq!(json(folder, "inspect p.awd --json")["class_names"], serde_json::json!([]));
    refused(folder, "evaluate p.awd d.csv", &["d.csv", "0, 1", "calm"]);
    // The order in which names sort does not matter: a model of a, b evaluates b, c by its own numbers.
    let score = |model: &str, data: &str| {
        row(&json(folder, &format!("evaluate {model} {data} --json --quiet")), "awd")["score"].as_f64().unwrap()
    };
    assert_eq!(score("p.awd", "plain.csv"), score("m.awd", "d.csv"));
}

#[test]
fn labels_are_reduced_to_two_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    table(&folder.join("d.csv"), ["calm", "storm"]);
    let counts = json(folder, "binarize d.csv --positive calm --out two.npz --json --quiet");
    assert_eq!(counts["train"], serde_json::json!([20, 40]));
    table(&folder.join("n.csv"), ["-1", "1"]);
    let counts = json(folder, "binarize n.csv --positive -1 --out two.npz --json --quiet");
    assert_eq!(counts["train"], serde_json::json!([20, 40]));
    let summary = json(folder, "check two.npz --json");
    assert_eq!((&summary["task"], &summary["classes"][1]["name"]), (&"classification".into(), &"1".into()));
    refused(folder, "binarize d.csv --positive fog --out none.npz", &["d.csv", "calm, storm", "asked for fog"]);
    refused(folder, "check d.csv --task values", &["d.csv", "numbers", "calm"]);
}

/// The inputs of a case about data: the file, and parts of what `check` prints, or of the error.
const CASES: [(&str, &[&str]); 32] = [
    ("01-float-labels/float_labels.npz", &["classification", "whole numbers", "class 1 "]),
    ("01-float-labels/float_pm1.npz", &["classification", "class 0 (-1)"]),
    ("01-float-labels/float_labels.csv", &["classification", "whole numbers"]),
    ("02-channels-as-image/basicmotions_like.npz", &["error", "6 channels of 100 samples", "choose a channel"]),
    ("02-channels-as-image/two_channels.npz", &["error", "2 channels", "choose a channel"]),
    ("03-csv-column-gap-or-double/gap_columns.csv", &["error", "x5", "missing"]),
    ("03-csv-column-gap-or-double/dup_columns.csv", &["error", "x2", "there are two"]),
    ("04-axis-of-length-1/chan_first.npz", &["classification", "axes of length 1"]),
    ("04-axis-of-length-1/chan_last.npz", &["classification", "axes of length 1"]),
    ("05-labels-1k-pm1-text-gap/one_based.npz", &["classification", "class 0 (1)"]),
    ("05-labels-1k-pm1-text-gap/pm1.npz", &["classification", "class 0 (-1)"]),
    ("05-labels-1k-pm1-text-gap/text_y.npz", &["classification", "class 0 ("]),
    ("05-labels-1k-pm1-text-gap/gaps.npz", &["classification", "class 1 ("]),
    ("05-labels-1k-pm1-text-gap/str_labels.csv", &["classification", "class 0 (abnormal)", "class 1 (normal)"]),
    ("07-ts-tsv-arff-txt/toy_TRAIN.ts", &["classification", "12 samples"]),
    ("07-ts-tsv-arff-txt/UCR_TRAIN.tsv", &["classification", "12 samples", "class 1 (2)"]),
    ("07-ts-tsv-arff-txt/toy_TRAIN.arff", &["classification", "12 samples"]),
    ("07-ts-tsv-arff-txt/UCR_old.txt", &["classification", "12 samples", "class 1 (2)"]),
    ("07-ts-tsv-arff-txt/good_as_txt.txt", &["classification", "12 samples"]),
    ("07-ts-tsv-arff-txt/good.csv.gz", &["classification", "12 samples"]),
    ("08-csv-dialects/semicolon.csv", &["classification", "12 samples"]),
    ("08-csv-dialects/semicolon_decimalcomma.csv", &["classification", "12 samples"]),
    ("08-csv-dialects/utf16_tab.csv", &["classification", "12 samples"]),
    ("08-csv-dialects/latin1_cell.csv", &["classification", "12 samples"]),
    ("08-csv-dialects/noheader_labellast.csv", &["classification", "12 samples", "column 13"]),
    ("08-csv-dialects/pandas_int_header.csv", &["classification", "12 samples"]),
    ("08-csv-dialects/blank_lines_spaces.csv", &["classification", "12 samples"]),
    ("10-npz-dtypes/float16.npz", &["classification"]),
    ("10-npz-dtypes/uint64_y.npz", &["classification"]),
    ("10-npz-dtypes/bytes_y.npz", &["classification", "class 1 "]),
    ("24-targets-of-two-axes/col_y.npz", &["classification"]),
    ("24-targets-of-two-axes/onehot.npz", &["classification"]),
];

#[test]
fn the_cases_about_data_have_their_right_outcome() {
    let Some(cases) = shared("cases") else { return };
    let folder = tempfile::tempdir().unwrap();
    for (case, parts) in CASES {
        let file = cases.join(case);
        let output = awd(folder.path(), &format!("check {}", file.display()));
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let (code, parts) = if parts[0] == "error" { (2, &parts[1..]) } else { (0, parts) };
        assert_eq!(output.status.code(), Some(code), "{case}: {text}");
        assert!(parts.iter().all(|part| text.contains(part)), "{case}: {text}");
    }
    for (case, remedy) in [
        ("10-npz-dtypes/ragged.npz", "different lengths"),
        ("10-npz-dtypes/object_x.npz", "different lengths"),
        ("10-npz-dtypes/longdouble.npz", "x.astype(np.float32)"),
        ("22-long-tables/trackmate_spots.csv", "import it as a table of tracks"),
        ("22-long-tables/trackpy.csv", "import it as a table of tracks"),
        ("22-long-tables/edge_impulse.csv", "cut it into windows"),
    ] {
        let file = cases.join(case);
        refused(folder.path(), &format!("distil {} --gamma 0 --out m.awd", file.display()), &[remedy]);
    }
    // A channel, and images that were declared.
    let channels = cases.join("02-channels-as-image/basicmotions_like.npz");
    let summary = json(folder.path(), &format!("check {} --channel 5 --json", channels.display()));
    assert_eq!((&summary["rows"], &summary["samples"]), (&1.into(), &100.into()));
    let summary = json(folder.path(), &format!("check {} --images --json", channels.display()));
    assert_eq!((&summary["rows"], &summary["samples"]), (&6.into(), &600.into()));
}
