//! Runs the examples of the library and checks what they print.

#[path = "../examples/distil.rs"]
#[expect(dead_code, reason = "only cargo runs main")]
mod distil;

#[path = "../examples/resplits.rs"]
#[expect(dead_code, reason = "only cargo runs main")]
mod resplits;

use awd_train::data::{Dataset, Samples, Target};
use awd_train::model::Model;
use ndarray::Array2;

#[test]
fn a_model_is_distilled_by_the_library_alone() {
    let (bytes, summary) = distil::distilled().unwrap();
    let words: Vec<&str> = summary.trim_end().split(' ').collect();
    let [_, "parameters,", _, "bytes,", "R²", score] = words[..] else { panic!("{summary}") };
    assert!(score.parse::<f64>().unwrap() > 0.98, "{summary}");
    // Predict from the samples alone, as the examples of awd-core do.
    let model = Model::from_bytes(&bytes).unwrap();
    let hum: Vec<f32> = (0..32_u8).map(|t| (std::f32::consts::TAU * f32::from(t) / 7.0).sin()).collect();
    let pitch = model.view().score(&hum, &mut vec![0.0; model.work_len()]).unwrap().outputs()[0];
    assert!((pitch - 1.0 / 7.0).abs() < 0.01, "{pitch}");
}

#[test]
fn a_data_set_is_split_again_and_scored() {
    // Sinusoids of two frequencies; each window has its own phase.
    let hums = |n: usize| {
        let x =
            Array2::from_shape_fn((n, 40), |(i, t)| (t as f32 * if i % 2 == 0 { 0.4 } else { 0.9 } + i as f32).sin());
        Samples { x, y: Target::Classes { labels: (0..n).map(|i| i % 2).collect(), classes: 2 } }
    };
    let [train, test] = [hums(24), hums(60)];
    let data = Dataset::builder(train.x, train.y).test(test.x, test.y).named("hums").build().unwrap();
    let table = resplits::table(&[data], 2).unwrap();
    let row = table.lines().find(|line| line.starts_with("| hums | 24 |")).unwrap();
    let scores: Vec<f64> =
        row.split('|').skip(3).filter_map(|cell| cell.split('±').next()?.trim().parse().ok()).collect();
    assert!(scores.len() == 4 && scores.iter().all(|score| *score > 0.9), "{table}");
    assert!(table.contains("awd minus learned: +0.0000") && table.contains("awd minus fixed: "), "{table}");
}
