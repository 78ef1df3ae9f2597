//! Models: from the line into a slot, from a slot into service.

use super::{Server, follows, narrow};
use crate::event;
use crate::protocol::{Held, ModelError, Refusal, Response};
use crate::slots::{Entry, MemoryFault};
use awd_core::{Invalid, Model};
use embedded_storage::nor_flash::NorFlash;

impl<F: NorFlash, const WORK: usize, const WINDOW: usize, const FRAME: usize> Server<F, WORK, WINDOW, FRAME> {
    /// Bytes of the largest file.
    pub(super) fn max_model(&self) -> usize {
        self.slots.capacity().min(size_of::<[f32; WORK]>())
    }

    /// The model in service, as it is told to the host.
    pub(super) fn held(&self) -> Option<Held> {
        let (entry, model) = (self.entry?, self.place.get()?);
        let spec = model.spec();
        // Both are bounded far below 256 by the model's format.
        let count = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
        let (outputs, terms) = (count(spec.readout.bias.len()), count(spec.terms.len()));
        Some(Held { number: entry.number, crc: entry.crc, window: spec.window, outputs, terms })
    }

    /// Puts the latest good model of the slots into service, if there is one.
    pub fn start(&mut self) {
        let mut before = u32::MAX;
        while let Some(entry) = self.slots.latest(before) {
            match self.load(entry) {
                Ok(()) => return self.serve_with(entry),
                Err(error) => event::refused(error),
            }
            before = entry.number;
        }
    }

    pub(super) fn push(&mut self, total: u16, crc: u32) -> Result<Response<'static>, Refusal<'static>> {
        let capacity = narrow(self.max_model());
        if total > capacity {
            return Err(Refusal::TooLong { capacity });
        }
        let upload = match self.upload.take().filter(|upload| upload.is_of(total, crc)) {
            Some(upload) => upload,
            None => self.slots.begin(self.entry, total, crc)?,
        };
        let next = upload.next();
        self.upload = Some(upload);
        Ok(Response::Received { next })
    }

    pub(super) fn take_part(&mut self, offset: u16, bytes: &[u8]) -> Result<Response<'static>, Refusal<'static>> {
        let mut upload = self.upload.take().ok_or(Refusal::NoPush)?;
        let taken = follows(offset.into(), upload.next().into()).and_then(|()| {
            if bytes.len() > upload.missing().into() {
                return Err(Refusal::TooLong { capacity: upload.missing() });
            }
            Ok(self.slots.write(&mut upload, bytes)?)
        });
        let next = upload.next();
        // What failed has to begin anew.
        self.upload = Some(upload).filter(|_| taken != Err(Refusal::Memory));
        taken.map(|()| Response::Received { next })
    }

    /// Puts a complete file into service, if it is good. There is room for one model, so that the one before it is read
    /// again where it is not.
    pub(super) fn commit(&mut self) -> Result<Response<'static>, Refusal<'static>> {
        let upload = self.upload.as_ref().ok_or(Refusal::NoPush)?;
        if upload.missing() > 0 {
            return Err(Refusal::Incomplete { next: upload.next() });
        }
        let entry = upload.entry();
        self.upload = None;
        let sealed = match self.load(entry) {
            Ok(()) => self.slots.seal(entry).map_err(Refusal::from),
            Err(error) => {
                event::refused(error);
                Err(Refusal::Model(error))
            }
        };
        self.finish(entry, sealed)
    }

    pub(super) fn roll_back(&mut self) -> Result<Response<'static>, Refusal<'static>> {
        let newer = self.entry.ok_or(Refusal::NoModel)?;
        let older = self.slots.latest(newer.number).ok_or(Refusal::NoOther)?;
        let revoked = match self.load(older) {
            Ok(()) => self.slots.revoke(newer).map_err(Refusal::from),
            Err(_) => Err(Refusal::NoOther),
        };
        self.finish(older, revoked)
    }

    /// Serves with a model that was loaded, or with the one before it.
    fn finish(
        &mut self,
        entry: Entry,
        done: Result<(), Refusal<'static>>,
    ) -> Result<Response<'static>, Refusal<'static>> {
        match done {
            Ok(()) => self.serve_with(entry),
            Err(_) => {
                if let Some(before) = self.entry
                    && self.load(before).is_err()
                {
                    self.entry = None;
                }
            }
        }
        done?;
        let model = self.held().ok_or(Refusal::NoModel)?;
        Ok(Response::Loaded { model, from: self.settle() })
    }

    /// What was loaded is in service from now on.
    fn serve_with(&mut self, entry: Entry) {
        self.entry = Some(entry);
        self.health.reset();
        self.latest.clear();
        if self.signal.is_none() {
            self.window.clear();
        }
        self.place.get().into_iter().for_each(|model| event::loaded(model, entry.number));
    }

    /// Reads a slot's file into the place of the model. Where it is no good, no model is there.
    fn load(&mut self, entry: Entry) -> Result<(), ModelError<'static>> {
        let Self { slots, place, work, .. } = self;
        place.clear();
        let file = slots.read(entry, bytemuck::cast_slice_mut(work))?;
        let model = place.read(file).map_err(ModelError::from)?;
        Self::fits(model).map_err(|Invalid { field, bound }| {
            place.clear();
            ModelError::Invalid { field, bound }
        })
    }

    /// Has this board room for a model?
    fn fits(model: &Model) -> Result<(), Invalid> {
        let bound = "at most this board's capacity";
        Invalid::unless(model.window() <= WINDOW, "window", bound)?;
        Invalid::unless(Self::work_len(model)? <= WORK, "work", bound)
    }
}

impl From<MemoryFault> for Refusal<'static> {
    fn from(_: MemoryFault) -> Self {
        event::memory_fault();
        Self::Memory
    }
}
