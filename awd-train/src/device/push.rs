//! Pushes models to a board.

use super::signing::Signature;
use super::{Device, Loaded, received};
use crate::progress::{Event, Progress, tell};
use crate::{Error, Next, Result};
use awd_embedded::protocol::{self, Refusal, Request, Response};
use awd_embedded::update::Policy;
use std::time::Duration;

/// The longest time in seconds that a push waits for a board that limits how often its flash is erased.
const MAX_WAIT: u32 = 120;

impl Device {
    /// Puts a model file into service. If the board refuses it, the previous model stays in service. An interrupted push of
    /// the same model is resumed, and a model that is in service is not written again. A board that takes only signed
    /// models needs a signature; others ignore it. Waits up to two minutes if the board limits how often it erases its
    /// flash.
    ///
    /// # Errors
    /// The board takes no models, or none without another signature; it refuses the model (the error gives the reason),
    /// or does not answer.
    pub fn push(&mut self, file: &[u8], signature: Option<&Signature>, progress: Progress<'_>) -> Result<Loaded> {
        self.check_signature(signature)?;
        let bound = format!("at most 65535 bytes; it has {}", file.len());
        let total = u16::try_from(file.len()).map_err(|_| Error::input(&self.name, "model", bound))?;
        let crc = file.last_chunk().map_or(0, |trailer| u32::from_le_bytes(*trailer));
        let told = |done: u16, note: String| {
            tell(progress, Event { stage: "push", done: done.into(), total: total.into(), note })
        };
        let mut next = self.begin(total, crc, |seconds| told(0, format!("the board is ready in {seconds} s")))?;
        while next < total {
            let rest = file.get(usize::from(next)..).unwrap_or_default();
            let bytes = &rest[..rest.len().min(self.max_part)];
            // The board takes a part completely or not at all.
            let end = next.saturating_add(u16::try_from(bytes.len()).unwrap_or(u16::MAX));
            self.ask(&Request::Part { offset: next, bytes }, |answer| received(answer, end))?;
            next = end;
            told(next, String::new())?;
        }
        let signature = signature.map(|Signature { number, bytes, .. }| protocol::Signature { number: *number, bytes });
        self.loaded(&Request::Commit { signature }, |loaded| loaded.model.crc == crc)
    }

    /// Begins an upload, and returns the offset from which to continue. `wait` is called before each second of waiting.
    fn begin(&mut self, total: u16, crc: u32, wait: impl Fn(u32) -> Result<()>) -> Result<u16> {
        for waited in 0.. {
            let next = self.ask(&Request::Push { total, crc }, |answer| match answer {
                Response::Received { next } if *next <= total => Some(Ok(*next)),
                Response::Refused(Refusal::Wait { seconds }) if waited < MAX_WAIT => Some(Err(*seconds)),
                _ => None,
            })?;
            match next {
                Ok(next) => return Ok(next),
                Err(seconds) => wait(seconds)?,
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        unreachable!("the last refusal is an error")
    }

    /// Checks whether the board can take a model with this signature, before it is sent.
    fn check_signature(&self, signature: Option<&Signature>) -> Result<()> {
        let bad = |bound: String| Err(Error::input(&self.name, "signature", bound).then(Next::SignModel));
        match (self.updates, signature) {
            (Policy::Never, _) => {
                let bound = "firmware that takes models; this one keeps its model: flash other firmware to change it";
                Err(Error::input(&self.name, "model", bound))
            }
            (Policy::Signed { key }, None) => bad(format!("one with the key {key:08x}; the model is not signed")),
            (Policy::Signed { key }, Some(signature)) if signature.key != key => {
                bad(format!("one with the key {key:08x}; the model is signed with the key {:08x}", signature.key))
            }
            _ => Ok(()),
        }
    }
}
