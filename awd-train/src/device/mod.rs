//! A board that scores: an emulated one, spoken to over the frames of `awd_embedded`.

mod emulator;
pub mod firmware;
mod link;
mod log;

use crate::{Error, Result};
use awd_embedded::protocol::{self, MAX_CHUNK, Request, Response};
use emulator::Emulator;
use link::{Fault, Link, TIMEOUT};
use std::path::Path;

/// What errors call the board.
const NAME: &str = "emulated board";

/// How often a question is asked before its loss is an error. All of them may be asked again: none adds up.
const ATTEMPTS: usize = 3;

/// Samples that one request carries.
const SAMPLES: usize = MAX_CHUNK / size_of::<f32>();

/// A board, with what it has loaded.
pub struct Device {
    link: Link,
    /// Nothing where something else is at the other end; the tests have a thread there.
    emulator: Option<Emulator>,
    /// Samples of the loaded model's window.
    window: Option<usize>,
}

/// What a board is and holds; `awd_embedded::protocol::Info`, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Version of awd-embedded and awd-core.
    pub version: String,
    /// Major version of the model files that it reads.
    pub format: u8,
    /// Bytes of the largest model file.
    pub max_model: usize,
    /// Samples of the longest window.
    pub max_window: usize,
    /// Samples of work space, see [`awd_core::Model::work_len`].
    pub max_work: usize,
    /// Bytes of the longest frame.
    pub max_frame: usize,
}

impl From<&protocol::Info<'_>> for Info {
    fn from(info: &protocol::Info<'_>) -> Self {
        Self {
            version: info.version.to_string(),
            format: info.format,
            max_model: info.max_model.into(),
            max_window: info.max_window.into(),
            max_work: info.max_work.into(),
            max_frame: info.max_frame.into(),
        }
    }
}

impl Device {
    /// Starts the firmware of this repository in QEMU; it is built first if need be (see [`firmware::locate`]).
    ///
    /// # Errors
    /// QEMU is not installed, the firmware cannot be built, or the board does not come up.
    pub fn emulated() -> Result<Self> {
        // Before the firmware is built for nothing.
        emulator::installed()?;
        Self::qemu(&firmware::locate()?)
    }

    /// Starts this firmware (an ELF, see [`firmware::locate`]) in QEMU. The emulator ends with the value.
    ///
    /// # Errors
    /// The file cannot be read; QEMU is not installed (the error says how to install it); the board does not come up.
    pub fn qemu(firmware: &Path) -> Result<Self> {
        let (emulator, socket) = Emulator::start(firmware)?;
        Ok(Self { link: Link::new(socket, TIMEOUT), emulator: Some(emulator), window: None })
    }

    /// What the board is and holds.
    ///
    /// # Errors
    /// The board does not answer.
    pub fn info(&mut self) -> Result<Info> {
        self.repeat(|link| {
            link.ask(&Request::Info, |answer| match answer {
                Response::Info(info) => Some(Info::from(info)),
                _ => None,
            })
        })
    }

    /// Loads a model file. The board keeps the model that it had if it refuses this one.
    ///
    /// # Errors
    /// The board refuses the file, and why; or does not answer.
    pub fn load(&mut self, model_file: &[u8]) -> Result<()> {
        let total = u16::try_from(model_file.len())
            .map_err(|_| Error::input(NAME, "model", format!("{} bytes, at most 65535", model_file.len())))?;
        let window = self.repeat(|link| {
            let mut rest = model_file;
            loop {
                let (bytes, later) = rest.split_at(rest.len().min(MAX_CHUNK));
                // What was sent is a part of `total`.
                let offset = total - u16::try_from(rest.len()).unwrap_or(total);
                let loaded = link.ask(&Request::Model { total, offset, bytes }, |answer| match answer {
                    Response::Loaded { window, .. } => Some(Some(usize::from(*window))),
                    Response::Received { .. } if !later.is_empty() => Some(None),
                    _ => None,
                })?;
                if let Some(window) = loaded {
                    return Ok(window);
                }
                rest = later;
            }
        })?;
        self.window = Some(window);
        Ok(())
    }

    /// Scores one window, samples in the units of the training data: the outputs as `awd_core::Scores::outputs` gives
    /// them, to the bit for samples that are numbers.
    ///
    /// # Errors
    /// The window has not as many samples as the loaded model's, no model is loaded, or the board does not answer.
    pub fn score(&mut self, window: &[f32]) -> Result<Vec<f32>> {
        if let Some(samples) = self.window
            && samples != window.len()
        {
            return Err(Error::input(NAME, "window", format!("{samples} samples; these are {}", window.len())));
        }
        let mut bytes = Vec::with_capacity(MAX_CHUNK);
        self.repeat(|link| {
            for (part, offset) in window.chunks(SAMPLES).zip((0..).step_by(SAMPLES)) {
                bytes.clear();
                bytes.extend(part.iter().flat_map(|sample| sample.to_le_bytes()));
                let scores = link.ask(&Request::Window { offset, samples: &bytes }, |answer| match answer {
                    Response::Scores(scores) => Some(Some(scores.to_vec())),
                    Response::Received { .. } => Some(None),
                    _ => None,
                })?;
                if let Some(scores) = scores {
                    return Ok(scores);
                }
            }
            Err(Fault::Refused("window: shorter than the model's".into()))
        })
    }

    /// What the board logged since the last call, a line each.
    pub fn logs(&mut self) -> Vec<String> {
        self.emulator.as_mut().map(Emulator::logs).unwrap_or_default()
    }

    /// Tries `task` from its start until no frame of it is lost, a bounded number of times.
    fn repeat<T>(&mut self, mut task: impl FnMut(&mut Link) -> std::result::Result<T, Fault>) -> Result<T> {
        let mut attempt = 1;
        loop {
            match task(&mut self.link) {
                Ok(done) => return Ok(done),
                Err(Fault::Refused(why)) => return Err(Error::input(NAME, "refused", why)),
                Err(Fault::Lost(why)) => {
                    // Why it ended says more than that it is silent.
                    self.emulator.as_mut().map_or(Ok(()), Emulator::alive)?;
                    if attempt == ATTEMPTS {
                        return Err(Error::failed(NAME, format!("{why} (asked {ATTEMPTS} times)")));
                    }
                }
            }
            attempt += 1;
            // A flush that is lost is noticed as the next answer is.
            let _ = self.link.flush();
        }
    }
}

#[cfg(test)]
mod tests;
