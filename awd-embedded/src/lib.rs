//! The scorer on a board, spoken to over frames.
//!
//! No board is in here: a board brings something that reads and writes bytes ([`embedded_io`]) and calls
//! [`Server::serve`] on it. boards/ holds firmware that does; the host's side is `awd_train::device`.
//!
//! | module | what it holds |
//! |---|---|
//! | [`frame`] | COBS and CRC-32: whole messages, or a named error, over a line that may lose bytes |
//! | [`protocol`] | the messages: ask what the board is, load a model, score a window |
//! | [`server`] | the board's side of it |
//!
//! It does not allocate, panic, or need `unsafe`. With the feature `defmt` it logs changes of state: a model loaded
//! or refused, a bad frame.
#![no_std]

mod event;
pub mod frame;
pub mod protocol;
pub mod server;

pub use server::Server;
