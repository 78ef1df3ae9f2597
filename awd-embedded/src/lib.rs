//! Runs a model on a board and answers requests that arrive in frames.
//!
//! The crate is independent of the board. A board provides a byte stream ([`embedded_io`]) and flash for models
//! ([`embedded_storage`]), and calls [`Server::serve`], or feeds received bytes to [`Server::feed`]. boards/ has firmware
//! that does this. The host's side is `awd_train::device`.
//!
//! | module | contents |
//! |---|---|
//! | [`frame`] | COBS and CRC-32: whole messages, or a specific error, over a line that may lose bytes |
//! | [`protocol`] | the messages: board information, models, windows, signals, health |
//! | [`slots`] | three model slots in flash, one in service, safe against power failures |
//! | [`trigger`] | events: a threshold with hysteresis and a refractory time |
//! | [`receive`] | a ring buffer between the receive interrupt and the server loop |
//! | [`golden`] | test windows that host and board generate identically |
//! | [`update`] | which models a server accepts, and their signature |
//! | [`server`] | the board's side of the protocol: bytes in, bytes out; a blocking and an asynchronous loop |
//!
//! The crate does not allocate, panic, or need `unsafe`, except that the crate behind the feature `signed` is not proven
//! not to panic. With the feature `defmt` it logs state changes: a model loaded
//! or refused, a signal opened or closed, a bad frame. It logs nothing per sample.
#![no_std]

// Tests share files with those outside of this crate, which use this name.
#[cfg(test)]
extern crate self as awd_embedded;

mod event;
pub mod frame;
pub mod golden;
pub mod protocol;
pub mod receive;
pub mod server;
pub mod slots;
pub mod trigger;
pub mod update;

pub use server::{Arrays, Board, Event, Memory, Server, Signal, Stop};
pub use update::Updates;
