//! docs/performance.md: what scoring costs, on the emulated board and on the host, and what distilling costs.

use crate::awd::Awd;
use crate::board;
use crate::building;
use crate::cost;
use crate::distilled;
use crate::firmware;
use crate::needs;
use crate::ranks;
use crate::run::{Outcome, cargo, output, root, said, step};
use crate::toolchain::FIRMWARE;
use std::ffi::OsStr;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The boards that are measured: target, and what to call it.
pub const BOARDS: [(&str, &str); 2] =
    [(FIRMWARE, "Cortex-M4F, QEMU's `mps2-an386`"), ("thumbv6m-none-eabi", "Cortex-M0, QEMU's `microbit`")];

/// What makes the sections of [`BOARDS`] anew.
const BOARDS_TITLE: &str = "Boards";

/// What makes the section about distilled models anew.
const DISTILLED_TITLE: &str = "Distilled";

/// The benchmarks: package and program.
const TRANSFORM: [&str; 2] = ["awd-core", "transform"];
const DISTIL: [&str; 2] = ["awd-train", "distil"];

/// Measures and writes the page; or the section of this title alone, the others as they are.
pub fn write(title: Option<&str>) -> Outcome<()> {
    needs::install()?;
    Awd::build()?;
    let place = root().join("docs/performance.md");
    let failed = |why: std::io::Error| format!("docs/performance.md: {why}");
    let commit = said("git", &["rev-parse", "--short", "HEAD"]);
    let page = match title {
        None => {
            let mut page = format!("# Performance\n\nMade by `cargo xtask performance`. Commit {commit}.\n");
            for (target, what) in BOARDS {
                page += &cost::section(target, what)?;
            }
            page += &distilled::section()?;
            page += &format!("\n## {}", firmware::section()?);
            page += &on_host()?;
            page += &distilling()?;
            page += &format!("\n## {}", ranks::section()?);
            page + &format!("\n## {}", building::section()?)
        }
        Some(title) => {
            let section = match title {
                BOARDS_TITLE => return write_boards(&place),
                DISTILLED_TITLE => distilled::section()?.trim_start_matches("\n## ").to_owned(),
                building::TITLE => building::section()?,
                firmware::TITLE => firmware::section()?,
                ranks::TITLE => ranks::section()?,
                _ => {
                    let known =
                        [BOARDS_TITLE, DISTILLED_TITLE, building::TITLE, firmware::TITLE, ranks::TITLE].join(", ");
                    return Err(format!("{title} is no section that is made by itself; these are: {known}"));
                }
            };
            let section = format!("{section}\nCommit {commit}.\n");
            replace(&std::fs::read_to_string(&place).map_err(failed)?, &section)
        }
    };
    std::fs::write(place, page).map_err(failed)
}

/// Measures single calls on each board again, and writes their sections.
fn write_boards(place: &Path) -> Outcome<()> {
    let failed = |why: std::io::Error| format!("docs/performance.md: {why}");
    let commit = said("git", &["rev-parse", "--short", "HEAD"]);
    let mut page = std::fs::read_to_string(place).map_err(failed)?;
    for (target, what) in BOARDS {
        let section = cost::section(target, what)?;
        page = replace(&page, &format!("{}\nCommit {commit}.\n", section.trim_start_matches("\n## ")));
    }
    std::fs::write(place, page).map_err(failed)
}

/// The page with another section of the same title, or with one more before that of the host.
fn replace(page: &str, section: &str) -> String {
    let title = section.lines().next().unwrap_or_default();
    let mut sections: Vec<&str> = page.split("\n## ").collect();
    match sections.iter().position(|old| old.lines().next() == Some(title)) {
        Some(place) => sections[place] = section,
        None => {
            let host = sections.iter().position(|old| old.starts_with("Host")).unwrap_or(sections.len());
            sections.insert(host, section);
        }
    }
    sections.join("\n## ")
}

