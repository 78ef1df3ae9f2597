//! The board's side of the protocol: received bytes in, bytes to send out, in memory of the caller.

mod answers;
mod erases;
mod memory;
mod models;
mod monitor;
mod samples;
mod serve;
mod service;
mod signal;
mod signals;
mod windows;

use crate::frame::Decoder;
use crate::protocol::{Info, Request, Response};
use crate::slots::Mapped;
use crate::update::Updates;
use answers::Answers;
use erases::Erases;
pub use memory::{Arrays, Memory};
pub use serve::{Board, Stop};
use service::Service;
pub use signal::{Event, Signal};

/// Scores windows and signals with the model in service, which is read in place, in the flash of its slot.
///
/// It does no input or output: [`Server::feed`] takes the bytes that a line has received and returns the bytes to send.
/// [`Server::serve`] is a blocking loop around it, [`Server::serve_async`] an asynchronous one.
///
/// ```
/// # use awd_embedded::slots::Mapped;
/// use awd_embedded::server::{Arrays, Server};
/// # fn test(flash: impl Mapped, received: &[u8], send: fn(&[u8])) {
///
/// // 384 samples of work space, windows of 256 samples or 4 signals of 64, requests of 112 bytes. On a board, a static.
/// let mut arrays = Arrays::<384, 256, 4, 112>::new();
/// let mut server = Server::new(flash, None, arrays.memory());
/// send(server.start());
///
/// // In an interrupt, a task or a loop, whenever bytes have arrived:
/// let mut bytes = received;
/// while let Some(answer) = server.feed(&mut bytes) {
///     send(answer);
///     if server.must_reset() {
///         // Restart the board.
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Server<'b, F> {
    decoder: Decoder<&'b mut [u8]>,
    answers: Answers,
    service: Service<'b, F>,
}

impl<'b, F: Mapped> Server<'b, F> {
    /// A server with no model in service. `limits` are the lowest and the highest value of the analog-to-digital
    /// converter, see [`awd_core::Health::new`].
    pub fn new(flash: F, limits: Option<[f32; 2]>, memory: Memory<'b>) -> Self {
        let Memory { work, samples, signals, request } = memory;
        signals.fill(Signal::CLOSED);
        let decoder = Decoder::new(request);
        let max_payload = decoder.max_payload();
        let service = Service::new(flash, limits, work, samples, signals, max_payload);
        Self { decoder, answers: Answers::new(), service }
    }

    /// Puts the latest good model of the slots into service, unless one is in service already. Returns what to send
    /// first: a zero, which tells the host that the board is running and ends any partial frame on the line.
    pub fn start(&mut self) -> &'static [u8] {
        self.service.start();
        &[0]
    }

    /// Takes received bytes, which may be any part of the requests. Returns the frame to send as soon as a request is
    /// complete; `bytes` is then what remains of them. Returns `None` when all bytes are taken.
    ///
    /// A request that is repeated because its answer was lost is answered again and not executed again.
    pub fn feed<'s>(&'s mut self, bytes: &mut &[u8]) -> Option<&'s [u8]> {
        let Self { decoder, answers, service } = self;
        while let Some((&byte, rest)) = bytes.split_first() {
            *bytes = rest;
            if let Some(frame) = decoder.push(byte) {
                return Some(answers.answer(frame, service));
            }
        }
        None
    }

    /// Whether the host has requested a restart of the board. The answer that [`Server::feed`] returned is sent before.
    #[must_use]
    pub const fn must_reset(&self) -> bool {
        self.answers.must_reset()
    }

    /// Sets the number of bytes lost since the board started, because they arrived faster than they were read. It is
    /// part of the health statistics.
    pub fn set_lost(&mut self, bytes: u32) {
        self.service.lost = bytes;
    }

    /// Sets what is called for each event, as soon as the window is scored and before the answer is returned: it may
    /// raise a pin. The host sets the trigger.
    pub fn on_event(&mut self, call: fn(Event)) {
        self.service.on_event = call;
    }

    /// Sets which models are accepted. At first, every valid one is.
    pub fn accept(&mut self, updates: Updates) {
        self.service.updates = updates;
    }

    /// Sets the least time between two erases of the flash, and from the start to the first, in seconds. A push that
    /// comes earlier is refused. At first there is no limit. `clock` returns the seconds since the start; it may start again
    /// at 0, if it has counted for longer than `seconds`.
    ///
    /// Flash endures some 10,000 erases: a host that pushes all the time would reach that within an hour, with a limit
    /// of 10 s within a day.
    pub fn limit_erases(&mut self, seconds: u32, clock: fn() -> u32) {
        self.service.erases = Erases::limited(seconds, clock);
    }

    /// Executes a request without a frame around it, and returns its response, which is [`Response::Refused`] if the
    /// request cannot be executed.
    pub fn handle(&mut self, request: Request<'_>) -> Response<'static> {
        self.service.handle(request)
    }

    /// Version, capacities and model of this server.
    #[must_use]
    pub fn info(&self) -> Info<'static> {
        self.service.info()
    }

    /// The flash of the slots.
    pub fn into_flash(self) -> F {
        self.service.into_flash()
    }
}

#[cfg(test)]
mod tests;
