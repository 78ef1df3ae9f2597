//! Scores a window as firmware does, without allocation or panic: measures the pitch of a machine's hum.
//!
//! awd-train/examples/distil.rs made the model; its windows have 32 samples.

use awd_core::Model;

/// The pitch in periods per sample; `None` if the file or the window is invalid.
pub fn pitch(file: &[u8], window: &[f32]) -> Option<f32> {
    let model = Model::from_bytes(file).ok()?; // validated once
    let mut work = [0.0; 64]; // at least model.work_len()
    model.score(window, &mut work).ok()?.outputs().first().copied()
}

fn main() {
    // 7 samples per period.
    let window: [f32; 32] = core::array::from_fn(|t| libm::sinf(core::f32::consts::TAU / 7.0 * t as f32));
    match pitch(include_bytes!("hum.awd"), &window) {
        Some(pitch) => println!("{pitch:.3} periods per sample"),
        None => println!("the file is not a model of such windows"),
    }
}
