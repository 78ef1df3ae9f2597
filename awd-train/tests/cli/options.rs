//! Options of `distil`, and the rivals of `evaluate`.

use crate::common::refusal::refused;
use crate::npz::{Npz, bumps, faint_bumps, noise};
use crate::{awd, json, row};
use std::path::Path;

#[test]
fn a_tolerated_loss_saves_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    let distil = |words: &str| {
        json(folder, &format!("distil d.npz --gamma 0 --taps 4 --levels 2 --out m.awd --json --quiet {words}"))
    };
    let (best, small) = (distil(""), distil("--within 0.01"));
    let number = |found: &serde_json::Value, key: &str| found[key].as_f64().unwrap();
    assert!(number(&small, "parameters") < number(&best, "parameters"), "{small} {best}");
    // For values, the validated score is R² and the loss is 1 − R².
    assert!(number(&small, "validated") >= number(&best, "validated") - 0.01, "{small} {best}");
    for bad in ["-0.1", "NaN", "inf"] {
        refused(folder, &format!("distil d.npz --gamma 0 --out m.awd --within={bad}"), &["within"]);
    }
}

/// Noise windows whose class changes every 12 windows or, if `sorted`, only once.
fn write_ordered(path: &Path, sorted: bool) {
    let label = move |i: u64| i64::from(if sorted { i >= 60 } else { i / 12 % 2 == 1 });
    let x = |n: u64| (0..24 * n).map(move |j| noise(j) + label(j / 24) as f32);
    Npz::new(path)
        .with("x_train", &[120, 24], x(120))
        .with("y_train", &[120], (0..120).map(label))
        .with("x_test", &[120, 24], x(120))
        .with("y_test", &[120], (0..120).map(label))
        .finish();
}

#[test]
fn folds_may_be_blocked_and_data_whose_order_suggests_it_cause_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_ordered(&folder.join("d.npz"), false);
    let distil = |words: &str| {
        let output = awd(folder, &format!("distil d.npz --gamma 0 --taps 4 --levels 2 --quiet --out m.awd {words}"));
        assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(distil("").contains("far more similar than by chance"));
    assert!(distil("--folds blocked").is_empty());
    // Data that are sorted by class cause no warning.
    write_ordered(&folder.join("d.npz"), true);
    assert!(distil("").is_empty());
    // Early events and blocked folds exclude each other.
    refused(folder, "distil d.npz --gamma 0 --early-events --folds blocked --out m.awd", &["folds"]);
}

#[test]
fn rivals_are_the_best_fixed_wavelet_and_minirocket() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    faint_bumps(&folder.join("d.npz"));
    json(folder, "distil d.npz --gamma 0 --out m.awd --json --quiet");
    let table = json(folder, "evaluate m.awd d.npz --rivals --json --quiet");
    for name in ["awd", "fixed", "minirocket", "raw"] {
        let row = row(&table, name);
        assert!(row["score"].as_f64().unwrap() > 0.6 && row["low"].is_f64(), "{row}");
        // Probabilities are calibrated, also those of the ridge classifier.
        assert!(row["log_loss"].as_f64().unwrap() < 0.7, "{row}");
    }
    assert!(row(&table, "fixed")["parameters"].as_u64().unwrap() <= 41);
    assert_eq!(row(&table, "minirocket")["parameters"], 9996 + 2 * 9997);
    bumps(&folder.join("v.npz"));
    json(folder, "distil v.npz --gamma 0 --out v.awd --json --quiet");
    let table = json(folder, "evaluate v.awd v.npz --rivals --json --quiet");
    assert!(["fixed", "minirocket"].iter().all(|name| row(&table, name)["score"].as_f64().unwrap() > 0.9), "{table}");
}

/// Noise windows. One in `every` is of class 1 and has a slightly higher mean.
fn write_unbalanced(path: &Path, every: u64) {
    let label = move |i: u64| i64::from(i.is_multiple_of(every));
    let x = |first: u64, n: u64| (24 * first..24 * (first + n)).map(move |j| noise(j) + 0.08 * label(j / 24) as f32);
    Npz::new(path)
        .with("x_train", &[200, 24], x(0, 200))
        .with("y_train", &[200], (0..200).map(label))
        .with("x_test", &[400, 24], x(200, 400))
        .with("y_test", &[400], (200..600).map(label))
        .finish();
}

