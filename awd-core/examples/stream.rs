//! Scores a signal without an end, sample by sample and in memory of a fixed size: a machine whose hum rises.
//!
//! awd-train/examples/distil.rs made the model, of windows of 32 samples.

use awd_core::{Live, Model, Signal};
use core::f32::consts::TAU;

/// Samples between two scores, a multiple of 2^levels.
const HOP: u16 = 16;

/// Calls `each` with the samples so far and the latest score in them; nothing if the file is no model for this.
pub fn listen(file: &[u8], samples: impl Iterator<Item = f32>, mut each: impl FnMut(usize, f32)) -> Option<()> {
    let model = Model::from_bytes(file).ok()?;
    let live = Live::new(&model, HOP).ok()?;
    let mut signal = Signal::<64, 128>::new(&live).ok()?; // as many as live.state_len() and history_len() say
    for (t, sample) in samples.enumerate() {
        if let Some(scores) = live.push(&mut signal, sample) {
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