/// The section of the host: what the benchmark prints, built as cargo builds by default, and for vectors of 256 bits where
/// the processor has them.
fn on_host() -> Outcome<String> {
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field =
        |name| about.lines().find_map(|line| line.strip_prefix(name)?.split_once(':').map(|(_, value)| value.trim()));
    let processor = field("model name").unwrap_or("unknown processor");
    let mut section = format!(
        "\n## Host, {processor}\n{}, opt-level 3. The program is `awd-core/benches/transform`. Contestants are measured \
         in one run: compare the\nratios, not the times of different runs. PyWavelets is its wheel; osclet takes AVX where \
         the processor has it.\n\n{}\n",
        said("rustc", &["--version"]),
        bench("benchmark", TRANSFORM, &[])?
    );
    if field("flags").is_some_and(|flags| flags.split(' ').any(|flag| flag == "avx2")) {
        // In a folder of its own, so that the flags do not make all else compile anew.
        let target = root().join("target/x86-64-v3");
        let printed = bench(
            "benchmark with AVX2",
            TRANSFORM,
            &[("RUSTFLAGS", "-C target-cpu=x86-64-v3".as_ref()), ("CARGO_TARGET_DIR", target.as_ref())],
        )?;
        let _ = write!(section, "\nWith `RUSTFLAGS=\"-C target-cpu=x86-64-v3\"`:\n\n{printed}\n");
    }
    Ok(section)
}

/// The section of the trainer.
fn distilling() -> Outcome<String> {
    let printed = bench("benchmark of distillation", DISTIL, &[])?;
    Ok(format!(
        "\n## Distilling\nOn the same processor. The program is `awd-train/benches/distil`: windows of 40 samples and as many \
         gradients, 10 taps, 4\nlevels, zeros, all windows in every evaluation; seconds are the least of a few runs. The published \
         grid is a whole `distil`,\nreadouts too. The published implementation took 185 CPU-seconds a grid point and about 27 \
         CPU-hours a grid, with its network.\n\n{printed}\n"
    ))
}

/// What a benchmark prints.
fn bench(name: &str, [package, bench]: [&str; 2], environment: &[(&str, &OsStr)]) -> Outcome<String> {
    eprintln!("xtask: {name}");
    let mut cargo = cargo(&root());
    cargo.args(["bench", "--quiet", "--locked", "--package", package, "--bench", bench]);
    cargo.envs(environment.iter().copied()).stderr(Stdio::inherit());
    output(&mut cargo).ok_or_else(|| format!("{name} failed"))
}

/// How programs for boards are built.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Profile {
    /// For few instructions: opt-level 3.
    Fast,
    /// As firmware is built, for little flash: opt-level s, and awd-core's feature `small`.
    Small,
}

impl Profile {
    /// Has a build of the program `cost` follow it.
    pub fn set(self, build: &mut Command) {
        if self == Self::Small {
            build.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s").args(["--features", "awd-core/small"]);
        }
    }
}

/// Bytes of flash and of static RAM that the program `size` takes, with a model if one of the features asks for it.
pub fn memory(target: &str, features: &str, model: Option<&Path>, profile: Profile) -> Outcome<[u32; 2]> {
    let mut build = board::command("cost", "build", target)?;
    build.args(["--bin", "size", "--features", features]).envs(model.map(|model| ("AWD_MODEL", model)));
    profile.set(&mut build);
    step(&format!("size on {target}"), &mut build)?;
    let elf = board::built(target).join("size");
    segments(&elf).ok_or_else(|| format!("{}: not the program that was built", elf.display()))
}

/// What a 32-bit little-endian ELF loads: all that is in the file goes to flash, all that is addressed from the
/// Cortex-M's RAM region on takes RAM.
pub fn segments(elf: &Path) -> Option<[u32; 2]> {
    const LOAD: u32 = 1;
    const RAM: u32 = 0x2000_0000;
    let bytes = std::fs::read(elf).ok()?;
    let half = |at: usize| Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let word = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    // Program headers: where they start, how long each is, how many there are.
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
