//! Maps (images): distilled, evaluated and scored.

use crate::common::refusal::refused;
use crate::common::skip::has_firmware;
use crate::npz::Npz;
use crate::{awd, json, row};
use std::path::Path;

/// Maps of `height` × `width` samples: noise, and spots about six samples wide. The value is their brightness.
pub fn spots(path: &Path, [height, width]: [u64; 2]) {
    let noise =
        |j: u64| (j.wrapping_mul(6_364_136_223_846_793_005).rotate_left(29) >> 40) as f32 / (1 << 23) as f32 - 1.0;
    let brightness = |i: u64| 1.0 + (i * 7 % 13) as f32 / 6.0;
    let spot = |i: u64, row: u64, column: u64| {
        let near = |spot: u64| {
            let at = noise(1 + 31 * i + spot).to_bits();
            let [down, right] = [u64::from(at) % height, u64::from(at >> 7) % width];
            ((row.abs_diff(down).pow(2) + column.abs_diff(right).pow(2)).min(99) as f32 / -6.0).exp()
        };
        (0..4).map(near).sum::<f32>()
    };
    let x = |from: u64, n: u64| {
        (from * height * width..(from + n) * height * width).map(move |j| {
            let (i, row, column) = (j / width / height, j / width % height, j % width);
            noise(j * j) + brightness(i) * spot(i, row, column)
        })
    };
    Npz::new(path)
        .with("x_train", &[200, height, width], x(0, 200))
        .with("y_train", &[200], (0..200).map(brightness))
        .with("group_train", &[200], (0..200).map(|i: i64| i % 13))
        .with("x_test", &[100, height, width], x(200, 100))
        .with("y_test", &[100], (200..300).map(brightness))
        .with("group_test", &[100], (0..100).map(|i: i64| i / 10))
        .finish();
}

#[test]
fn maps_are_distilled_and_scored() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    spots(&folder.join("d.npz"), [16, 24]);
    let distil = "distil d.npz --gamma 0 --taps 4 --json --quiet";
    let found = json(folder, &format!("{distil} --levels 2 --out m.awd"));
    assert!(found["reconstruction_error"].as_f64().unwrap() < 1e-12, "{found}");
    let model = json(folder, "inspect m.awd --json");
    assert_eq!(
        (&model["image"]["height"], &model["window"], &model["boundary"]),
        (&16.into(), &384.into(), &"periodization".into())
    );
    assert!(model["parameters"].as_u64().unwrap() <= 41, "{model}");

    let table = json(folder, "evaluate m.awd d.npz --json --quiet");
    assert_eq!((&table["metric"], &table["groups_test"]), (&"rmse".into(), &10.into()));
    let names: Vec<&str> = table["rows"].as_array().unwrap().iter().map(|row| row["model"].as_str().unwrap()).collect();
    assert_eq!(names, ["awd", "db5", "laplace", "roberts", "raw-peaks"]);
    let rmse = |name| row(&table, name)["score"].as_f64().unwrap();
    // The standard deviation of the brightness is 0.62.
    assert!(rmse("awd") < 0.8 * rmse("raw-peaks") && rmse("raw-peaks") < 0.62, "{table}");
    let counts = json(folder, "evaluate m.awd d.npz --peak-counts --json --quiet");
    let baseline_rmse = |name| row(&counts, name)["score"].as_f64().unwrap();
    assert!(
        rmse("awd") < baseline_rmse("counts") && baseline_rmse("counts") < 0.62 && baseline_rmse("minimum-chi2") < 0.62,
        "{counts}"
    );
    let outputs = json(folder, "score m.awd d.npz --json")["outputs"].clone();
    let error: f64 = (0..100)
        .map(|i| outputs[i][0].as_f64().unwrap() - (1.0 + ((200 + i as u64) * 7 % 13) as f64 / 6.0))
        .map(|error| error * error)
        .sum();
    assert!(((error / 100.0).sqrt() - rmse("awd")).abs() < 1e-4, "{error} {table}");
}

#[test]
fn what_maps_do_not_support_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    spots(&folder.join("d.npz"), [8, 8]);
    spots(&folder.join("odd.npz"), [9, 8]);
    crate::npz::bumps(&folder.join("signals.npz"));
    json(folder, "distil d.npz --gamma 0 --taps 2 --levels 1 --out m.awd --json --quiet");
    json(folder, "distil signals.npz --gamma 0 --taps 2 --levels 1 --out s.awd --json --quiet");
    let refused = |words: &str, bound: &str| {
        refused(folder, words, &[bound]);
    };
    let distil = "--gamma 0 --out n.awd --quiet";
    refused(&format!("distil odd.npz {distil}"), "9 by 8: crop them");
    refused(&format!("distil d.npz {distil} --boundary zero"), "periodization for images");
    refused(&format!("distil d.npz {distil} --levels 4"), "1 to 3");
    refused(&format!("distil d.npz {distil} --taps 10"), "from 2 to 8");
    refused(&format!("distil d.npz {distil} --arithmetic fixed"), "images are scored in floating point");
    refused(&format!("distil d.npz {distil} --early-events"), "no early part");
    refused("evaluate s.awd signals.npz --peak-counts --quiet", "maps (n, H, W)");
    refused("evaluate m.awd signals.npz --quiet", "windows of 8 rows, like the model's");
    refused("evaluate m.awd d.npz --early --quiet", "no early part");
    refused("score m.awd d.npz --stream", "no early part");
    assert!(!folder.join("n.awd").exists());
}

#[test]
fn maps_are_scored_on_the_board() {
    if !has_firmware() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    spots(&folder.join("d.npz"), [16, 8]);
    json(folder, "distil d.npz --gamma 0 --taps 4 --levels 2 --max-parameters 40 --out m.awd --json --quiet");
    let on_host = awd(folder, "score m.awd d.npz --limit 20").stdout;
    let on_board = awd(folder, "score m.awd d.npz --limit 20 --device qemu --quiet");
    assert_eq!(String::from_utf8_lossy(&on_board.stdout), String::from_utf8_lossy(&on_host), "{on_board:?}");
    assert_eq!(on_host.iter().filter(|byte| **byte == b'\n').count(), 20);
}