#[test]
fn classes_can_have_equal_weight() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let evaluated = |every: u64, words: &str| {
        write_unbalanced(&folder.join("d.npz"), every);
        json(
            folder,
            &format!(
                "distil d.npz --gamma 0 --taps 4 --levels 2 --max-parameters 8 --out m.awd --json --quiet {words}"
            ),
        );
        json(folder, "evaluate m.awd d.npz --json --quiet")["rows"][0].clone()
    };
    // A class that has one window in ten is recognised better if both classes have equal weight.
    let balanced_accuracy = |row: &serde_json::Value| row["balanced_accuracy"].as_f64().unwrap();
    let (plain, balanced) = (evaluated(10, ""), evaluated(10, "--balanced"));
    assert!(balanced_accuracy(&balanced) > balanced_accuracy(&plain) + 0.02, "{plain} {balanced}");
    // Classes of equal size already have equal weight.
    let bytes = |words: &str| {
        evaluated(2, words);
        std::fs::read(folder.join("m.awd")).unwrap()
    };
    assert!(bytes("") == bytes("--balanced"));
}

#[test]
fn a_teacher_is_trained_where_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_unbalanced(&folder.join("d.npz"), 2);
    let shape = "--taps 4 --levels 2 --max-parameters 8 --quiet --json";
    json(folder, &format!("distil d.npz --teach rocket --out m.awd {shape}"));
    json(folder, "teach d.npz --arch rocket --out t --json --quiet");
    json(folder, &format!("distil d.npz --teacher t --out n.awd {shape}"));
    let [one, two] = ["m.awd", "n.awd"].map(|name| std::fs::read(folder.join(name)).unwrap());
    assert!(one == two, "the model depends on whether the teacher is saved");
    // Only one teacher may be named.
    let both = awd(folder, "distil d.npz --teach rocket --teacher t --out m.awd");
    assert_eq!(both.status.code(), Some(2));
    // --teach is refused if the teacher would not be used.
    refused(folder, "distil d.npz --teach rocket --gamma 0 --out m.awd", &["leave out --gamma or --teach"]);
}

#[test]
fn instructions_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    let distil = |words: &str| {
        let found = json(folder, &format!("distil d.npz --gamma 0 --bare --out m.awd --json --quiet {words}"));
        let inspected = json(folder, "inspect m.awd --json");
        assert_eq!(found["instructions"], inspected["instructions"]);
        found["instructions"].as_u64().unwrap()
    };
    let free = distil("");
    let half = distil(&format!("--max-instructions {}", free / 2));
    assert!(half <= free / 2 && half > free / 4, "{half} {free}");
    let why = refused(folder, "distil d.npz --gamma 0 --out m.awd --max-instructions 100", &[]);
    let least = why.split("at least ").nth(1).and_then(|rest| rest.split(',').next()).expect(&why);
    assert!(distil(&format!("--max-instructions {least}")) <= least.parse().unwrap());
}

#[test]
fn the_cost_of_generated_code_can_be_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    let distil = |options: &str| {
        json(folder, &format!("distil d.npz --gamma 0 --levels 3 --out m.awd --json --quiet {options}"));
        json(folder, "inspect m.awd --json")
    };
    for (target, scalar) in [("m4f", false), ("m0", true)] {
        let cost = |inspected: &serde_json::Value| {
            assert_eq!(inspected["scalar"]["fixed"].is_object(), scalar, "{inspected}");
            ["instructions", "flash"].map(|field| inspected["generated"][target][field].as_u64().unwrap())
        };
        let [instructions, flash] = cost(&distil(&format!("--target {target}")));
        let bounds = format!("--target {target} --max-instructions {} --max-flash {}", instructions / 2, flash * 2 / 3);
        let bounded = cost(&distil(&bounds));
        assert!(0 < bounded[0] && bounded[0] <= instructions / 2 && bounded[1] <= flash * 2 / 3, "{bounded:?}");
        let why =
            refused(folder, &format!("distil d.npz --gamma 0 --out m.awd --target {target} --max-flash 9"), &["flash"]);
        let least = why.split("at least ").nth(1).unwrap().split(',').next().unwrap();
        assert!(cost(&distil(&format!("--target {target} --max-flash {least}")))[1] <= least.parse().unwrap());
    }
    let refused = |options: &str, words: &[&str]| {
        refused(folder, &format!("distil d.npz --gamma 0 --out m.awd {options}"), words);
    };
    refused("--max-flash 2000", &["flash", "choose a processor"]);
    refused("--target m0 --arithmetic float --max-flash 2000", &["target", "scores in integers"]);
    refused("--target m4f --arithmetic fixed --max-flash 2000", &["target", "scores in floating point"]);
    let unknown = awd(folder, "distil d.npz --gamma 0 --out m.awd --target m7");
    let stderr = String::from_utf8_lossy(&unknown.stderr);
    assert!(unknown.status.code() == Some(2) && stderr.contains("possible values: file, m4f, m0"), "{stderr}");
}

