//! `awd`: distils a trained network into a wavelet and a sparse readout for a microcontroller.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
