//! Bad input: one line that names the file, the field and the bound; exit code 2; nothing written.

use crate::common::refusal::refused;
use crate::npz::{Npz, bumps, faint_bumps};
use crate::{awd, heartbeats};
use std::path::Path;

/// Writes four windows of eight samples; `array` writes each array.
fn data(path: &Path, array: impl Fn(&str, Npz) -> Npz) {
    let names = ["x_train", "y_train", "x_test", "y_test"];
    names.into_iter().fold(Npz::new(path), |npz, name| array(name, npz)).finish();
}

/// Writes a valid array.
fn good(name: &str, npz: Npz) -> Npz {
    if name.starts_with('x') {
        npz.with(name, &[4, 8], (0..32_u8).map(|i| f32::from(i * i % 7)))
    } else {
        npz.with(name, &[4], (0..4).map(|i| i64::from(i % 2)))
    }
}

#[test]
fn data_that_break_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("d.npz");
    let case = |which: &str, array: &dyn Fn(Npz) -> Npz, parts: &[&str]| {
        data(&file, |name, npz| if name == which { array(npz) } else { good(name, npz) });
        refused(folder.path(), "teach d.npz --arch cnn --out t --quiet", &[&["d.npz", which], parts].concat());
    };
    let x = |shape: &'static [u64]| {
        move |npz: Npz| npz.with("x_train", shape, (0..shape.iter().product::<u64>()).map(|i| i as f32))
    };
    case("x_train", &|npz| npz, &["missing", "y_train"]);
    case("y_test", &|npz| npz, &["missing"]);
    case("x_train", &x(&[4]), &["(windows, samples)", "it is [4]"]);
    case("x_train", &x(&[4, 2, 8]), &["2 channels of 8 samples", "choose a channel"]);
    case("x_train", &x(&[4, 1]), &["2 to 4096 samples", "have 1"]);
    case("x_train", &x(&[0, 8]), &["at least one window"]);
    case("x_train", &|npz| npz.with("x_train", &[4, 8], (0..32_u8).map(|i| f32::from(i / 8))), &["constant"]);
    case("x_train", &|npz| npz.with("x_train", &[4, 8], [f32::NAN; 32]), &["finite", "window 0, sample 0", "NaN"]);
    case("x_test", &|npz| npz.with("x_test", &[4, 7], [1_f32; 28]), &["8 samples", "have 7"]);
    case("y_train", &|npz| npz.with("y_train", &[4], [1_i64; 4]), &["2 to 9 classes", "has 1"]);
    case("y_train", &|npz| npz.with("y_train", &[4, 3], [2_i64; 12]), &["one-hot", "y[:, 0]"]);
    case("y_train", &|npz| npz.with("y_train", &[3], [0_i64, 1, 0]), &["4 targets", "has 3"]);
    case(
        "y_test",
        &|npz| npz.with("y_test", &[4], [0_i64, 1, 2, 0]),
        &["classes of training windows: 0, 1", "entry 2 is 2"],
    );
    case("y_test", &|npz| npz.with("y_test", &[4], [0.5_f32; 4]), &["classes of training windows", "entry 0 is 0.5"]);
}

/// Checks with `distil` what the test above checks with `teach`.
#[test]
fn data_that_nothing_can_be_distilled_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("d.npz");
    let distil = |part| refused(folder.path(), "distil d.npz --gamma 0 --out m.awd", &["d.npz", "x_train", part]);
    data(&file, |name, npz| if name == "x_train" { npz.with(name, &[4, 8], [0.5_f32; 32]) } else { good(name, npz) });
    distil("constant");
    data(&file, |name, npz| match name {
        "x_train" => npz.with(name, &[0, 8], [0_f32; 0]),
        "y_train" => npz.with(name, &[0], [0_i64; 0]),
        _ => good(name, npz),
    });
    distil("at least one window");
}

#[test]
fn values_that_break_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    for (y, part) in [([0.5_f32, 0.5, 0.5, 0.5], "all are equal"), ([0.5, f32::INFINITY, 1.0, 0.0], "entry 1 is inf")] {
        data(&folder.path().join("d.npz"), |name, npz| match name {
            "y_train" => npz.with(name, &[4], y),
            "y_test" => npz.with(name, &[4], [0_f32, 1.0, 2.0, 3.0]),
            _ => good(name, npz),
        });
        refused(folder.path(), "teach d.npz --arch lstm --out t --quiet", &["d.npz", "y_train", part]);
    }
}

