//! How programs for boards are built, and the memory that they take.

use crate::board;
use crate::run::{Outcome, step};
use crate::toolchain::FIRMWARE;
use std::path::Path;
use std::process::Command;

/// The boards that are measured: target and title.
pub const BOARDS: [(&str, &str); 2] =
    [(FIRMWARE, "Cortex-M4F, QEMU's `mps2-an386`"), ("thumbv6m-none-eabi", "Cortex-M0, QEMU's `microbit`")];

/// How programs for boards are built.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Profile {
    /// For speed: opt-level 3.
    Fast,
    /// For small flash, as firmware is built: opt-level s, and awd-core's feature `small`.
    Small,
}

impl Profile {
    /// Applies the profile to a build of the crate `cost`.
    pub fn apply(self, build: &mut Command) {
        if self == Self::Small {
            build.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s").args(["--features", "awd-core/small"]);
        }
    }
}

/// Bytes of flash and of static RAM that the program `size` takes. `model` is included if one of the features uses it.
pub fn memory(target: &str, features: &str, model: Option<&Path>, profile: Profile) -> Outcome<[u32; 2]> {
    let mut build = board::command("cost", "build", target)?;
    build.args(["--bin", "size", "--features", features]).envs(model.map(|model| ("AWD_MODEL", model)));
    profile.apply(&mut build);
    step(&format!("size on {target}"), &mut build)?;
    let elf = board::build_folder(target).join("size");
    segments(&elf).ok_or_else(|| format!("{}: not a readable ELF file", elf.display()))
}

/// Bytes of flash and RAM that a 32-bit little-endian ELF loads: all bytes in the file go to flash; segments at or above the
/// start of the Cortex-M's RAM region take RAM.
pub fn segments(elf: &Path) -> Option<[u32; 2]> {
    const LOAD: u32 = 1;
    const RAM: u32 = 0x2000_0000;
    let bytes = std::fs::read(elf).ok()?;
    let half = |at: usize| Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let word = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    // Program headers: offset, size of each, number of headers.
    let (start, size, count) = (usize::try_from(word(28)?).ok()?, usize::from(half(42)?), usize::from(half(44)?));
    let mut memory = [0, 0];
    for header in (0..count).map(|i| start + i * size) {
        let [kind, address, in_file, in_memory] =
            [word(header)?, word(header + 8)?, word(header + 16)?, word(header + 20)?];
        if kind == LOAD {
            memory[0] += in_file;
            memory[1] += if address >= RAM { in_memory } else { 0 };
        }
    }
    Some(memory)
}
