//! `awd device verify`: does the board score as this computer does, bit for bit?

use super::words;
use crate::cli::draw::Bars;
use crate::cli::score::windows_of;
use crate::cli::scorer::on_host;
use crate::cli::{Global, report};
use awd_embedded::golden::{self, Digest, Windows};
use awd_embedded::protocol::MAX_GOLDEN;
use awd_train::device::Device;
use awd_train::model::Model;
use awd_train::progress::Event;
use awd_train::{Error, Result};
use serde_json::json;
use std::path::Path;

/// Compares the board with this computer.
pub fn verify(
    global: &Global,
    device: &mut Device,
    path: &Path,
    model: &Model,
    windows: Option<&Path>,
    count: u32,
) -> Result<()> {
    let crc = model.file().last_chunk().map_or(0, |trailer| u32::from_le_bytes(*trailer));
    let held = device.info()?.model;
    if held.map(|held| held.crc) != Some(crc) {
        let bound = format_args!("in service on the board, which has {}: awd device push it first", words(held));
        return Err(Error::input(path.display(), "model", bound));
    }
    let mut scorer = on_host(model);
    let differs = |what: String| Err(Error::failed("verify", format_args!("board and host differ in {what}")));
    let bars = Bars::new(global);
    let mut done = 0;
    while done < count {
        let some = u8::try_from(count - done).unwrap_or(u8::MAX).min(MAX_GOLDEN);
        let (mut golden, mut digest) = (Windows::new(done), Digest::default());
        let mut window = vec![0.0; model.window()];
        for _ in 0..some {
            golden.fill(&mut window);
            digest.take(scorer.score(&window)?.outputs());
        }
        if device.golden(done, some)? != digest.finish() {
            return differs(format!("golden windows {done} to {}", done + u32::from(some) - 1));
        }
        done += u32::from(some);
        let _ = bars.draw(Event { stage: "golden", done: done as usize, total: count as usize, note: String::new() });
    }
    let mut of_file = 0;
    if let Some(path) = windows {
        for (i, window) in windows_of(path, model.window(), count as usize)?.rows().into_iter().enumerate() {
            let window = &window.to_vec();
            let bits = |outputs: &[f32]| outputs.iter().copied().map(golden::bits).collect::<Vec<_>>();
            if bits(&device.score(window)?) != bits(scorer.score(window)?.outputs()) {
                return differs(format!("{}, window {i}", path.display()));
            }
            of_file += 1;
        }
    }
    let words = format!("equal bit for bit: {done} golden windows, {of_file} of the file\n");
    report(global, &json!({"golden": done, "windows": of_file, "equal": true}), &words)
}
