//! `awd device verify`: checks that the board scores as this computer does, bit for bit.

use super::words;
use crate::cli::draw::Bars;
use crate::cli::score::windows_of;
use crate::cli::{Global, report};
use awd_train::data::ReadOptions;
use awd_train::device::{Device, verify_golden, verify_windows};
use awd_train::model::Model;
use awd_train::progress::silent;
use awd_train::{Error, Result};
use serde_json::json;
use std::path::Path;

/// Compares the scores of the board with those of this computer.
pub fn verify(
    global: &Global,
    mut device: Device,
    path: &Path,
    model: &Model,
    windows: Option<&Path>,
    count: u32,
) -> Result<()> {
    let crc = model.file().last_chunk().map_or(0, |trailer| u32::from_le_bytes(*trailer));
    let held = device.info()?.model;
    if held.map(|held| held.crc) != Some(crc) {
        let bound =
            format_args!("must be in service on the board, which has {}: push it with awd device push", words(held));
        return Err(Error::input(path.display(), "model", bound));
    }
    let bars = Bars::new(global);
    verify_golden(&mut device, model, count, &|event| bars.draw(event))?;
    let windows =
        windows.map(|path| windows_of(path, model.window(), count as usize, &ReadOptions::default())).transpose()?;
    let from_file = windows.as_ref().map_or(0, |windows| windows.nrows());
    if let Some(windows) = windows {
        verify_windows(&mut device, model, windows.view(), &silent)?;
    }
    let words = format!("equal bit for bit: {count} generated windows, {from_file} windows from the file\n");
    report(global, &json!({"golden": count, "windows": from_file, "equal": true}), &words)
}
