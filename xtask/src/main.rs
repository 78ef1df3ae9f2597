//! The project's tasks.
//!
//! - `cargo xtask setup` installs what the tests need and the machine does not have.
//! - `cargo xtask firmware` builds the firmware of the emulated boards; its last line of output is the ELF's path.
//! - `cargo xtask no-panic` links awd-core for every target, which fails if anything in it can panic.
//! - `cargo xtask mpi` builds the program for `mpirun`; its last line of output is the program's path.
//! - `cargo xtask wheel` builds the Python package; its last line of output is the wheel's path.
//! - `cargo xtask supply` checks the dependencies (deny.toml) and the packages as they would be published.
//! - `cargo xtask test [--full]` does all of that, then formatting, clippy and every test; `--full` takes some minutes longer.
//! - `cargo xtask fuzz [SECONDS]` fuzzes boards, frames, models, the server and data files with cargo-fuzz (120 s each).
//! - `cargo xtask results` regenerates docs/results.md.
//! - `cargo xtask archive` regenerates the section of docs/results.md about sets of the UCR archive; `cargo xtask teachers` the one
//!   about their teachers, and `cargo xtask resplits` the one about random re-splits.
//! - `cargo xtask ablation` regenerates the tables of docs/method.md.
//! - `cargo xtask costs --fit TARGET` fits the tables with which `distil` estimates the cost of generated code; this takes minutes.
//! - `cargo xtask costs --json` measures the cost on boards and prints it as JSON; this takes minutes.
//! - `cargo xtask growth` fails if the cost on boards is more than 5% above docs/performance.md.
//! - `cargo xtask pictures` regenerates the pictures of the pages, and `cargo xtask wasm` the scorer of the report's page.
//! - `cargo xtask performance` regenerates docs/performance.md; `cargo xtask performance Boards` only that part (also
//!   `Building`, `Distilled`, `Firmware`, `Generated code on the Cortex-M4F`, the same `on the Cortex-M0`, or `Ranks`).

mod awd;
mod board;
mod checks;
mod dependencies;
mod mpi;
mod needs;
mod package;
mod performance;
mod pictures;
mod python;
mod results;
mod run;
mod table;
mod toolchain;
mod wasm;

use run::{Outcome, cargo, root, step};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args[..] {
        ["setup"] => needs::install(),
        ["firmware"] => board::firmware().map(|elf| println!("{}", elf.display())),
        ["no-panic"] => board::no_panic(true),
        ["mpi"] => mpi::program().map(|program| println!("{}", program.display())),
        ["wheel"] => needs::python().and_then(|()| python::wheel()).map(|wheel| println!("{}", wheel.display())),
        ["results", ref names @ ..] => results::networks::write(names),
        ["archive"] => results::archive::write(),
        ["teachers"] => results::teachers::write(),
        ["resplits"] => results::resplits::write(),
        ["ablation"] => results::ablation::write(),
        ["pictures"] => pictures::make(),
        ["wasm"] => wasm::make(),
        ["growth"] => performance::check(),
        ["costs", "--json"] => needs::install().and_then(|()| performance::json()).map(|costs| println!("{costs:#}")),
        ["costs", "--fit", target] => {
            needs::install().and_then(|()| performance::tables(target)).map(|tables| print!("{tables}"))
        }
        ["supply"] => dependencies::check(true).and_then(|()| package::check()),
        ["performance"] => performance::write(None),
        ["performance", title] => performance::write(Some(title)),
        ["fuzz"] => fuzz("120"),
        ["fuzz", seconds] => fuzz(seconds),
        ["test"] => checks::run(false),
        ["test", "--full"] => checks::run(true),
        _ => Err(
            "usage: cargo xtask setup | firmware | no-panic | mpi | wheel | fuzz [SECONDS] | results [NAME] | archive | teachers | resplits | ablation | pictures | wasm | performance [Boards | Building | Distilled | Firmware | 'Generated code on the Cortex-M4F' | 'Generated code on the Cortex-M0' | Ranks] | growth | costs --json | costs --fit m4f|m0 | supply | test [--full]"
                .into(),
        ),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Runs each fuzz target for this many seconds. cargo-fuzz needs a nightly compiler: `cargo install cargo-fuzz`,
/// `rustup toolchain install nightly`.
fn fuzz(seconds: &str) -> Outcome<()> {
    let seconds: u32 = seconds.parse().map_err(|why| format!("{seconds}: {why}"))?;
    for target in ["board", "csv", "frame", "mat", "model", "npz", "serve"] {
        // libFuzzer stores new inputs in the first folder; the second has small valid inputs.
        let [corpus, seeds] = ["corpus", "seeds"].map(|folder| root().join("fuzz").join(folder).join(target));
        std::fs::create_dir_all(&corpus).map_err(|why| format!("{}: {why}", corpus.display()))?;
        let mut fuzz = cargo(&root());
        fuzz.env("CARGO_PROFILE_RELEASE_DEBUG", "1");
        fuzz.args(["+nightly", "fuzz", "run", "--fuzz-dir", "fuzz", "--target-dir", "target/fuzz", target]);
        fuzz.args([Some(corpus), Some(seeds).filter(|seeds| seeds.is_dir())].into_iter().flatten()).arg("--");
        step(target, fuzz.args([&format!("-max_total_time={seconds}"), "-max_len=2000", "-print_final_stats=1"]))?;
    }
    Ok(())
}
