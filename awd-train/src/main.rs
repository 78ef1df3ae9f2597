//! `awd`: distils a trained network into a wavelet and a sparse readout for a microcontroller.

#[expect(clippy::doc_markdown, reason = "the help shows doc comments as they are")]
mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
