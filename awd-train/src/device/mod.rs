//! A board that scores, emulated or at a serial port, driven over the frames of `awd_embedded`.

mod answer;
mod emulator;
pub mod firmware;
mod link;
mod log;
mod port;
mod push;
mod scorer;
pub mod signing;
#[cfg(unix)]
pub mod terminal;
mod verify;

use crate::model::Model;
use crate::progress::silent;
use crate::{Error, Next, Result};
pub use answer::{Info, Loaded, Scored, Swept, SweptScore};
use awd_core::score::Timing;
use awd_embedded::frame;
use awd_embedded::protocol::{AROUND_PART, MAX_GOLDEN, MAX_SWEPT, Request, Response, SCHEMA, SWEEP_RECORD};
pub use awd_embedded::protocol::{Health, Held};
pub use awd_embedded::trigger::Trigger;
pub use awd_embedded::update::Policy;
pub use emulator::EMULATORS;
use emulator::Emulator;
use link::{Fault, Link, START, TIMEOUT};
pub use port::{PERMISSION, QEMU, available, permitted};
pub use scorer::Board;
use std::collections::HashMap;
use std::path::Path;
pub use verify::{verify_golden, verify_windows};

/// Maximum number of bytes of a [`Request::Sweep`] besides its records: the kind and the length.
const SWEEP_AROUND: usize = 1 + 3;

/// A connected board and the model that it holds.
pub struct Device {
    link: Link,
    /// The name of the board in errors.
    name: String,
    /// The emulator, if the board is one that ends with this value.
    emulator: Option<Emulator>,
    /// Maximum number of bytes of a file or of samples in one request.
    max_part: usize,
    held: Option<Held>,
    /// Which models it accepts.
    updates: Policy,
    integers: bool,
    /// The open signals, each with the number of samples between two of its scores.
    hops: HashMap<u16, u16>,
}

impl Device {
    /// Opens the board at a port: the name of a serial port, or [`QEMU`] for an emulated board that ends with the
    /// value.
    ///
    /// # Errors
    /// There is no such port or it is busy; QEMU is not installed; the firmware cannot be built; the board does not
    /// answer, or speaks another version of the protocol.
    pub fn open(port: &str) -> Result<Self> {
        if let Some(board) = emulated(port) {
            // Checked first: without QEMU there is no need to build the firmware.
            emulator::installed(board)?;
            return Self::qemu(&firmware::locate(board)?);
        }
        Self::connect(Link::new(port::serial(port)?, TIMEOUT), port.to_owned(), None)
    }

    /// Starts the firmware (an ELF, see [`firmware::locate`]) in QEMU, on the board that its name ends with or else the
    /// default one. The emulator ends with the value.
    ///
    /// # Errors
    /// The file cannot be read; QEMU is not installed (the error explains how to install it); the board does not start.
    pub fn qemu(firmware: &Path) -> Result<Self> {
        let (emulator, socket) = Emulator::start(firmware, None)?;
        Self::connect(Link::new(Box::new(socket), TIMEOUT), emulator::NAME.into(), Some(emulator))
    }

    /// Connects to the board at the other end of a link and waits for its answer.
    fn connect(link: Link, name: String, emulator: Option<Emulator>) -> Result<Self> {
        // Every board takes four bytes. `info` then sets what this board takes.
        let mut device = Self {
            link,
            name,
            emulator,
            max_part: 4,
            held: None,
            updates: Policy::Any,
            integers: false,
            hops: HashMap::new(),
        };
        device.info()?;
        // What an earlier host may have left.
        device.close_signals()?;
        device.watch(None)?;
        Ok(device)
    }

    /// Whether this is an emulated board that ends with this value.
    #[must_use]
    pub const fn is_emulated(&self) -> bool {
        self.emulator.is_some()
    }

    /// Reads what the board is and what it holds.
    ///
    /// # Errors
    /// The board does not answer.
    pub fn info(&mut self) -> Result<Info> {
        let mut schema = SCHEMA;
        let info = self.ask(&Request::Info, |answer| {
            if let Response::Info(info) = answer {
                schema = info.schema;
            }
            Info::of(answer)
        })?;
        if schema != SCHEMA {
            let why = format_args!("its messages are those of another draft of protocol {}", frame::VERSION);
            return Err(Error::failed(&self.name, why).then(Next::ResetBoard));
        }
        self.max_part = (info.max_payload.saturating_sub(AROUND_PART) / size_of::<f32>()).max(1) * size_of::<f32>();
        self.held = info.model;
        self.updates = info.updates;
        self.integers = info.integers;
        Ok(info)
    }

    /// The model that the board holds, as it last reported.
    #[must_use]
    pub const fn held(&self) -> Option<Held> {
        self.held
    }

    /// Whether the board scores models in fixed point in integers, as it last reported.
    #[must_use]
    pub const fn integers(&self) -> bool {
        self.integers
    }

