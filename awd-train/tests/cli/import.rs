//! `awd import`, from tracks to a model.

use crate::common::paths::tracks;
use crate::common::refusal::refused;
use crate::workshop::Workshop;
use crate::{awd, json};
use std::fs;

#[test]
fn tracks_become_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let tracks = tracks("two_colours.mat");
    let tracks = tracks.display();
    let imported = json(folder, &format!("import cmeanalysis {tracks} --window 16 --out d.npz --json"));
    assert_eq!((&imported["tracks"], &imported["n_train"], &imported["n_test"]), (&23.into(), &16.into(), &4.into()));
    let dropped = imported["dropped"].as_array().unwrap();
    assert!(dropped.len() == 3 && dropped[0]["track"] == 4 && dropped[0]["why"].is_string(), "{imported}");
    json(folder, "distil d.npz --taps 4 --levels 2 --gamma 0 --out m.awd --json --quiet");
    json(folder, "evaluate m.awd d.npz --json --quiet");

    // The text output has one line for each track that was left out.
    let words = awd(folder, &format!("import cmeanalysis {tracks} --out e.npz"));
    assert_eq!(String::from_utf8(words.stdout).unwrap().matches("dropped: ").count(), 3);
}

#[test]
fn tables_become_a_model() {
    let workshop = Workshop::new();
    let folder = workshop.path();
    let imported = json(folder, "import table spots.csv --window 16 --out s.npz --json");
    assert_eq!((&imported["tracks"], &imported["n_train"], &imported["n_test"]), (&20.into(), &16.into(), &4.into()));
    json(folder, "distil s.npz --taps 4 --levels 2 --gamma 0 --out s.awd --json --quiet");
    let labelled = "import table particles.csv --label outcome --window 16";
    let imported = json(folder, &format!("{labelled} --max-gap 1 --out p.npz --json"));
    assert_eq!(imported["classes"], serde_json::json!(["abortive", "productive"]));
    let names = |set: &str| {
        let classes = json(folder, &format!("check {set} --json"))["classes"].as_array().unwrap().clone();
        classes.iter().map(|class| class["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("p.npz"), ["abortive", "productive"]);
    let words = workshop.stdout(&format!("awd {labelled} --out p.npz"));
    assert!(words.contains("class 0: abortive\nclass 1: productive\n"), "{words}");
    // A gap of one frame is too long: the reasons are counted.
    refused(folder, &format!("{labelled} --max-gap 0 --out q.npz"), &["no value in 1 frames after frame 2"]);
    let words = workshop.stdout(
        "(cat particles.csv; echo 5,0,late,productive; echo 5,0,later,abortive) > more.csv; \
                                 awd import table more.csv --label outcome --out m.npz",
    );
    assert!(words.contains("dropped: more.csv: 2 tracks (late, later): it was detected in 1 frames"), "{words}");
}

#[test]
fn categories_are_counted() {
    let Some(file) = crate::common::paths::shared("cases/14-cmeanalysis-catIdx/cats_v7.mat") else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let import = format!("import cmeanalysis {}", file.display());
    let words = String::from_utf8(awd(folder, &format!("{import} --category 1,2 --out d.npz")).stdout).unwrap();
    assert!(
        words.contains("12 of 48 tracks") && words.contains(": 6 tracks (3, 11, 19, 27, 35, …): its category is 3")
    );
    assert!(words.ends_with("--category all uses every category\n") && words.lines().count() == 8, "{words}");
    let imported = json(folder, &format!("{import} --category all --out d.npz --json"));
    assert!(imported["dropped"].as_array().unwrap().is_empty());
    let imported = json(folder, &format!("{import} --out d.npz --json"));
    assert_eq!(imported["reasons"].as_array().unwrap().len(), 7);
    for category in ["0", "9", "one", "1;2", ""] {
        let output = awd(folder, &format!("{import} --category {category} --out d.npz"));
        assert_eq!(output.status.code(), Some(2), "{category}");
    }
}

#[test]
fn a_refused_import_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let bytes = fs::read(tracks("two_colours.mat")).unwrap();
    fs::write(folder.join("cut.mat"), &bytes[..bytes.len() / 2]).unwrap();
    for options in
        ["cut.mat", "none.mat", "cut.mat --window 1", "cut.mat --test 1", "cut.mat --label significant --frames 0"]
    {
        refused(folder, &format!("import cmeanalysis {options} --out d.npz"), &[]);
    }
}
