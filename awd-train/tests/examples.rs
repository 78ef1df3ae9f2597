//! The example of the library is run, and what it says is looked at.

#[path = "../examples/distil.rs"]
#[expect(dead_code, reason = "main is for cargo")]
mod distil;

use awd_train::model::Model;

#[test]
fn a_model_is_distilled_by_the_library_alone() {
    let (bytes, said) = distil::distilled().unwrap();
    let words: Vec<&str> = said.trim_end().split(' ').collect();
    let [_, "numbers,", _, "bytes,", "R²", score] = words[..] else { panic!("{said}") };
    assert!(score.parse::<f64>().unwrap() > 0.98, "{said}");
    // It is told from the samples alone, as awd-core's examples do.
    let model = Model::from_bytes(&bytes).unwrap();
    let hum: Vec<f32> = (0..32_u8).map(|t| (std::f32::consts::TAU * f32::from(t) / 7.0).sin()).collect();
    let pitch = model.view().score(&hum, &mut vec![0.0; model.work_len()]).unwrap().outputs()[0];
    assert!((pitch - 1.0 / 7.0).abs() < 0.01, "{pitch}");
}
