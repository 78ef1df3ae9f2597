//! Scores a signal as it comes, in memory of a fixed size: a machine whose hum rises.
//!
//! awd-train/examples/distil.rs made the model, of windows of 32 samples.

use awd_core::Model;
use awd_core::score::{Stream, Timing};
use core::f32::consts::TAU;

/// Samples from one score to the next.
const HOP: u16 = 16;

/// Calls `each` with the samples so far and the latest score in them; nothing if the file is no model for this.
pub fn listen(file: &[u8], samples: impl Iterator<Item = f32>, mut each: impl FnMut(usize, f32)) -> Option<()> {
    let model = Model::from_bytes(file).ok()?;
    let (mut state, mut work) = ([0.0; 32], [0.0; 64]); // as many as model.state_len() and work_len() say
    let mut stream = Stream::new(model, Timing::every(HOP), &mut state, &mut work).ok()?;
    for (t, sample) in samples.enumerate() {
        if let Some(scores) = stream.push(sample) {
            scores.outputs().first().into_iter().for_each(|&pitch| each(t + 1, pitch));
        }
    }
    Some(())
}

fn main() {
    // From 12 samples a turn to 5.
    let hum = (0..640_u16).map(f32::from).map(|t| libm::sinf(TAU * (t / 12.0 + t * t / 640.0 * (0.1167 / 2.0))));
    let heard = listen(include_bytes!("hum.awd"), hum, |t, pitch| println!("{t}: {pitch:.3} turns a sample"));
    if heard.is_none() {
        println!("no model of signals");
    }
}
