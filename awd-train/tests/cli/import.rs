//! `awd import`, from tracks to a model.

use crate::common::paths::tracks;
use crate::common::refusal::refused;
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
