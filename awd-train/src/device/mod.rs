//! A board that scores, emulated or at a serial port, spoken to over the frames of `awd_embedded`.

mod answer;
mod emulator;
pub mod firmware;
mod link;
mod log;
mod port;
mod scorer;
#[cfg(unix)]
pub mod terminal;
mod verify;

use crate::model::Model;
use crate::progress::{Event, Progress, silent, tell};
use crate::{Error, Next, Result};
pub use answer::{Info, Loaded, Scored};
use awd_embedded::protocol::{AROUND_PART, MAX_GOLDEN, Request, Response};
pub use awd_embedded::protocol::{Health, Held};
pub use emulator::EMULATOR;
use emulator::Emulator;
use link::{Fault, Link, START, TIMEOUT};
pub use port::{PERMISSION, QEMU, available, permitted};
pub use scorer::Board;
use std::path::Path;
pub use verify::{verify_golden, verify_windows};

/// A board, with what it holds.
pub struct Device {
    link: Link,
    /// What errors call it.
    name: String,
    /// Nothing where something else is at the other end.
    emulator: Option<Emulator>,
    /// Bytes of a file or of samples that one request carries.
    part: usize,
    held: Option<Held>,
    /// Samples between the windows of the signal.
    hop: u16,
}

impl Device {
    /// The board at a port: the name of a serial port, or [`QEMU`] for an emulated one that ends with the value.
    ///
    /// # Errors
    /// There is no such port or it is busy; QEMU is not installed, the firmware cannot be built; nobody answers, or in
    /// another version of the protocol.
    pub fn open(port: &str) -> Result<Self> {
        if let Some(board) = emulated(port) {
            // Before the firmware is built for nothing.
            emulator::installed()?;
            return Self::qemu(&firmware::locate(board)?);
        }
        Self::meet(Link::new(port::serial(port)?, TIMEOUT), port.to_owned(), None)
    }

    /// Starts this firmware (an ELF, see [`firmware::locate`]) in QEMU, on the board that its name ends with or else the usual
    /// one. The emulator ends with the value.
    ///
    /// # Errors
    /// The file cannot be read; QEMU is not installed (the error says how to install it); the board does not come up.
    pub fn qemu(firmware: &Path) -> Result<Self> {
        let (emulator, socket) = Emulator::start(firmware, None)?;
        Self::meet(Link::new(Box::new(socket), TIMEOUT), emulator::NAME.into(), Some(emulator))
    }

    /// The board at the other end of a line, once it has answered.
    fn meet(link: Link, name: String, emulator: Option<Emulator>) -> Result<Self> {
        // As much as every board takes, until it says how much it takes.
        let mut device = Self { link, name, emulator, part: 4, held: None, hop: 1 };
        device.info()?;
        // Of a host that has gone away; there may be none.
        let _ = device.close_signal();
        Ok(device)
    }

    /// Is it an emulated board that ends with this value?
    #[must_use]
    pub const fn is_emulated(&self) -> bool {
        self.emulator.is_some()
    }

    /// What the board is and holds.
    ///
    /// # Errors
    /// The board does not answer.
    pub fn info(&mut self) -> Result<Info> {
        let info = self.ask(&Request::Info, Info::of)?;
        self.part = (info.max_payload.saturating_sub(AROUND_PART) / size_of::<f32>()).max(1) * size_of::<f32>();
        self.held = info.model;
        Ok(info)
    }

    /// Puts a model file into service. The board keeps the model that it had if it refuses this one. If the file had begun to
    /// come before, it goes on from there.
    ///
    /// # Errors
    /// The board refuses the file, and why; or does not answer.
    pub fn push(&mut self, model_file: &[u8], progress: Progress<'_>) -> Result<Loaded> {
        let bound = format!("{} bytes, at most 65535", model_file.len());
        let total = u16::try_from(model_file.len()).map_err(|_| Error::input(&self.name, "model", bound))?;
        let crc = model_file.last_chunk().map_or(0, |trailer| u32::from_le_bytes(*trailer));
        let mut next = self.ask(&Request::Push { total, crc }, |answer| match answer {
            Response::Received { next } if *next <= total => Some(*next),
            _ => None,
        })?;
        while next < total {
            let rest = model_file.get(usize::from(next)..).unwrap_or_default();
            let bytes = &rest[..rest.len().min(self.part)];
            // A part is taken whole.
            let behind = next.saturating_add(u16::try_from(bytes.len()).unwrap_or(u16::MAX));
            self.ask(&Request::Part { offset: next, bytes }, |answer| received(answer, behind))?;
            next = behind;
            tell(progress, Event { stage: "push", done: next.into(), total: total.into(), note: String::new() })?;
        }
        self.loaded(&Request::Commit, |loaded| loaded.model.crc == crc)
    }

    /// Puts a model into service, unless this very model is.
    ///
    /// # Errors
    /// Those of [`Device::push`].
    pub fn load(&mut self, model: &Model) -> Result<Held> {
        let file = model.file();
        let held = match self.held {
            Some(held) if file.last_chunk() == Some(&held.crc.to_le_bytes()) => Ok(held),
            _ => self.push(file, &silent).map(|loaded| loaded.model),
        }?;
        // Whoever makes scores of its outputs relies on it.
        let (window, outputs) = (model.window(), model.spec().readout.bias.len());
        if (usize::from(held.window), usize::from(held.outputs)) != (window, outputs) {
            let why = format_args!("it says {held:?} of a model with window {window} and {outputs} outputs");
            return Err(unfit(&self.name, why));
        }
        Ok(held)
    }

