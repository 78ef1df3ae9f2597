//! Executes requests: the state of a server besides its line.

use super::erases::Erases;
use super::monitor::Monitor;
use super::signal::{Event, Signal};
use crate::protocol::{self, Info, Refusal, Request, Response, SCHEMA};
use crate::slots::{Entry, Mapped, Slots, Upload};
use crate::trigger::Trigger;
use crate::update::Updates;
use awd_core::Model;
use awd_core::model::format::VERSION;
use awd_core::model::{Header, MAX_OUTPUTS, MAX_WINDOW};
use heapless::Vec;

#[derive(Debug)]
pub struct Service<'b, F> {
    pub(super) slots: Slots<F>,
    pub(super) upload: Option<Upload>,
    pub(super) updates: Updates,
    pub(super) erases: Erases,
    /// The model in service: the entry of its file, which stays in its slot, and the decoded header.
    pub(super) active: Option<(Entry, Header)>,
    /// The samples received of the next window, or the windows of the signals: that of signal `i` is the `i`th part of
    /// this that is as long as the model's window.
    pub(super) samples: &'b mut [f32],
    /// The number of samples received of the next window.
    pub(super) received: usize,
    pub(super) signals: &'b mut [Signal],
    /// When a score of a signal is an event, and what is called then.
    pub(super) trigger: Option<Trigger>,
    pub(super) on_event: fn(Event),
    pub(super) work: &'b mut [f32],
    pub(super) monitor: Monitor,
    pub(super) latest: Vec<f32, MAX_OUTPUTS>,
    pub(super) lost: u32,
    pub(super) bad_frames: u32,
    max_payload: usize,
}

impl<'b, F: Mapped> Service<'b, F> {
    /// Nothing in service.
    // Not inlined, so that the stack used by the construction is free again while the server runs.
    #[inline(never)]
    pub fn new(
        flash: F,
        limits: Option<[f32; 2]>,
        work: &'b mut [f32],
        samples: &'b mut [f32],
        signals: &'b mut [Signal],
        max_payload: usize,
    ) -> Self {
        Self {
            slots: Slots::new(flash),
            upload: None,
            updates: Updates::Any,
            erases: Erases::UNLIMITED,
            active: None,
            samples,
            received: 0,
            signals,
            trigger: None,
            on_event: |_| (),
            work,
            monitor: Monitor::new(limits),
            latest: Vec::new(),
            lost: 0,
            bad_frames: 0,
            max_payload,
        }
    }

    pub fn into_flash(self) -> F {
        self.slots.into_flash()
    }

    /// The model in service.
    pub(super) fn model(&self) -> Option<Model<'_>> {
        model(self.active, &self.slots)
    }

    pub fn info(&self) -> Info<'static> {
        Info {
            version: env!("CARGO_PKG_VERSION"),
            format: VERSION[0],
            integers: cfg!(feature = "integers"),
            images: cfg!(feature = "images"),
            schema: SCHEMA,
            max_model: narrow(self.max_model()),
            max_window: narrow(self.samples.len()).min(MAX_WINDOW),
            max_work: narrow(self.work.len()),
            max_payload: narrow(self.max_payload),
            max_signals: narrow(self.signals.len()),
            max_samples: u32::try_from(self.samples.len()).unwrap_or(u32::MAX),
            updates: self.updates.policy(),
            model: self.held(),
        }
    }

    pub fn handle(&mut self, request: Request<'_>) -> Response<'static> {
        match request {
            Request::Info => Ok(Response::Info(self.info())),
            Request::Push { total, crc } => self.push(total, crc),
            Request::Part { offset, bytes } => self.take_part(offset, bytes),
            Request::Commit { signature } => self.commit(signature),
            Request::RollBack { number } => self.roll_back(number),
            Request::Window { offset, samples } => self.take_window(offset, samples),
            Request::Open { signal, hop, growing } => self.open(signal, hop, growing),
            Request::Samples { signal, offset, samples } => self.take_samples(signal, offset, samples),
            Request::Close { signal } => self.close(signal),
            Request::Health => Ok(Response::Health(self.health())),
            Request::Golden { seed, windows } => self.score_golden(seed, windows),
            Request::Reset => Ok(Response::Done),
            Request::Watch { trigger } => self.watch(trigger),
            Request::Sweep { samples } => self.sweep(samples),
        }
        .unwrap_or_else(Response::Refused)
    }

    fn health(&self) -> protocol::Health {
        let counts = self.monitor.health.counts();
        protocol::Health {
            windows: counts.windows,
            not_finite: counts.not_finite,
            saturated: counts.saturated,
            out_of_range: counts.out_of_range,
            clamped: self.monitor.clamped(),
            drift: self.monitor.health.drift(),
            lost: self.lost,
            bad_frames: self.bad_frames,
            latest: self.latest.clone(),
        }
    }
}

/// The model in service, read in place in its slot.
pub(super) fn model<F: Mapped>(active: Option<(Entry, Header)>, slots: &Slots<F>) -> Option<Model<'_>> {
    active.map(|(entry, header)| header.model(slots.file(entry)))
}

/// Refuses a part that does not start where the previous part ended.
pub(super) fn check_offset(offset: u32, expected: u32) -> Result<(), Refusal> {
    if offset == expected { Ok(()) } else { Err(Refusal::Offset { expected }) }
}

/// Decodes the samples of a part.
pub(super) fn decode_samples(bytes: &[u8]) -> Result<impl ExactSizeIterator<Item = f32>, Refusal> {
    let (samples, []) = bytes.as_chunks::<4>() else { return Err(Refusal::PartialSample) };
    Ok(samples.iter().map(|bytes| f32::from_le_bytes(*bytes)))
}

/// A length as the protocol sends it.
pub(super) fn narrow(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX)
}
