//! `awd`: distils a trained network into a wavelet and a sparse readout for a microcontroller.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(awd_train::cli::run(std::env::args_os()))
}