#[test]
fn fixed_wavelets_are_tried_beside_learned_ones() {
    const FIXED: [&str; 7] = ["haar", "db2", "db3", "db5", "sym4", "coif1", "bior4.4"];
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    // The chosen wavelet, and those that were tried.
    let distil = |words: &str| {
        let found =
            json(folder, &format!("distil d.npz --gamma 0 --bare --out m.awd --trials p.csv --json --quiet {words}"));
        let path = std::fs::read_to_string(folder.join("p.csv")).unwrap();
        let tried = path.lines().skip(1).map(|row| row.split(',').next().unwrap().to_owned()).collect::<Vec<_>>();
        (found["wavelet"].as_str().unwrap().to_owned(), tried)
    };
    let count = |tried: &[String], learned: bool| {
        let matching: Vec<&str> =
            tried.iter().map(String::as_str).filter(|name| (*name == "learned") == learned).collect();
        matching.len()
    };
    let (chosen, tried) = distil("--wavelet fixed");
    assert!(FIXED.contains(&chosen.as_str()) && tried == FIXED, "{chosen} {tried:?}");
    let (chosen, tried) = distil("--wavelet learned");
    assert!(chosen == "learned" && count(&tried, false) == 0, "{chosen} {tried:?}");
    let (chosen, tried) = distil("");
    assert!(count(&tried, false) == 7 && count(&tried, true) > 0 && tried.contains(&chosen), "{chosen} {tried:?}");
    // A report works whichever wavelet was chosen.
    assert!(awd(folder, "report m.awd d.npz --trials p.csv --out r.html --quiet").status.success());
    refused(folder, "distil d.npz --gamma 0 --wavelet fixed --taps 4 --out m.awd", &["any or learned"]);
    // --animate shows a search, and fixed wavelets have none.
    refused(folder, "distil d.npz --gamma 0 --wavelet fixed --animate f.gif --out m.awd", &["leave out --animate"]);
}

#[test]
fn fixed_wavelets_are_no_longer_than_windows() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let x = |n: u64| (0..n).map(|j| (j * j % 17) as f32);
    Npz::new(&folder.join("d.npz"))
        .with("x_train", &[60, 5], x(300))
        .with("y_train", &[60], (0..60).map(|i| f64::from(i * i % 7) + 0.5))
        .with("x_test", &[20, 5], x(100))
        .with("y_test", &[20], (0..20).map(f64::from))
        .finish();
    json(folder, "distil d.npz --gamma 0 --wavelet fixed --trials p.csv --out m.awd --json --quiet");
    let path = std::fs::read_to_string(folder.join("p.csv")).unwrap();
    let tried: Vec<&str> = path.lines().skip(1).map(|row| row.split(',').next().unwrap()).collect();
    assert_eq!(tried, ["haar", "db2"]);
}

#[test]
fn old_names_of_verbs_and_options_still_work() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    let shape = "d.npz --gamma 0 --taps 4 --levels 2 --quiet --json";
    let new = format!("distil {shape} --max-parameters 8 --arithmetic fixed --early-events --trials n.csv --out n.awd");
    let old = format!("distill {shape} --numbers 8 --scalar fixed --growing --path o.csv --out o.awd");
    json(folder, &new);
    json(folder, &old);
    let same = |a: &str, b: &str| std::fs::read(folder.join(a)).unwrap() == std::fs::read(folder.join(b)).unwrap();
    assert!(same("n.awd", "o.awd") && same("n.csv", "o.csv"));
    for words in ["relabel --help", "train --help"] {
        assert!(awd(folder, words).status.success(), "{words}");
    }
    refused(folder, "import cmeanalysis no.mat --second 2 --seen --shortest 4 --out t.npz", &["no.mat"]);
}