    /// Puts a model into service, unless it is in service already.
    ///
    /// # Errors
    /// Those of [`Device::push`].
    pub fn load(&mut self, model: &Model) -> Result<Held> {
        let file = model.file();
        let held = match self.held {
            Some(held) if file.last_chunk() == Some(&held.crc.to_le_bytes()) => Ok(held),
            _ => self.push(file, None, &silent).map(|loaded| loaded.model),
        }?;
        // Callers interpret the board's outputs with this model.
        let (window, outputs) = (model.window(), model.spec().readout.bias.len());
        if (usize::from(held.window), usize::from(held.outputs)) != (window, outputs) {
            let why = format_args!("it reports {held:?} for a model with window {window} and {outputs} outputs");
            return Err(impossible(&self.name, why));
        }
        Ok(held)
    }

    /// Puts the previous model into service again, permanently.
    ///
    /// # Errors
    /// There is no previous model, or the board does not answer.
    pub fn roll_back(&mut self) -> Result<Loaded> {
        let number = self.info()?.model.map_or(0, |held| held.number);
        self.loaded(&Request::RollBack { number }, |loaded| loaded.model.number != number)
    }

    /// Scores one window, with samples in the units of the training data. Returns the outputs that
    /// `awd_core::Scores::outputs` gives, bit for bit if no sample is `NaN`. A board may score a model in fixed point in
    /// integers, see [`Device::integers`]; then they are those of [`crate::score::as_on_board`].
    ///
    /// # Errors
    /// The window's length is not the model's, no model is loaded, or the board does not answer.
    pub fn score(&mut self, window: &[f32]) -> Result<Vec<f32>> {
        if let Some(held) = self.held
            && usize::from(held.window) != window.len()
        {
            return Err(Error::input(
                &self.name,
                "window",
                format!("{} samples; these are {}", held.window, window.len()),
            ));
        }
        let mut offset = 0_u16;
        for samples in window.chunks(self.max_part / size_of::<f32>()) {
            let bytes = bytes(samples);
            let end = offset.saturating_add(u16::try_from(samples.len()).unwrap_or(u16::MAX));
            let outputs = self.held.map(|held| usize::from(held.outputs));
            let scores = self.ask(&Request::Window { offset, samples: &bytes }, |answer| match answer {
                Response::Scores(scores) if outputs.is_none_or(|outputs| outputs == scores.len()) => {
                    Some(Some(scores.to_vec()))
                }
                _ => received(answer, end).map(|()| None),
            })?;
            if let Some(scores) = scores {
                return Ok(scores);
            }
            offset = end;
        }
        Err(Error::input(&self.name, "window", "it is shorter than the model's"))
    }

    /// Opens the signal with this number, from 0, or starts it again. The board has memory for [`Info::signals`] of
    /// them.
    ///
    /// # Errors
    /// The hop is 0, the number is too high, no model is loaded, the model is one of images, or the board does not
    /// answer.
    pub fn open_signal(&mut self, signal: u16, timing: Timing) -> Result<()> {
        let Timing { hop, growing } = timing;
        self.ask(&Request::Open { signal, hop, growing }, |answer| received(answer, 0))?;
        self.hops.insert(signal, hop);
        Ok(())
    }

    /// Sends the next samples of a signal, after the first `offset`: as many as one answer covers, at least one.
    /// Returns how many were taken, and the outputs of the windows that end in them.
    ///
    /// # Errors
    /// There are no samples, the signal is not open, the board expects other samples, or it does not answer.
    pub fn push_samples(&mut self, signal: u16, offset: u32, samples: &[f32]) -> Result<Scored> {
        let sent = samples.len().min(self.max_part / size_of::<f32>());
        let (bytes, held) = (bytes(&samples[..sent]), self.held);
        let hop = self.hops.get(&signal).copied().unwrap_or(1);
        let request = Request::Samples { signal, offset, samples: &bytes };
        self.ask(&request, |answer| Scored::of(answer, offset, sent, held, hop))
    }

    /// Sends the next sample of each of several signals, each with the number of its samples before: as many of them as
    /// one answer covers, at least one. Returns how many were taken, and the scores of the windows that end with them.
    ///
    /// # Errors
    /// There are no samples, the first signal is not open or the board expects another sample of it, or the board does
    /// not answer.
    pub fn push_sweep(&mut self, samples: &[(u16, u32, f32)]) -> Result<Swept> {
        let most = ((self.max_part + AROUND_PART - SWEEP_AROUND) / SWEEP_RECORD).clamp(1, MAX_SWEPT);
        let sent = &samples[..samples.len().min(most)];
        let mut bytes = Vec::with_capacity(sent.len() * SWEEP_RECORD);
        for (signal, offset, sample) in sent {
            bytes.extend(signal.to_le_bytes());
            // The board compares the lower 16 bits.
            bytes.extend((*offset as u16).to_le_bytes());
            bytes.extend(sample.to_le_bytes());
        }
        let held = self.held;
        self.ask(&Request::Sweep { samples: &bytes }, |answer| Swept::of(answer, sent.len(), held))
    }

