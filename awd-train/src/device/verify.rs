//! Checks that a board scores as this computer does, bit for bit.

use super::Device;
use crate::model::Model;
use crate::progress::{Event, Progress, tell};
use crate::score::as_on_board;
use crate::{Error, Result};
use awd_embedded::golden::{self, Digest, Windows};
use awd_embedded::protocol::MAX_GOLDEN;
use ndarray::ArrayView2;

/// Windows between two progress events.
const STEP: usize = 50;

/// Compares the scores of `count` windows that board and host both generate from seeds. The board sends only a digest
/// of its scores.
///
/// # Errors
/// The model is not in service on the board, a score differs in a bit, the board does not answer, or the listener cancels.
pub fn verify_golden(device: &mut Device, model: &Model, count: u32, progress: Progress<'_>) -> Result<()> {
    let crc = model.file().last_chunk().map_or(0, |trailer| u32::from_le_bytes(*trailer));
    if device.info()?.model.map(|held| held.crc) != Some(crc) {
        return Err(Error::input(
            "board",
            "model",
            "this model must be in service; the board has another one, or none: push it first",
        ));
    }
    let mut scorer = as_on_board(model, device.integers());
    let mut done = 0;
    while done < count {
        let batch = u8::try_from(count - done).unwrap_or(u8::MAX).min(MAX_GOLDEN);
        let (mut golden, mut digest) = (Windows::new(done), Digest::default());
        let mut window = vec![0.0; model.window()];
        for _ in 0..batch {
            golden.fill(&mut window);
            digest.take(scorer.score(&window)?.outputs());
        }
        if device.golden(done, batch)? != digest.finish() {
            let range = format!("generated windows {done} to {}", done + u32::from(batch) - 1);
            return Err(Error::failed("verify", format_args!("board and host differ in {range}")));
        }
        done += u32::from(batch);
        tell(progress, Event { stage: "golden", done: done as usize, total: count as usize, note: String::new() })?;
    }
    Ok(())
}

/// Compares the scores of these windows (n, N), which the host sends to the board. Pushes the model to the board, unless
/// it is in service there.
///
/// # Errors
/// A score differs in a bit (the error names the window), the board refuses the model or does not answer, or the listener
/// cancels.
pub fn verify_windows(
    device: &mut Device,
    model: &Model,
    windows: ArrayView2<'_, f32>,
    progress: Progress<'_>,
) -> Result<()> {
    device.load(model)?;
    let mut host = as_on_board(model, device.integers());
    let n = windows.nrows();
    for (i, window) in windows.rows().into_iter().enumerate() {
        let window = window.to_vec();
        let bits = |outputs: &[f32]| -> Vec<u32> { outputs.iter().copied().map(golden::bits).collect() };
        let (here, there) = (bits(host.score(&window)?.outputs()), bits(&device.score(&window)?));
        if here != there {
            let why = format_args!(
                "board and host differ in window {i}: the board has the bits {there:x?}, the host has {here:x?}"
            );
            return Err(Error::failed("verify", why));
        }
        if (i + 1) % STEP == 0 || i + 1 == n {
            tell(progress, Event { stage: "board", done: i + 1, total: n, note: String::new() })?;
        }
    }
    Ok(())
}
