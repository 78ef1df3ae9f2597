//! Tests that are skipped where something is missing.

use std::io::Write;

/// Reports that a test is skipped, and why. `cargo xtask test` counts these lines and lists the reasons.
///
/// Writes to stderr directly: the output of the print macros is hidden when a test passes.
pub fn skipped(why: &str) {
    let _ = std::io::stderr().write_all(format!("SKIPPED, NOT PASSED: {why}\n").as_bytes());
}

/// Whether tests that take minutes run too, as in `cargo xtask test --full`.
pub fn is_full() -> bool {
    std::env::var_os("AWD_FULL").is_some()
}

/// Whether there is firmware for the emulated board. If not, reports a skipped test.
pub fn has_firmware() -> bool {
    let found = std::env::var_os("AWD_FIRMWARE").is_some();
    if !found {
        skipped("the emulated board: `cargo xtask test` builds its firmware");
    }
    found
}