    /// Sets when a score of a signal is an event; `None` stops events. The board raises its pin at an event, and
    /// [`Device::push_samples`] reports it.
    ///
    /// # Errors
    /// The model in service has no such class, the thresholds are not finite or not in order, no model is loaded, or the
    /// board does not answer.
    pub fn watch(&mut self, trigger: Option<Trigger>) -> Result<()> {
        self.ask(&Request::Watch { trigger }, done)
    }

    /// Closes a signal.
    ///
    /// # Errors
    /// The signal is not open, or the board does not answer.
    pub fn close_signal(&mut self, signal: u16) -> Result<()> {
        self.ask(&Request::Close { signal: Some(signal) }, done)
    }

    /// Closes all signals, if any are open.
    ///
    /// # Errors
    /// The board does not answer.
    pub fn close_signals(&mut self) -> Result<()> {
        self.ask(&Request::Close { signal: None }, done)
    }

    /// Reads the health counters of the board.
    ///
    /// # Errors
    /// The board does not answer.
    pub fn health(&mut self) -> Result<Health> {
        self.ask(&Request::Health, |answer| match answer {
            Response::Health(health) => Some(health.clone()),
            _ => None,
        })
    }

    /// The CRC-32 of the outputs for windows that the board generates, see [`awd_embedded::golden`].
    ///
    /// # Errors
    /// More than [`MAX_GOLDEN`] windows, no model is loaded, a signal is open, or the board does not answer.
    pub fn golden(&mut self, seed: u32, windows: u8) -> Result<u32> {
        debug_assert!(windows <= MAX_GOLDEN);
        self.ask(&Request::Golden { seed, windows }, |answer| match answer {
            Response::Golden { crc } => Some(*crc),
            _ => None,
        })
    }

    /// Resets the board and waits until it answers again, with the models in its slots.
    ///
    /// # Errors
    /// The board does not answer.
    pub fn reset(&mut self) -> Result<Info> {
        self.ask(&Request::Reset, done)?;
        // Requests that arrive while the board starts are lost.
        let usual = std::mem::replace(&mut self.link.timeout, START);
        let early = (0..5).find_map(|_| self.info().ok());
        self.link.timeout = usual;
        early.map_or_else(|| self.info(), Ok)
    }

    /// The lines that the board has logged since the last call.
    pub fn logs(&mut self) -> Vec<String> {
        self.emulator.as_mut().map(Emulator::logs).unwrap_or_default()
    }

    fn loaded(&mut self, request: &Request<'_>, asked_for: impl Fn(&Loaded) -> bool) -> Result<Loaded> {
        let loaded = self.ask(request, |answer| Loaded::of(answer).filter(&asked_for))?;
        self.held = Some(loaded.model);
        Ok(loaded)
    }

    fn ask<T>(&mut self, request: &Request<'_>, read: impl FnMut(&Response<'_>) -> Option<T>) -> Result<T> {
        let Self { link, emulator, name, .. } = self;
        // If the emulator has ended, its reason is more helpful than a missing answer.
        let alive = || emulator.as_mut().map_or(Ok(()), Emulator::alive).map_err(AskError::Error);
        link.ask(request, read, alive).map_err(|why| match why {
            AskError::Error(error) => error,
            AskError::Fault(Fault::Refused(why)) => Error::input(name, "refused", why),
            AskError::Fault(Fault::Unexpected(why)) => impossible(name, why),
            AskError::Fault(Fault::Version(why)) => Error::failed(name, why),
            AskError::Fault(Fault::Lost(why)) => Error::failed(
                name,
                format_args!("{why}: check that it runs awd's firmware and that no other program uses it"),
            ),
        })
    }
}

/// The error for an answer that is impossible.
fn impossible(name: &str, why: impl std::fmt::Display) -> Error {
    Error::failed(name, format_args!("{why}, which is impossible")).then(Next::ResetBoard)
}

/// The name of the emulated board that a port stands for.
fn emulated(port: &str) -> Option<&str> {
    match port.strip_prefix(QEMU)? {
        "" => firmware::boards().next(),
        board => board.strip_prefix(':'),
    }
}

/// Why a request has no answer.
enum AskError {
    Fault(Fault),
    Error(Error),
}

impl From<Fault> for AskError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn done(answer: &Response<'_>) -> Option<()> {
    matches!(answer, Response::Done).then_some(())
}

/// Checks that the board expects this offset next.
fn received(answer: &Response<'_>, expected: u16) -> Option<()> {
    matches!(answer, Response::Received { next } if *next == expected).then_some(())
}

fn bytes(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

#[cfg(test)]
mod misbehaving;
#[cfg(test)]
mod tests;
