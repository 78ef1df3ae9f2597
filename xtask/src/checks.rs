//! `cargo xtask test`: all checks and tests, and a table of their results.

use crate::run::{self, Outcome, cargo, root, skipped, step};
use crate::{board, dependencies, mpi, needs, package, performance, python, table};
use std::path::PathBuf;

/// Tests and prints the table, even if something failed. `full` adds the slow tests.
pub fn run(full: bool) -> Outcome<()> {
    let outcome = all(full);
    println!("{}", table::text());
    outcome
}

fn all(full: bool) -> Outcome<()> {
    // Not fatal: each test that needs something missing is skipped and reports it.
    if let Err(why) = needs::install() {
        eprintln!("xtask: these are missing and could not be installed: {why}");
    }
    // Packages are downloaded and unpacked while the compiler runs.
    let has_python = needs::python();
    let python = std::thread::spawn(move || has_python.and_then(|()| python::environment(full)));
    format()?;
    dependencies::check(full)?;
    // Side by side, because the code of a board compiles on one core.
    let boards = std::thread::spawn(move || boards(full));
    let mpi = host(full);
    let boards = boards.join().unwrap_or_else(|_| Err("the builds for boards panicked".into()));
    let (mpi, boards) = (mpi?, boards?);
    let python = match python.join().unwrap_or_else(|_| Err("the installation panicked".into())) {
        Ok(python) => Some(python),
        Err(why) => {
            skipped("the Python package", &why);
            None
        }
    };
    if let Some(python) = &python {
        python::install(python)?;
    }
    let mut tests = cargo(&root());
    tests.args(["test", "--release", "--locked", "--workspace", "--no-fail-fast"]);
    for (variable, program) in &boards.programs {
        tests.env(variable, program);
    }
    tests.envs(mpi.map(|program| ("AWD_MPI", program)));
    if full {
        tests.env("AWD_FULL", "1");
    }
    // The pages' blocks in Python run by the user's Python, if there is one.
    if let Some(python) = python.as_ref().filter(|_| std::env::var_os("AWD_PYTHON").is_none()) {
        tests.env("AWD_PYTHON", python.program("python"));
    }
    run::tests(&mut tests)?;
    if let Some(python) = &python {
        python::test(python, &boards.programs)?;
    }
    package::check()?;
    if boards.emulated {
        performance::check()?;
    }
    board::no_emulator_runs()
}

fn format() -> Outcome<()> {
    step("format", cargo(&root()).args(["fmt", "--all", "--check"]))?;
    for name in board::CRATES {
        step(&format!("format of {name}"), cargo(&board::folder(name)).args(["fmt", "--check"]))?;
    }
    for folder in ["awd-embedded/c", "fuzz"] {
        step(&format!("format of {folder}"), cargo(&root().join(folder)).args(["fmt", "--check"]))?;
    }
    Ok(())
}

/// Checks the code of the host, and builds the program with MPI if there is an MPI library.
fn host(full: bool) -> Outcome<Option<PathBuf>> {
    let clippy = |name: &str, folder: PathBuf, selection: &[&str]| {
        let mut clippy = cargo(&folder);
        clippy.args(["clippy", "--release", "--locked", "--all-targets", "--target-dir"]).arg(root().join("target"));
        // The library of the fuzzer is C++ and is not linked here; this name of it prevents that it is built.
        clippy.env("CUSTOM_LIBFUZZER_PATH", "target/libfuzzer.a");
        step(name, clippy.args(selection).args(["--", "-D", "warnings"]))
    };
    let ranks = needs::ranks();
    // The code without MPI is a part of that with it, but for a few lines that the next check sees.
    let workspace = ["--workspace", "--features", "awd-train/mpi"];
    clippy("clippy", root(), if ranks { &workspace } else { &workspace[..1] })?;
    clippy("clippy without features", root(), &["--package", "awd-train", "--no-default-features"])?;
    // They compile the library once more.
    if full {
        clippy("clippy of the fuzz targets", root().join("fuzz"), &[])?;
    }
    let mut doc = cargo(&root());
    doc.args(["doc", "--release", "--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
    step("doc", &mut doc)?;
    let mut core = cargo(&root());
    core.args([
        "test",
        "--release",
        "--locked",
        "--package",
        "awd-core",
        "--no-default-features",
        "--test",
        "left_out",
    ]);
    step("awd-core without optional features", &mut core)?;
    ranks.then(mpi::program).transpose()
}

/// The programs for boards that the tests run.
struct Boards {
    /// Each with the variable that names it.
    programs: Vec<(&'static str, PathBuf)>,
    /// Whether the emulated boards have firmware.
    emulated: bool,
}

/// Checks the code of the boards and builds it.
fn boards(full: bool) -> Outcome<Boards> {
    board::clippy(full)?;
    board::no_panic(full)?;
    board::without_atomics()?;
    board::real(full)?;
    let mut programs = vec![("AWD_C", board::c_library()?)];
    let emulated = board::signed_firmware().and_then(|signed| {
        programs.push(("AWD_SIGNED_FIRMWARE", signed));
        programs.push(("AWD_EMBASSY_FIRMWARE", board::embassy_firmware()?));
        programs.push(("AWD_LIMITED_FIRMWARE", board::limited_firmware()?));
        let firmware = board::firmware()?;
        programs.extend([("AWD_FIRMWARE", firmware), ("AWD_MAPS", board::maps()?), ("AWD_BITS", board::bits()?)]);
        Ok(())
    });
    if let Err(why) = &emulated {
        skipped("emulated boards", why);
    }
    Ok(Boards { programs, emulated: emulated.is_ok() })
}