    /// Puts the model before this one into service again, for good.
    ///
    /// # Errors
    /// There is none, or the board does not answer.
    pub fn roll_back(&mut self) -> Result<Loaded> {
        self.loaded(&Request::RollBack, |_| true)
    }

    /// Scores one window, samples in the units of the training data: the outputs as `awd_core::Scores::outputs` gives
    /// them, to the bit for samples that are numbers.
    ///
    /// # Errors
    /// The window has not as many samples as the model's, no model is loaded, or the board does not answer.
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
        for samples in window.chunks(self.part / size_of::<f32>()) {
            let bytes = bytes(samples);
            let behind = offset.saturating_add(u16::try_from(samples.len()).unwrap_or(u16::MAX));
            let outputs = self.held.map(|held| usize::from(held.outputs));
            let scores = self.ask(&Request::Window { offset, samples: &bytes }, |answer| match answer {
                Response::Scores(scores) if outputs.is_none_or(|outputs| outputs == scores.len()) => {
                    Some(Some(scores.to_vec()))
                }
                _ => received(answer, behind).map(|()| None),
            })?;
            if let Some(scores) = scores {
                return Ok(scores);
            }
            offset = behind;
        }
        Err(Error::input(&self.name, "window", "shorter than the model's"))
    }

    /// Opens a signal, of which a window ends at every `hop` samples.
    ///
    /// # Errors
    /// `hop` is 0, no model is loaded or it is one of images, or the board does not answer.
    pub fn open_signal(&mut self, hop: u16) -> Result<()> {
        self.ask(&Request::Open { hop }, |answer| received(answer, 0))?;
        self.hop = hop;
        Ok(())
    }

    /// Sends the next samples of the signal, of which `offset` have been sent; as many as one answer takes, at least one. Whole windows
    /// were scored, each of which ends in what was taken.
    ///
    /// # Errors
    /// There are no samples, no signal is open, others are expected, or the board does not answer.
    pub fn push_samples(&mut self, offset: u32, samples: &[f32]) -> Result<Scored> {
        let sent = samples.len().min(self.part / size_of::<f32>());
        let (bytes, held, hop) = (bytes(&samples[..sent]), self.held, self.hop);
        let request = Request::Samples { offset, samples: &bytes };
        self.ask(&request, |answer| Scored::of(answer, offset, sent, held, hop))
    }

    /// Ends the signal.
    ///
    /// # Errors
    /// None is open, or the board does not answer.
    pub fn close_signal(&mut self) -> Result<()> {
        self.ask(&Request::Close, done)
    }

    /// How the instrument does.
    ///
    /// # Errors
    /// The board does not answer.
    pub fn health(&mut self) -> Result<Health> {
        self.ask(&Request::Health, |answer| match answer {
            Response::Health(health) => Some(health.clone()),
            _ => None,
        })
    }

    /// The CRC-32 of the outputs of windows that the board makes by itself, see [`awd_embedded::golden`].
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

    /// Starts the board anew and waits until it is there again, with what is in its slots.
    ///
    /// # Errors
    /// The board does not answer.
    pub fn reset(&mut self) -> Result<Info> {
        self.ask(&Request::Reset, done)?;
        // What is asked while it starts is lost.
        let usual = std::mem::replace(&mut self.link.timeout, START);
        let early = (0..5).find_map(|_| self.info().ok());
        self.link.timeout = usual;
        early.map_or_else(|| self.info(), Ok)
    }

    /// What the board logged since the last call, a line each.
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
        // Why the emulator ended says more than that it is silent.
        let alive = || emulator.as_mut().map_or(Ok(()), Emulator::alive).map_err(Ended::Error);
        link.ask(request, read, alive).map_err(|why| match why {
            Ended::Error(error) => error,
            Ended::Fault(Fault::Refused(why)) => Error::input(name, "refused", why),
            Ended::Fault(Fault::Unfit(why)) => unfit(name, why),
            Ended::Fault(Fault::Foreign(why)) => Error::failed(name, why),
            Ended::Fault(Fault::Lost(why)) => {
                Error::failed(name, format_args!("{why}: is it awd's firmware, and is nobody else speaking to it?"))
            }
        })
    }
}

/// The error of a board that says what cannot be.
fn unfit(name: &str, why: impl std::fmt::Display) -> Error {
    Error::failed(name, format_args!("{why}, which cannot be")).then(Next::ResetBoard)
}

/// The board that a port is the emulation of.
fn emulated(port: &str) -> Option<&str> {
    match port.strip_prefix(QEMU)? {
        "" => firmware::boards().next(),
        board => board.strip_prefix(':'),
    }
}

/// Why a question has no answer.
enum Ended {
    Fault(Fault),
    Error(Error),
}

impl From<Fault> for Ended {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn done(answer: &Response<'_>) -> Option<()> {
    matches!(answer, Response::Done).then_some(())
}

/// So much is there now.
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
