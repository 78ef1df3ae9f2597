//! The scorer of the report, for browsers.

use crate::run::{Outcome, cargo, root, step};
use crate::toolchain;
use std::process::Command;

/// The target of browsers.
const WASM: &str = "wasm32-unknown-unknown";

/// Where the report has it, as base64 of gzip.
const SCORER: &str = "awd-train/src/report/scorer/awd.wasm.gz.b64";

/// Builds the C library for browsers and puts it into the report. It is needed after a change of scores or of the format: the tests compare
/// the scores of browser and computer.
pub fn make() -> Outcome<()> {
    toolchain::install(&[WASM])?;
    let (root, target) = (root(), root().join("target/wasm"));
    let mut build = cargo(&root.join("awd-embedded/c"));
    build.args(["rustc", "--release", "--locked", "--crate-type", "cdylib", "--target", WASM, "--target-dir"]);
    build.arg(&target).envs(toolchain::for_target(WASM)?.map(|toolchain| ("RUSTUP_TOOLCHAIN", toolchain)));
    // Small rather than fast, and without names and paths of this machine.
    build.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s").env("CARGO_PROFILE_RELEASE_STRIP", "true");
    let home = std::env::var("HOME").unwrap_or_default();
    let flags = [
        "-Clink-arg=--export=__heap_base".into(),
        "-Clink-arg=-zstack-size=65536".into(),
        format!("--remap-path-prefix={home}=/"),
        format!("--remap-path-prefix={}=/", root.display()),
    ];
    step("C library for WebAssembly", build.env("RUSTFLAGS", flags.join(" ")))?;
    let (made, scorer) = (target.join(WASM).join("release/awd.wasm"), root.join(SCORER));
    let pack = "gzip -9nc \"$1\" | base64 -w 0 > \"$2\"";
    step("packing", Command::new("sh").args(["-c", pack, "sh"]).args([made, scorer]))
}
