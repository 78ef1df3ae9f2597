//! Scores a window as firmware does, without allocation or panic: how fast does a machine hum?
//!
//! awd-train/examples/distil.rs made the model, of windows of 32 samples.

use awd_core::Model;

/// Turns from sample to sample, if file and window are what they should be.
pub fn pitch(file: &[u8], window: &[f32]) -> Option<f32> {
    let model = Model::from_bytes(file).ok()?; // validated once; nothing after it fails
    let mut work = [0.0; 64]; // as many as model.work_len() says
    model.score(window, &mut work).ok()?.outputs().first().copied()
}

fn main() {
    // 7 samples a turn.
    let window: [f32; 32] = core::array::from_fn(|t| libm::sinf(core::f32::consts::TAU / 7.0 * t as f32));
    match pitch(include_bytes!("hum.awd"), &window) {
        Some(pitch) => println!("{pitch:.3} turns a sample"),
        None => println!("no model of this window"),
    }
}
