//! The section of docs/performance.md about building: what a new machine waits for.

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

/// The library for cached gradients alone, without the program.
const LEAST: [&str; 3] = ["--package", "awd-train", "--no-default-features"];

/// Builds from nothing, three times.
pub fn section() -> Outcome<String> {
    let crates = |words: &[&str]| {
        let mut tree = cargo(&root());
        let tree = output(tree.args(["tree", "--edges", "normal,build", "--prefix", "none"]).args(words));
        tree.map_or(0, |tree| tree.lines().collect::<HashSet<_>>().len())
    };
    let whole = ["--package", "awd-train"];
    let rows = [
        ("`cargo build --release`", seconds(&[])?, crates(&whole)),
        ("the same by cargo's defaults, without the settings in Cargo.toml", seconds(&DEFAULTS)?, crates(&whole)),
        (
            "the library for cached gradients alone, `--package awd-train --no-default-features`",
            seconds(&LEAST)?,
            crates(&LEAST),
        ),
    ];
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let rows = rows.map(|(what, seconds, crates)| format!("| {what} | {seconds:.0} | {crates} |\n")).concat();
    Ok(format!(
        "{TITLE}\nFrom nothing, one after the other on the same {threads} processors; compare the ratios.\n\n| build | seconds | crates |\n\
         |---|--:|--:|\n{rows}"
    ))
}

/// How long a build from nothing takes.
fn seconds(words: &[&str]) -> Outcome<f64> {
    let target = root().join("target/from-nothing");
    let remove = || if target.exists() { fs::remove_dir_all(&target) } else { Ok(()) };
    let failed = |why: std::io::Error| format!("{}: {why}", target.display());
    remove().map_err(failed)?;
    let started = Instant::now();
    let mut build = cargo(&root());
    build.args(["build", "--release", "--locked", "--quiet", "--target-dir"]).arg(&target).args(words);
    step(&format!("build from nothing {}", words.join(" ")), &mut build)?;
    let seconds = started.elapsed().as_secs_f64();
    remove().map_err(failed)?;
    Ok(seconds)
}
