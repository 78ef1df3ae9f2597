//! `awd device monitor`: the board's health and latest scores, or those of a signal that is streamed to it.

use crate::cli::score::{line, lines};
use crate::cli::{Global, print, say};
use awd_core::score::Timing;
use awd_core::{Kind, Scores};
use awd_train::data::{ReadOptions, read_windows};
use awd_train::device::{Device, Health, Held, Trigger};
use awd_train::model::Model;
use awd_train::{Error, Result};
use ndarray::Axis;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// The number of the signal.
const SIGNAL: u16 = 0;

/// The time between two attempts to open a lost board.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);

/// Prints scores until `remaining` lines are printed.
pub struct Printer<'g> {
    pub global: &'g Global,
    pub model: Option<Model>,
    pub remaining: usize,
}

/// When the score of a streamed signal is an event.
#[derive(clap::Args)]
pub struct Watch {
    /// Mark scores of this class (its name or number) as events, for which the board raises its pin
    #[arg(long, value_name = "CLASS", requires = "model")]
    event: Option<String>,
    /// Probability of the class, against the next likely one, from which on a score is an event
    #[arg(long, default_value_t = 0.5, requires = "event")]
    probability: f64,
    /// Mark predicted values from this one on as events
    #[arg(long, value_name = "VALUE", requires = "model", conflicts_with = "event", allow_negative_numbers = true)]
    above: Option<f32>,
    /// Number of samples after an event without another one
    #[arg(long, default_value_t = 0)]
    refractory: u32,
}

impl Watch {
    const fn is_on(&self) -> bool {
        self.event.is_some() || self.above.is_some()
    }

    /// The trigger, if there is one. An event ends when the score is below the threshold again.
    fn trigger(&self, model: Option<&Model>) -> Result<Option<Trigger>> {
        let Some(model) = model.filter(|_| self.is_on()) else { return Ok(None) };
        let has_classes = model.spec().readout.kind == Kind::Softmax;
        let (class, on) = match (&self.event, self.above) {
            (Some(name), _) if has_classes => (class_of(model, name)?, self.margin()?),
            (Some(_), _) => {
                return Err(Error::input("--event", "model", "one of classes; this one predicts values: use --above"));
            }
            (None, Some(_)) if has_classes => {
                return Err(Error::input(
                    "--above",
                    "model",
                    "one that predicts values; this one has classes: use --event",
                ));
            }
            (None, above) => (0, above.unwrap_or_default()),
        };
        Ok(Some(Trigger { class, on, off: on, refractory: self.refractory }))
    }

    /// The margin of a class at the probability.
    fn margin(&self) -> Result<f32> {
        if !(self.probability > 0.0 && self.probability < 1.0) {
            let bound = format_args!("more than 0 and less than 1; it is {}", self.probability);
            return Err(Error::input("--probability", "probability", bound));
        }
        Ok((self.probability / (1.0 - self.probability)).ln() as f32)
    }
}

