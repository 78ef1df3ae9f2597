//! Scores a signal sample by sample in memory of a fixed size: a machine whose hum rises.
//!
//! awd-train/examples/distil.rs made the model; its windows have 32 samples.

use awd_core::Model;
use awd_core::score::{Stream, Timing};
use core::f32::consts::TAU;

/// Samples from one score to the next.
const HOP: u16 = 16;

/// Calls `visit` with the number of samples so far and the score after them, whenever one is due; `None` if the file is
/// not a model of such windows.
pub fn listen(file: &[u8], samples: impl Iterator<Item = f32>, mut visit: impl FnMut(usize, f32)) -> Option<()> {
    let model = Model::from_bytes(file).ok()?;
    let (mut state, mut work) = ([0.0; 32], [0.0; 64]); // at least model.state_len() and work_len()
    let mut stream = Stream::new(model, Timing::every(HOP), &mut state, &mut work).ok()?;
    for (t, sample) in samples.enumerate() {
        if let Some(scores) = stream.push(sample) {
            scores.outputs().first().into_iter().for_each(|&pitch| visit(t + 1, pitch));
        }
    }
    Some(())
}

fn main() {
    // From 12 to 5 samples per period.
    let hum = (0..640_u16).map(f32::from).map(|t| libm::sinf(TAU * (t / 12.0 + t * t / 640.0 * (0.1167 / 2.0))));
    let result = listen(include_bytes!("hum.awd"), hum, |t, pitch| println!("{t}: {pitch:.3} periods per sample"));
    if result.is_none() {
        println!("the file is not a model of such signals");
    }
}
