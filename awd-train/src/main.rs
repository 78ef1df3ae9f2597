//! `awd`: distils a trained network into a wavelet and a sparse readout for a microcontroller.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]
// These macros panic if the stream cannot be written; `cli::say` and `cli::print` do not.
#![warn(clippy::print_stderr, clippy::print_stdout)]

#[expect(clippy::doc_markdown, reason = "the help shows doc comments as they are")]
mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
