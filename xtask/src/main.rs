//! The project's tasks.
//!
//! - `cargo xtask setup` installs what the tests need and the machine does not have.
//! - `cargo xtask firmware` builds the firmware of the emulated boards; its last line of output is the ELF's path.
//! - `cargo xtask no-panic` links awd-core for every target, which fails if anything in it can panic.
//! - `cargo xtask mpi` builds the program for `mpirun`; its last line of output is the program's path.
//! - `cargo xtask supply` checks the dependencies (deny.toml) and the packages as they would be published.
//! - `cargo xtask test [--full]` does all of that, then formatting, clippy and every test; `--full` takes some minutes longer.
//! - `cargo xtask fuzz [SECONDS]` fuzzes frames, models, the server and data files with cargo-fuzz (120 s each).
//! - `cargo xtask results` regenerates docs/results.md.
//! - `cargo xtask archive` regenerates the section of docs/results.md about sets of the UCR archive; `cargo xtask teachers` the one
//!   about their teachers, and `cargo xtask resplits` the one about random re-splits.
//! - `cargo xtask ablation` regenerates the tables of docs/method.md.
//! - `cargo xtask costs --json` measures the cost on boards and prints it as JSON; this takes minutes.
//! - `cargo xtask growth` fails if the cost on boards is more than 5% above docs/performance.md.
//! - `cargo xtask pictures` regenerates the pictures of the pages.
//! - `cargo xtask performance` regenerates docs/performance.md; `cargo xtask performance Boards` only that part (also
//!   `Building`, `Distilled`, `Firmware` or `Ranks`).

mod awd;
mod board;
mod dependencies;
mod mpi;
mod needs;
mod package;
mod performance;
mod pictures;
mod results;
mod run;
mod table;
mod toolchain;

use run::{Outcome, cargo, root, skipped, step};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args[..] {
        ["setup"] => needs::install(),
        ["firmware"] => board::firmware().map(|elf| println!("{}", elf.display())),
        ["no-panic"] => board::no_panic(),
        ["mpi"] => mpi::program().map(|program| println!("{}", program.display())),
        ["results", ref names @ ..] => results::networks::write(names),
        ["archive"] => results::archive::write(),
        ["teachers"] => results::teachers::write(),
        ["resplits"] => results::resplits::write(),
        ["ablation"] => results::ablation::write(),
        ["pictures"] => pictures::make(),
        ["growth"] => performance::check(),
        ["costs", "--json"] => needs::install().and_then(|()| performance::json()).map(|costs| println!("{costs:#}")),
        ["supply"] => dependencies::check(true).and_then(|()| package::check()),
        ["performance"] => performance::write(None),
        ["performance", title] => performance::write(Some(title)),
        ["fuzz"] => fuzz("120"),
        ["fuzz", seconds] => fuzz(seconds),
        ["test"] => test_and_report(false),
        ["test", "--full"] => test_and_report(true),
        _ => Err(
            "usage: cargo xtask setup | firmware | no-panic | mpi | fuzz [SECONDS] | results [NAME] | archive | teachers | resplits | ablation | pictures | performance [Boards | Building | Distilled | Firmware | Ranks] | growth | costs --json | supply | test [--full]"
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
    for target in ["csv", "frame", "mat", "model", "npz", "serve"] {
        // libFuzzer stores new inputs in the first folder; the second has small valid inputs.
        let [corpus, seeds] = ["corpus", "seeds"].map(|folder| root().join("fuzz").join(folder).join(target));
        std::fs::create_dir_all(&corpus).map_err(|why| format!("{}: {why}", corpus.display()))?;
        let mut fuzz = cargo(&root());
        fuzz.args(["+nightly", "fuzz", "run", "--fuzz-dir", "fuzz", "--target-dir", "target/fuzz", target]);
        fuzz.args([Some(corpus), Some(seeds).filter(|seeds| seeds.is_dir())].into_iter().flatten()).arg("--");
        step(target, fuzz.args([&format!("-max_total_time={seconds}"), "-max_len=2000", "-print_final_stats=1"]))?;
    }
    Ok(())
}

/// Tests and prints the summary table, even if something failed.
fn test_and_report(full: bool) -> Outcome<()> {
    let outcome = test(full);
    println!("{}", table::text());
    outcome
}

/// Runs all checks and tests; `full` adds the slow ones.
fn test(full: bool) -> Outcome<()> {
    // Not fatal: each test that needs something missing is skipped and reports it.
    if let Err(why) = needs::install() {
        eprintln!("xtask: missing, and could not be installed: {why}");
    }
    step("format", cargo(&root()).args(["fmt", "--all", "--check"]))?;
    for name in board::CRATES {
        step(&format!("format of {name}"), cargo(&board::folder(name)).args(["fmt", "--check"]))?;
    }
    for folder in ["awd-embedded/c", "fuzz"] {
        step(&format!("format of {folder}"), cargo(&root().join(folder)).args(["fmt", "--check"]))?;
    }
    dependencies::check(full)?;
    let workspace = ["--workspace"];
    let minimal = ["--package", "awd-train", "--no-default-features"];
    for (name, selection) in [("clippy", &workspace[..]), ("clippy without features", &minimal)] {
        let mut clippy = cargo(&root());
        clippy.args(["clippy", "--release", "--locked", "--all-targets"]).args(selection);
        clippy.args(["--", "-D", "warnings"]);
        step(name, &mut clippy)?;
    }
    let mut doc = cargo(&root());
    doc.args(["doc", "--release", "--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
    step("doc", &mut doc)?;
    board::clippy()?;
    board::no_panic()?;
    board::real()?;
    let mut left_out = cargo(&root());
    left_out.args([
        "test",
        "--release",
        "--locked",
        "--package",
        "awd-core",
        "--no-default-features",
        "--test",
        "left_out",
    ]);
    step("awd-core without groups of features", &mut left_out)?;
    let mut tests = cargo(&root());
    tests.args(["test", "--release", "--locked", "--workspace", "--no-fail-fast"]);
    let emulated = match board::firmware().and_then(|firmware| Ok((firmware, board::maps()?, board::bits()?))) {
        Ok((firmware, maps, bits)) => {
            tests.env("AWD_FIRMWARE", firmware).env("AWD_MAPS", maps).env("AWD_BITS", bits);
            true
        }
        Err(why) => {
            skipped("emulated boards", &why);
            false
        }
    };
    tests.env("AWD_C", board::c_library()?);
    if needs::ranks() {
        tests.env("AWD_MPI", mpi::program()?);
    }
    if full {
        tests.env("AWD_FULL", "1");
    }
    run::tests(&mut tests)?;
    package::check()?;
    if emulated {
        performance::check()?;
    }
    board::no_emulator_runs()
}