/// The number of a class with this name or number.
fn class_of(model: &Model, name: &str) -> Result<u8> {
    let (names, classes) = (model.class_names(), model.spec().readout.bias.len() + 1);
    let number = || name.parse().ok().filter(|number| *number < classes);
    let found = names.iter().position(|known| known == name).or_else(number);
    found.and_then(|class| u8::try_from(class).ok()).ok_or_else(|| {
        let known = if names.is_empty() { format!("0 to {}", classes - 1) } else { names.join(", ") };
        Error::input("--event", "class", format_args!("one of {known}; it is {name}"))
    })
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

/// Prints the board's health at intervals. If the board is lost (its cable, its power), waits until it is back.
pub fn watch(
    mut printer: Printer<'_>,
    mut device: Device,
    every: Duration,
    reopen: impl Fn() -> Result<Device>,
) -> Result<()> {
    loop {
        let health = match device.health() {
            // Nothing restarts an emulated board.
            Err(error) if error.exit_code() == 1 && !device.is_emulated() => {
                say(&format!("awd: {error}; waiting until it is back"));
                drop(device);
                device = wait_for(&reopen);
                say("awd: the board is back");
                continue;
            }
            health => health?,
        };
        let Health { windows, not_finite, saturated, out_of_range, clamped, drift, lost, bad_frames, latest } = health;
        let shown = drift.map_or("-".into(), |drift| format!("{drift:.2}"));
        let prefix = format!(
            "windows {windows}, not finite {not_finite}, saturated {saturated}, out of range {out_of_range}, clamped {clamped}, drift \
             {shown}, lost {lost}, bad frames {bad_frames}; latest\t"
        );
        let fields = [
            ("windows", json!(windows)),
            ("not_finite", json!(not_finite)),
            ("saturated", json!(saturated)),
            ("out_of_range", json!(out_of_range)),
            ("clamped", json!(clamped)),
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

/// Opens a board, as often as it takes.
fn wait_for(open: impl Fn() -> Result<Device>) -> Device {
    loop {
        std::thread::sleep(BETWEEN_ATTEMPTS);
        if let Ok(device) = open() {
            return device;
        }
    }
}

/// Sends windows at the same time, each as a signal that grows from its first sample, and prints each score with the
/// number of the window and the number of samples so far. As many run at once as the board has memory for.
pub fn tracks(
    mut printer: Printer<'_>,
    device: &mut Device,
    path: &Path,
    hop: Option<u16>,
    watch: &Watch,
) -> Result<()> {
    let (held, together) = (in_service(device)?, device.info()?.signals());
    let windows = read_windows(path, usize::MAX, Some(held.window.into()), &ReadOptions::default())?;
    device.watch(watch.trigger(printer.model.as_ref())?)?;
    let timing = Timing { hop: hop.unwrap_or(1), growing: true };
    for (batch, windows) in windows.axis_chunks_iter(Axis(0), together.max(1)).enumerate() {
        // The board has fewer than 65536 signals.
        let signals = 0..windows.nrows() as u16;
        signals.clone().try_for_each(|signal| device.open_signal(signal, timing))?;
        for (at, column) in (0..).zip(windows.columns()) {
            let samples: Vec<_> = signals.clone().zip(column).map(|(signal, sample)| (signal, at, *sample)).collect();
            let mut rest = &samples[..];
            while !rest.is_empty() {
                let swept = device.push_sweep(rest)?;
                for score in swept.scores {
                    let (window, sample) = (batch * together + usize::from(rest[score.record].0), at + 1);
                    let prefix = format!("{window}\t{sample}\t{}", if score.event { "event\t" } else { "" });
                    let fields = [("window", json!(window)), ("sample", json!(sample)), ("event", json!(score.event))];
                    let shown = &fields[..if watch.is_on() { 3 } else { 2 }];
                    if !printer.line(&prefix, shown, &score.outputs)? {
                        return device.close_signals();
                    }
                }
                rest = &rest[swept.taken..];
            }
        }
        device.close_signals()?;
    }
    Ok(())
}

/// The model in service.
fn in_service(device: &mut Device) -> Result<Held> {
    let none = || Error::input("board", "model", "none is in service: push one with awd device push");
    device.info()?.model.ok_or_else(none)
}

/// Streams a signal and prints each score with the number of samples up to the end of its window. Samples from stdin
/// (`-`) are sent line by line as they arrive.
pub fn stream(
    mut printer: Printer<'_>,
    device: &mut Device,
    path: &Path,
    hop: Option<u16>,
    watch: &Watch,
) -> Result<()> {
    let held = in_service(device)?;
    let hop = hop.unwrap_or(held.window);
    device.watch(watch.trigger(printer.model.as_ref())?)?;
    device.open_signal(SIGNAL, Timing::every(hop))?;
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
            let scored = device.push_samples(SIGNAL, next as u32, rest)?;
            let mut end = next + scored.first.wrapping_sub(next as u32) as usize;
            let taken = scored.next.wrapping_sub(next as u32) as usize;
            next += taken;
            rest = rest.get(taken..).unwrap_or_default();
            for (i, outputs) in scored.outputs.chunks(usize::from(held.outputs.max(1))).enumerate() {
                let event = scored.is_event(i);
                let prefix = format!("{end}\t{}", if event { "event\t" } else { "" });
                let fields = [("sample", json!(end)), ("event", json!(event))];
                if !printer.line(&prefix, &fields[..if watch.is_on() { 2 } else { 1 }], outputs)? {
                    return device.close_signal(SIGNAL);
                }
                end += usize::from(hop);
            }
        }
    }
    device.close_signal(SIGNAL)
}
