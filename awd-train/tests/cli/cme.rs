//! Simulated endocytosis: predict which pits become vesicles.

use crate::common::refusal::refused;
use crate::{awd, awd_with_input, json, row, stdout};
use std::fs;

#[test]
fn pits_are_classified_without_a_download() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(json(folder, "simulate cme --out d.npz --json")["n_train"], 4000);
    json(folder, "distil d.npz --taps 4 --levels 4 --gamma 0 --max-parameters 20 --out m.awd --json --quiet");
    let table = json(folder, "evaluate m.awd d.npz --json --quiet");
    let number = |model: &str, key: &str| row(&table, model)[key].as_f64().unwrap();
    assert!(number("awd", "auroc") > 0.95 && number("awd", "auroc") > number("raw", "auroc"), "{table}");
    assert!(number("awd", "parameters") <= 20.0 && number("awd", "average_precision") > 0.9, "{table}");
    // The bootstrap resamples whole movies.
    assert_eq!(table["groups_test"], 40);

    // Group labels must have one entry per window.
    json(folder, "simulate cme --n-train 150 --n-test 20 --out e.npz --json");
    refused(folder, "distil e.npz --gamma 0 --out m.awd --groups auxilin_train", &["150 entries"]);
}

/// A model that was trained with early events has reliable probabilities for events that have only begun.
#[test]
fn pits_are_classified_while_they_grow() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    json(folder, "simulate cme --n-train 2000 --n-test 1000 --out d.npz --json");
    let options = "--taps 4 --levels 4 --gamma 0 --max-parameters 20 --json --quiet";
    let early = |growing: &str| {
        json(folder, &format!("distil d.npz {options} {growing} --out m.awd"));
        let table = json(folder, "evaluate m.awd d.npz --early --json --quiet");
        let early = table["early"].as_array().unwrap().clone();
        let number = |tenth: usize, key: &str| early[tenth - 1]["rows"]["awd"][key].as_f64().unwrap();
        assert_eq!((early.len(), early[2]["seen"].as_f64().unwrap()), (10, 0.3));
        assert!((number(10, "auroc") - row(&table, "awd")["auroc"].as_f64().unwrap()).abs() < 1e-12, "{table}");
        [number(3, "log_loss"), number(3, "accuracy"), number(10, "auroc")]
    };
    let [[loss, start, whole], [loss_growing, start_growing, whole_growing]] = ["", "--early-events"].map(early);
    // A prediction of the class frequencies has a log loss of 0.69.
    assert!(loss_growing < 0.5 && loss > 0.8, "{loss} {loss_growing}");
    assert!(start_growing > 0.75 && start_growing > start + 0.05, "{start} {start_growing}");
    assert!(whole > 0.95 && whole_growing > 0.95, "{whole} {whole_growing}");
    let words = stdout(folder, "evaluate m.awd d.npz --early --quiet");
    assert!(words.contains("awd auroc") && words.lines().last().unwrap().starts_with("1.0 "), "{words}");

    // The last score of an event equals the score of its whole window.
    let scored =
        |options: &str| json(folder, &format!("score m.awd d.npz --limit 5 --json {options}"))["outputs"].clone();
    let (whole, growing) = (scored(""), scored("--stream"));
    for i in 0..5 {
        let event = growing[i].as_array().unwrap();
        assert!(event.len() >= 4 && event.last() == Some(&whole[i]), "{event:?} {}", whole[i]);
    }
    // On stdin, an empty line ends an event, and several in a row end only one.
    let streamed = |words: &str, input: &str| String::from_utf8(awd_with_input(folder, words, input).stdout).unwrap();
    let growing = streamed("score m.awd - --stream", "0.2\n0.5\n\n\n0.2 0.9\n");
    let lines: Vec<&str> = growing.lines().collect();
    assert!(lines.len() == 5 && lines[2].is_empty() && lines[0] == lines[3] && lines[1] != lines[4], "{growing}");
    let growing = streamed("score m.awd - --stream --json", "0.2\n0.5\n\n");
    assert_eq!(growing.matches('[').count(), 4, "{growing}");
}

#[test]
fn a_movie_is_simulated_at_the_size_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let size = "--frames 5 --side 40 --pits 4 --json";
    for (name, seed) in [("a", 1), ("b", 1), ("c", 2)] {
        let made = json(folder, &format!("simulate cme --movie {name}.npz --seed {seed} {size}"));
        assert_eq!((made["frames"].as_u64(), made["side"].as_u64()), (Some(5), Some(40)), "{made}");
    }
    let bytes = |name: &str| fs::read(folder.join(name)).unwrap();
    assert!(bytes("a.npz") == bytes("b.npz") && bytes("a.npz") != bytes("c.npz"));
    refused(folder, "simulate cme --movie m.npz --side 15", &["--side", "16 to 2048"]);
    let large = "simulate cme --movie m.npz --frames 10000 --side 2048";
    refused(folder, large, &["at most 268435456 pixels", "fewer frames"]);
    for (words, option) in [
        ("--movie m.npz --out d.npz", "--out"),
        ("", "--movie"),
        ("--out d.npz --pits 4", "--pits"),
        ("--movie m.npz --n-train 4", "--n-train"),
    ] {
        let output = awd(folder, &format!("simulate cme {words}"));
        assert_eq!(output.status.code(), Some(2), "{words}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(option), "{words}");
    }
    assert!(!folder.join("m.npz").exists() && !folder.join("d.npz").exists());
}
