//! `awd device monitor`: the board's health and latest scores, or those of a signal that is streamed to it.

use crate::cli::score::{line, lines};
use crate::cli::{Global, print};
use awd_core::Scores;
use awd_train::data::{ReadOptions, read_windows};
use awd_train::device::{Device, Health};
use awd_train::model::Model;
use awd_train::{Error, Result};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Prints scores until `remaining` lines are printed.
pub struct Printer<'g> {
    pub global: &'g Global,
    pub model: Option<Model>,
    pub remaining: usize,
}

impl Printer<'_> {
    /// Prints a line: the outputs, or the scores that the model computes from them. Returns whether more lines may
    /// follow. JSON is printed line by line, as the stream may not end.
    fn line(&mut self, prefix: &str, fields: &[(&str, Value)], outputs: &[f32]) -> Result<bool> {
        let scores = self.model.as_ref().filter(|model| model.spec().readout.bias.len() == outputs.len());
        if self.global.json {
            let mut object: serde_json::Map<String, Value> =
                fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            object.insert("outputs".into(), json!(outputs));
            print(&format!("{}\n", Value::Object(object)))?;
        } else {
            let text = match scores {
                Some(model) => line(&Scores::of(&model.view(), outputs), model.class_names()),
                None => outputs.iter().map(f32::to_string).collect::<Vec<_>>().join("\t") + "\n",
            };
            print(&format!("{prefix}{text}"))?;
        }
        self.remaining = self.remaining.saturating_sub(1);
        Ok(self.remaining > 0)
    }
}

/// Prints the board's health at intervals.
pub fn watch(mut printer: Printer<'_>, device: &mut Device, every: Duration) -> Result<()> {
    loop {
        let Health { windows, not_finite, out_of_range, drift, lost, bad_frames, latest } = device.health()?;
        let shown = drift.map_or("-".into(), |drift| format!("{drift:.2}"));
        let prefix = format!(
            "windows {windows}, not finite {not_finite}, out of range {out_of_range}, drift {shown}, lost {lost}, bad frames \
             {bad_frames}; latest\t"
        );
        let fields = [
            ("windows", json!(windows)),
            ("not_finite", json!(not_finite)),
            ("out_of_range", json!(out_of_range)),
            ("drift", json!(drift)),
            ("lost", json!(lost)),
            ("bad_frames", json!(bad_frames)),
        ];
        if !printer.line(&prefix, &fields, &latest)? {
            return Ok(());
        }
        std::thread::sleep(every);
    }
}

/// Streams a signal and prints each score with the number of samples up to the end of its window. Samples from stdin
/// (`-`) are sent line by line as they arrive.
pub fn stream(mut printer: Printer<'_>, device: &mut Device, path: &Path, hop: Option<u16>) -> Result<()> {
    let held = device
        .info()?
        .model
        .ok_or_else(|| Error::input("board", "model", "none is in service: push one with awd device push"))?;
    let hop = hop.unwrap_or(held.window);
    device.open_signal(hop)?;
    let parts: Box<dyn Iterator<Item = Result<Vec<f32>>>> = if path == Path::new("-") {
        Box::new(lines())
    } else {
        Box::new(std::iter::once(
            read_windows(path, usize::MAX, None, &ReadOptions::default())
                .map(|windows| windows.iter().copied().collect()),
        ))
    };
    // Samples sent so far. The counts of the protocol wrap at 2³², this one does not.
    let mut next = 0_usize;
    for part in parts {
        let part = part?;
        let mut rest = &part[..];
        while !rest.is_empty() {
            let scored = device.push_samples(next as u32, rest)?;
            let mut end = next + scored.first.wrapping_sub(next as u32) as usize;
            let taken = scored.next.wrapping_sub(next as u32) as usize;
            next += taken;
            rest = rest.get(taken..).unwrap_or_default();
            for outputs in scored.outputs.chunks(usize::from(held.outputs.max(1))) {
                if !printer.line(&format!("{end}\t"), &[("sample", json!(end))], outputs)? {
                    return device.close_signal();
                }
                end += usize::from(hop);
            }
        }
    }
    device.close_signal()
}
