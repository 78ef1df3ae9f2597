//! The section of docs/performance.md about clean builds, as on a new machine.

use crate::run::{Outcome, cargo, output, root, step};
use std::collections::HashSet;
use std::fs;
use std::time::Instant;

/// The section's title.
pub const TITLE: &str = "Building";

/// Cargo's defaults in place of the profile of Cargo.toml.
const DEFAULTS: [&str; 10] = [
    "--config",
    "profile.release.codegen-units=16",
    "--config",
    "profile.release.package.burn-flex.opt-level=3",
    "--config",
    "profile.release.package.burn-dispatch.opt-level=3",
    "--config",
    "profile.release.package.burn-nn.opt-level=3",
    "--config",
    "profile.release.package.rten.opt-level=3",
];

/// The library for cached gradients only, without the program.
const MINIMAL: [&str; 3] = ["--package", "awd-train", "--no-default-features"];

/// Runs three clean builds.
pub fn section() -> Outcome<String> {
    let crates = |args: &[&str]| {
        let mut tree = cargo(&root());
        let tree = output(tree.args(["tree", "--edges", "normal,build", "--prefix", "none"]).args(args));
        tree.map_or(0, |tree| tree.lines().collect::<HashSet<_>>().len())
    };
    let default = ["--package", "awd-train"];
    let rows = [
        ("`cargo build --release`", seconds(&[])?, crates(&default)),
        ("the same with cargo's defaults instead of the settings in Cargo.toml", seconds(&DEFAULTS)?, crates(&default)),
        (
            "the library for cached gradients only, `--package awd-train --no-default-features`",
            seconds(&MINIMAL)?,
            crates(&MINIMAL),
        ),
    ];
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let rows = rows.map(|(what, seconds, crates)| format!("| {what} | {seconds:.0} | {crates} |\n")).concat();
    Ok(format!(
        "{TITLE}\nClean builds, one after another on the same {threads} processors; compare the ratios.\n\n| build | seconds | crates |\n\
         |---|--:|--:|\n{rows}"
    ))
}

/// The seconds that a clean build takes.
fn seconds(args: &[&str]) -> Outcome<f64> {
    let target = root().join("target/from-nothing");
    let remove = || if target.exists() { fs::remove_dir_all(&target) } else { Ok(()) };
    let failed = |why: std::io::Error| format!("{}: {why}", target.display());
    remove().map_err(failed)?;
    let started = Instant::now();
    let mut build = cargo(&root());
    build.args(["build", "--release", "--locked", "--quiet", "--target-dir"]).arg(&target).args(args);
    step(&format!("clean build {}", args.join(" ")), &mut build)?;
    let seconds = started.elapsed().as_secs_f64();
    remove().map_err(failed)?;
    Ok(seconds)
}