#[test]
fn options_that_break_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    let distil = |options: &str, parts: &[&str]| {
        refused(folder, &format!("distil d.npz --out m.awd --quiet {options}"), parts);
    };
    distil("", &["d.npz", "gamma", "without a teacher", "--teacher", "--gradients", "--teach auto", "--gamma 0"]);
    distil("--gamma 0 --balanced", &["d.npz", "balanced", "not for values"]);
    distil("--gamma 0 --levels 5", &["levels", "1 to 4", "24 samples"]);
    distil("--gamma 0 --levels 0", &["levels", "1 to 4"]);
    distil("--gamma 0 --taps 5", &["taps", "even"]);
    distil("--gamma 0 --taps 26", &["taps", "from 2 to 24"]);
    distil("--gamma 0 --family symmetric --taps 8", &["taps", "6, 10, 14", "asked for 8"]);
    distil("--gamma 0 --family symmetric --start db3", &["start", "orthogonal"]);
    distil("--gamma 0 --lambda 0", &["lambda", "above 0"]);
    distil("--gamma 0 --lambda 1,0", &["lambda", "above 0"]);
    distil("--gamma 0,-1", &["gamma", "not negative"]);
    distil("--gamma 0,1", &["gamma", "without a teacher"]);
    distil("--gamma 0 --supervised=-1", &["supervised", "not negative"]);
    distil("--gamma 0 --trials no/such.csv", &["no/such.csv", "folder"]);
    distil("--gamma 0 --taps 24 --levels 4 --each-level", &["taps", "42 steps"]);
    distil("--gamma 0 --start db55", &["start", "db55"]);
    distil("--gamma 0 --max-parameters 3", &["max_parameters", "asked for 3"]);
    distil("--gamma 0 --threshold 0.2", &["d.npz", "threshold", "two classes"]);
    distil("--gamma 1 --gradients none.npz", &["none.npz"]);
    distil("--teacher none", &["none: file"]);
    refused(folder, "teach d.npz --arch cnn --out no/t", &["no/t", "folder"]);
    Npz::new(&folder.join("g.npz")).with("gradient_train", &[80, 23], vec![0_f32; 80 * 23]).finish();
    distil("--gradients g.npz", &["g.npz", "gradient_train", "(80, 24)", "23"]);
    let not_finite = (0..80 * 24_u16).map(|i| if i == 30 { f32::NAN } else { 1.0 });
    Npz::new(&folder.join("g.npz")).with("gradient_train", &[80, 24], not_finite).finish();
    distil("--gradients g.npz", &["g.npz", "gradient_train", "window 1, sample 6", "NaN"]);
    let g = || Npz::new(&folder.join("g.npz")).with("gradient_train", &[80, 24], vec![0.5_f32; 80 * 24]);
    g().with("displacement_train", &[80, 23], vec![0_f32; 80 * 23]).finish();
    distil("--gradients g.npz", &["g.npz", "displacement_train", "(80, 24)", "23"]);
    g().with("displacement_train", &[80, 24], vec![f32::INFINITY; 80 * 24]).finish();
    distil("--gradients g.npz", &["g.npz", "displacement_train", "finite", "inf"]);
    g().with("data_hash", &[1], [1_i64]).finish();
    distil("--gradients g.npz", &["g.npz", "data_hash", "of others"]);
    g().with("data_hash", &[1], [1.0_f64]).finish();
    distil("--gradients g.npz", &["g.npz", "data_hash", "an integer", "floats"]);
    refused(folder, "teach none.npz --arch cnn --out t", &["none.npz"]);
    refused(folder, "teach d.npz --arch cnn --out t --groups movie --quiet", &["d.npz", "movie", "missing"]);
    assert_eq!(awd(folder, "distil").status.code(), Some(2));
    faint_bumps(&folder.join("d.npz"));
    for threshold in ["0", "1", "-1", "nan"] {
        distil(&format!("--gamma 0 --threshold={threshold}"), &["threshold", "between 0 and 1", "asked for"]);
    }
}

#[test]
fn files_that_are_not_models() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    assert!(awd(folder, "distil d.npz --taps 2 --levels 2 --gamma 0 --out m.awd --quiet").status.success());
    let bytes = std::fs::read(folder.join("m.awd")).unwrap();
    let case = |change: &dyn Fn(&mut Vec<u8>), part: &str| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        std::fs::write(folder.join("bad.awd"), bytes).unwrap();
        refused(folder, "inspect bad.awd", &["bad.awd", "model", part]);
        refused(folder, "score bad.awd d.npz", &["bad.awd", "model", part]);
    };
    case(&|bytes| bytes[9] ^= 4, "damaged");
    case(&|bytes| bytes.truncate(20), "damaged");
    case(&|bytes| bytes.truncate(3), "length");
    case(&|bytes| bytes[4] += 1, "update");
    case(&|bytes| bytes[0] = b'P', "magic");
    std::fs::remove_file(folder.join("bad.awd")).unwrap();
    let names = ["--distance-to", "db1–20", "coif1–5", "asked for db21"];
    refused(folder, "inspect m.awd --distance-to db21", &names);
    refused(folder, "score none.awd d.npz", &["none.awd"]);
    let heartbeats = heartbeats();
    refused(folder, &format!("score m.awd {}", heartbeats.display()), &["24 samples", "140"]);
    refused(folder, &format!("evaluate m.awd {}", heartbeats.display()), &["24 samples", "140"]);
}

#[test]
fn a_truncated_archive_is_refused_wherever_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("d.npz");
    bumps(&file);
    let bytes = std::fs::read(&file).unwrap();
    for tenth in 0..10 {
        std::fs::write(&file, &bytes[..bytes.len() * tenth / 10]).unwrap();
        refused(folder.path(), "teach d.npz --arch cnn --out t --quiet", &["d.npz"]);
    }
}
