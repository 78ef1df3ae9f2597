//! The project's chores.
//!
//! - `cargo xtask setup` installs what the tests need and the machine lacks.
//! - `cargo xtask firmware` builds the emulated board's firmware; its last line is the ELF's path.
//! - `cargo xtask no-panic` links awd-core for every target, which fails if anything in it can panic.
//! - `cargo xtask mpi` builds the program that `mpirun` takes; its last line is its path.
//! - `cargo xtask supply` checks the dependencies (deny.toml) and the packages as they would be published.
//! - `cargo xtask test [--full]` does all of that, then formatting, clippy and every test; `--full` takes minutes more.
//! - `cargo xtask fuzz [SECONDS]` lets hostile bytes at frames, models, the server and files of data (120 s each), by cargo-fuzz.
//! - `cargo xtask results` writes docs/results.md anew.
//! - `cargo xtask archive` writes the section of docs/results.md about sets of the UCR archive anew; `cargo xtask teachers` that of
//!   their teachers, and `cargo xtask resplits` that of random re-splits.
//! - `cargo xtask ablation` writes the tables of docs/method.md anew.
//! - `cargo xtask costs --json` measures what boards need and prints it as JSON, in minutes.
//! - `cargo xtask growth` fails where boards need 5% more than docs/performance.md says.
//! - `cargo xtask pictures` makes the pictures of the pages anew.
//! - `cargo xtask performance` writes docs/performance.md anew; `cargo xtask performance Boards`, or
//!   `Building`, `Distilled`, `Firmware` or `Ranks`, that alone.

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
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
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
        ["test"] => tested(false),
        ["test", "--full"] => tested(true),
        _ => Err(
            "usage: cargo xtask setup | firmware | no-panic | mpi | fuzz [SECONDS] | results [NAME] | archive | teachers | resplits | ablation | pictures | performance [Boards | Building | Distilled | Firmware | Ranks] | growth | costs --json | supply | test [--full]"
                .into(),
        ),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Runs each fuzz target for so long. cargo-fuzz wants a nightly compiler: `cargo install cargo-fuzz`, `rustup toolchain install
/// nightly`.
fn fuzz(seconds: &str) -> Outcome<()> {
    let seconds: u32 = seconds.parse().map_err(|why| format!("{seconds}: {why}"))?;
    for target in ["csv", "frame", "mat", "model", "npz", "serve"] {
        // What is found is kept in the first folder; the second has small files that are right.
        let [corpus, seeds] = ["corpus", "seeds"].map(|folder| root().join("fuzz").join(folder).join(target));
        std::fs::create_dir_all(&corpus).map_err(|why| format!("{}: {why}", corpus.display()))?;
        let mut fuzz = cargo(&root());
        fuzz.args(["+nightly", "fuzz", "run", "--fuzz-dir", "fuzz", "--target-dir", "target/fuzz", target]);
        fuzz.args([Some(corpus), Some(seeds).filter(|seeds| seeds.is_dir())].into_iter().flatten()).arg("--");
        step(target, fuzz.args([&format!("-max_total_time={seconds}"), "-max_len=2000", "-print_final_stats=1"]))?;
    }
    Ok(())
}

/// Tests, and tells in a table what was done and what was not, also where something failed.
fn tested(full: bool) -> Outcome<()> {
    let done = test(full);
    println!("{}", table::text());
    done
}

fn test(full: bool) -> Outcome<()> {
    // What cannot be installed is told here, and again by each test that is skipped for it.
    if let Err(why) = needs::install() {
        eprintln!("xtask: not on this machine, and not to be installed here: {why}");
    }
    step("format", cargo(&root()).args(["fmt", "--all", "--check"]))?;
    for name in board::CRATES {
        step(&format!("format of {name}"), cargo(&board::folder(name)).args(["fmt", "--check"]))?;
    }
    for folder in ["awd-embedded/c", "fuzz"] {
        step(&format!("format of {folder}"), cargo(&root().join(folder)).args(["fmt", "--check"]))?;
    }
    dependencies::check(full)?;
    let whole = ["--workspace"];
    let least = ["--package", "awd-train", "--no-default-features"];
    for (name, of) in [("clippy", &whole[..]), ("clippy without features", &least)] {
        let mut clippy = cargo(&root());
        clippy.args(["clippy", "--release", "--locked", "--all-targets"]).args(of).args(["--", "-D", "warnings"]);
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
    tests.env("AWD_C", board::c()?);
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
    board::none_runs()
}
