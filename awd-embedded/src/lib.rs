//! The scorer on a board, spoken to over frames.
//!
//! No board is in here: a board brings something that reads and writes bytes ([`embedded_io`]) and flash for models
//! ([`embedded_storage`]), and calls [`Server::serve`]. boards/ holds firmware that does; the host's side is
//! `awd_train::device`.
//!
//! | module | what it holds |
//! |---|---|
//! | [`frame`] | COBS and CRC-32: whole messages, or a named error, over a line that may lose bytes |
//! | [`protocol`] | the messages: what the board is, models, windows, signals, health |
//! | [`slots`] | two models in flash, one in service, whenever the power is cut |
//! | [`receive`] | bytes from an interrupt to the loop |
//! | [`golden`] | windows that host and board make alike |
//! | [`server`] | the board's side of all that |
//!
//! It does not allocate, panic, or need `unsafe`. With the feature `defmt` it logs changes of state: a model loaded
//! or refused, a signal opened or closed, a bad frame; nothing on the way of a sample.
#![no_std]

mod event;
pub mod frame;
pub mod golden;
pub mod protocol;
pub mod receive;
pub mod server;
pub mod slots;

pub use server::{Board, Server, Stop};
