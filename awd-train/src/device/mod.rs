//! A board that scores, emulated or at a serial port, spoken to over the frames of `awd_embedded`.

mod emulator;
pub mod firmware;
mod link;
mod log;
mod port;
#[cfg(unix)]
pub mod terminal;

use crate::file::model_bytes;
use crate::progress::{Event, Progress, silent};
use crate::{Error, Result};
use awd_core::Model;
use awd_embedded::protocol::{AROUND_PART, MAX_GOLDEN, Request, Response};
pub use awd_embedded::protocol::{Health, Held};
pub use emulator::EMULATOR;
use emulator::Emulator;
use link::{Fault, Link, START, TIMEOUT};
pub use port::{PERMISSION, available, permitted};
use std::path::Path;

/// The name of the usual emulated board as a port. Of another one (see [`firmware::boards`]) the name stands behind it and a
/// colon, as in `qemu:microbit`.
pub const QEMU: &str = "qemu";

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
}

/// What a board is and holds; `awd_embedded::protocol::Info`, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Version of awd-embedded and awd-core.
    pub version: String,
    /// The newest major version of the model files that it reads.
    pub format: u8,
    /// Whether it scores images.
    pub images: bool,
    /// Bytes of the largest model file.
    pub max_model: usize,
    /// Samples of the longest window.
    pub max_window: usize,
    /// Samples of work space, see [`Model::work_len`].
    pub max_work: usize,
    /// Bytes of the longest request.
    pub max_payload: usize,
    /// The model in service.
    pub model: Option<Held>,
}

/// A model that has come into service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    /// The model.
    pub model: Held,
    /// Of an open signal, the number of samples at the end of the first window that it scores.
    pub from: Option<u32>,
}

/// What a board took of a signal.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Samples that were taken since it began, less a multiple of 2³².
    pub next: u32,
    /// The number of samples at the end of the first of the windows.
    pub first: u32,
    /// The outputs of one window after the other.
    pub outputs: Vec<f32>,
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
        let mut device = Self { link, name, emulator, part: 4, held: None };
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
        let info = self.ask(&Request::Info, |answer| match answer {
            Response::Info(info) => Some(Info {
                version: info.version.to_string(),
                format: info.format,
                images: info.images,
                max_model: info.max_model.into(),
                max_window: info.max_window.into(),
                max_work: info.max_work.into(),
                max_payload: info.max_payload.into(),
                model: info.model,
            }),
            _ => None,
        })?;
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
        let received = |answer: &Response<'_>| match answer {
            Response::Received { next } => Some(*next),
            _ => None,
        };
        let mut next = self.ask(&Request::Push { total, crc }, received)?;
        while next < total {
            let rest = model_file.get(usize::from(next)..).unwrap_or_default();
            let bytes = &rest[..rest.len().min(self.part)];
            next = self.ask(&Request::Part { offset: next, bytes }, received)?;
            progress(Event { stage: "push", done: next.into(), total: total.into(), note: String::new() });
        }
        self.loaded(&Request::Commit)
    }

    /// Puts a model into service, unless this very model is.
    ///
    /// # Errors
    /// Those of [`Device::push`].
    pub fn load(&mut self, model: &Model) -> Result<Held> {
        let file = model_bytes(model);
        match self.held {
            Some(held) if file.last_chunk() == Some(&held.crc.to_le_bytes()) => Ok(held),
            _ => self.push(&file, &silent).map(|loaded| loaded.model),
        }
    }

    /// Puts the model before this one into service again, for good.
    ///
    /// # Errors
    /// There is none, or the board does not answer.
    pub fn roll_back(&mut self) -> Result<Loaded> {
        self.loaded(&Request::RollBack)
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
            let scores = self.ask(&Request::Window { offset, samples: &bytes }, |answer| match answer {
                Response::Scores(scores) => Some(Some(scores.to_vec())),
                Response::Received { .. } => Some(None),
                _ => None,
            })?;
            if let Some(scores) = scores {
                return Ok(scores);
            }
            offset = offset.saturating_add(u16::try_from(samples.len()).unwrap_or(u16::MAX));
        }
        Err(Error::input(&self.name, "window", "shorter than the model's"))
    }

    /// Opens a signal, of which a window ends at every `hop` samples.
    ///
    /// # Errors
    /// `hop` is 0, no model is loaded or it is one of images, or the board does not answer.
    pub fn open_signal(&mut self, hop: u16) -> Result<()> {
        self.ask(&Request::Open { hop }, |answer| matches!(answer, Response::Received { next: 0 }).then_some(()))
    }

    /// Sends the next samples of the signal, of which `offset` have been sent; as many as one answer takes.
    ///
    /// # Errors
    /// No signal is open, others are expected, or the board does not answer.
    pub fn push_samples(&mut self, offset: u32, samples: &[f32]) -> Result<Scored> {
        let bytes = bytes(&samples[..samples.len().min(self.part / size_of::<f32>())]);
        self.ask(&Request::Samples { offset, samples: &bytes }, |answer| match answer {
            Response::Scored { next, first, outputs } => {
                Some(Scored { next: *next, first: *first, outputs: outputs.to_vec() })
            }
            _ => None,
        })
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

    fn loaded(&mut self, request: &Request<'_>) -> Result<Loaded> {
        let loaded = self.ask(request, |answer| match answer {
            Response::Loaded { model, from } => Some(Loaded { model: *model, from: *from }),
            _ => None,
        })?;
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
            Ended::Fault(Fault::Foreign(why)) => Error::failed(name, why),
            Ended::Fault(Fault::Lost(why)) => {
                Error::failed(name, format_args!("{why}: is it awd's firmware, and is nobody else speaking to it?"))
            }
        })
    }
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

fn bytes(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests;
