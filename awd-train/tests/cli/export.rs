//! `awd export` of a scorer as an Arduino library.

use crate::common::refusal::refused;
use crate::json;
use crate::npz::bumps;

#[test]
fn an_arduino_library_is_a_folder_with_a_scorer() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    json(folder, "distil d.npz --gamma 0 --taps 4 --levels 2 --max-parameters 12 --out m.awd --json --quiet");
    refused(folder, "export m.awd --as arduino --out d.npz", &["d.npz", "out", "a folder"]);
    refused(folder, "export m.awd --as arduino --file --out Bumps", &["--file", "c or rust"]);
    assert!(!folder.join("Bumps").exists());
    let written = json(folder, "export m.awd --as arduino --out Bumps --json");
    let files = ["library.properties", "src/awd_scorer.h", "src/awd_scorer.c", "examples/score/score.ino"];
    let length = |file: &str| std::fs::metadata(folder.join("Bumps").join(file)).unwrap().len();
    assert_eq!(written["bytes"].as_u64().unwrap(), files.iter().map(|file| length(file)).sum::<u64>());
    let properties = std::fs::read_to_string(folder.join("Bumps/library.properties")).unwrap();
    assert!(properties.starts_with("name=Bumps\n"), "{properties}");
}
