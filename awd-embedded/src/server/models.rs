//! Models: uploads them to a slot and puts a slot's model into service.

use super::service::{Service, check_offset, narrow};
use crate::event;
use crate::protocol::{Capacity, Held, ModelError, Refusal, Response, Signature};
use crate::slots::{Entry, Mapped, MemoryFault, Upload};
use crate::update::Updates;
use awd_core::Model;
use awd_core::model::{Header, read_shape};

impl<F: Mapped> Service<'_, F> {
    /// Bytes of the largest model file.
    pub(super) fn max_model(&self) -> usize {
        self.slots.capacity()
    }

    /// The model in service, as reported to the host.
    pub(super) fn held(&self) -> Option<Held> {
        let ((entry, _), model) = (self.active?, self.model()?);
        // Both are bounded far below 256 by the model's format.
        let count = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
        let (outputs, terms) = (count(model.outputs()), count(model.terms().len()));
        Some(Held { number: entry.number, crc: entry.crc, window: narrow(model.window()), outputs, terms })
    }

    /// Puts the latest good model of the slots into service, unless one is in service already.
    pub fn start(&mut self) {
        if self.active.is_some() {
            return;
        }
        let mut before = u32::MAX;
        while let Some(entry) = self.slots.latest(before) {
            match self.load(entry) {
                Ok(header) => return self.activate(entry, header),
                Err(error) => event::refused(error),
            }
            before = entry.number;
        }
    }

    pub(super) fn push(&mut self, total: u16, crc: u32) -> Result<Response<'static>, Refusal> {
        if self.updates == Updates::Never {
            return Err(Refusal::Fixed);
        }
        let capacity = narrow(self.max_model());
        if total > capacity {
            return Err(Refusal::TooLong { capacity });
        }
        match self.active {
            // Not written again if it is in service.
            Some((entry, _)) if Upload::of(entry).is_of(total, crc) => self.upload = Some(Upload::of(entry)),
            _ if self.upload.as_ref().is_some_and(|upload| upload.is_of(total, crc)) => (),
            _ => match self.erases.wait() {
                0 => self.upload = Some(Upload::new(total, crc)),
                seconds => return Err(Refusal::Wait { seconds }),
            },
        }
        Ok(Response::Received { next: self.upload.as_ref().map_or(0, Upload::next) })
    }

    pub(super) fn take_part(&mut self, offset: u16, bytes: &[u8]) -> Result<Response<'static>, Refusal> {
        let mut upload = self.upload.take().ok_or(Refusal::NoPush)?;
        let taken = self.append(&mut upload, offset, bytes);
        if let Err(Refusal::Model(error)) = taken {
            event::refused(error);
        }
        let next = upload.next();
        // After a failure of the flash, or if the file begins as no model does, the upload must start again.
        self.upload = Some(upload).filter(|_| !matches!(taken, Err(Refusal::Memory | Refusal::Model(_))));
        taken.map(|()| Response::Received { next })
    }

    fn append(&mut self, upload: &mut Upload, offset: u16, bytes: &[u8]) -> Result<(), Refusal> {
        check_offset(offset.into(), upload.next().into())?;
        if bytes.len() > upload.missing().into() {
            return Err(Refusal::TooLong { capacity: upload.missing() });
        }
        let (capacity, active) = (self.samples.len(), self.active.map(|(entry, _)| entry));
        let before = upload.is_erased();
        let written =
            self.slots.write(upload, bytes, active, |start| check_start(start, capacity).map_err(Refusal::Model));
        if upload.is_erased() && !before {
            self.erases.note();
        }
        written
    }

    /// Puts a complete file into service if it is valid and, where that is required, signed. Otherwise the model in
    /// service stays.
    pub(super) fn commit(&mut self, signature: Option<Signature<'_>>) -> Result<Response<'static>, Refusal> {
        let upload = self.upload.as_ref().ok_or(Refusal::NoPush)?;
        if upload.missing() > 0 {
            return Err(Refusal::Incomplete { next: upload.next() });
        }
        let Some(upload) = self.upload.take() else { return Err(Refusal::NoPush) };
        if let Some((active, _)) = self.active
            && upload.entry(active.number) == Some(active)
        {
            let (model, signals) = (self.held().ok_or(Refusal::NoModel)?, self.count_signals());
            return Ok(Response::Loaded { model, signals });
        }
        let number = self.updates.number(self.slots.highest(), signature)?;
        let entry = upload.entry(number).ok_or(Refusal::Model(ModelError::Length))?;
        let header = self.load(entry).inspect_err(|error| event::refused(*error)).map_err(Refusal::Model)?;
        self.updates.check(self.slots.file(entry), signature)?;
        self.slots.seal(entry)?;
        self.activate_and_answer(entry, header)
    }

    pub(super) fn roll_back(&mut self, number: u32) -> Result<Response<'static>, Refusal> {
        if self.updates == Updates::Never {
            return Err(Refusal::Fixed);
        }
        let (newer, _) = self.active.ok_or(Refusal::NoModel)?;
        if newer.number != number {
            return Err(Refusal::NotInService { number: newer.number });
        }
        let older = self.slots.latest(newer.number).ok_or(Refusal::NoOther)?;
        let header = self.load(older).map_err(|_| Refusal::NoOther)?;
        self.slots.revoke(newer)?;
        // Nothing can be written to its slot before that is erased.
        self.upload = self.upload.take().filter(|upload| !upload.is_in(newer));
        self.activate_and_answer(older, header)
    }

    /// Puts a loaded model into service and returns the response.
    fn activate_and_answer(&mut self, entry: Entry, header: Header) -> Result<Response<'static>, Refusal> {
        let before = self.model().map_or(0, |model| model.window());
        self.activate(entry, header);
        let signals = self.resize_signals(before);
        let model = self.held().ok_or(Refusal::NoModel)?;
        Ok(Response::Loaded { model, signals })
    }

    /// Puts a loaded model into service.
    fn activate(&mut self, entry: Entry, header: Header) {
        self.active = Some((entry, header));
        self.monitor.reset();
        self.latest.clear();
        self.received = 0;
        self.model().iter().for_each(|model| event::loaded(model, entry.number));
    }

    /// Validates the file of a slot, which must end with the CRC-32 in its entry, and decodes its header.
    fn load(&self, entry: Entry) -> Result<Header, ModelError> {
        let file = self.slots.file(entry);
        if file.last_chunk().is_some_and(|crc| u32::from_le_bytes(*crc) != entry.crc) {
            return Err(ModelError::Checksum);
        }
        let model = Model::from_bytes(file)?;
        self.check_capacity(&model)?;
        Ok(model.header())
    }

    /// Checks that this board's capacities suffice for a model.
    fn check_capacity(&self, model: &Model<'_>) -> Result<(), ModelError> {
        if model.window() > self.samples.len() {
            return Err(ModelError::Capacity(Capacity::Window));
        }
        if Self::work_len(model)? > self.work.len() { Err(ModelError::Capacity(Capacity::Work)) } else { Ok(()) }
    }
}

/// Checks the start of a file before anything is erased for it.
fn check_start(start: &[u8], capacity: usize) -> Result<(), ModelError> {
    let [rows, columns] = read_shape(start)?.map(usize::from);
    if rows * columns > capacity { Err(ModelError::Capacity(Capacity::Window)) } else { Ok(()) }
}

impl From<MemoryFault> for Refusal {
    fn from(_: MemoryFault) -> Self {
        event::memory_fault();
        Self::Memory
    }
}
