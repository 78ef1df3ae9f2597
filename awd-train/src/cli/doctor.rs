//! `awd doctor`: what is installed, and how to install what is missing. A missing component is not an error.

use super::{Global, report};
use awd_train::Result;
use serde::Serialize;
use serde_json::json;
use std::fmt::Write;

#[derive(clap::Args)]
#[command(after_help = "Example:\n  awd doctor")]
pub struct Args {}

/// A component that a verb may need.
#[derive(Serialize)]
struct Component {
    name: String,
    found: bool,
    /// What was found or, if it is missing, what it is for.
    what: String,
    /// How to install it, if it is missing.
    next: Option<String>,
}

impl Component {
    /// A component that was found, or what it is for and how to install it.
    fn new(name: impl Into<String>, found: Option<String>, purpose: &str, next: impl Into<String>) -> Self {
        let missing = found.is_none().then(|| next.into());
        Self {
            name: name.into(),
            found: missing.is_none(),
            what: found.unwrap_or_else(|| purpose.into()),
            next: missing,
        }
    }
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let (version, threads) = (env!("CARGO_PKG_VERSION"), rayon::current_num_threads());
        #[cfg(feature = "board")]
        let boards = boards::components();
        #[cfg(not(feature = "board"))]
        let boards = [];
        let components: Vec<Component> = features().chain(boards).collect();
        let mut words = format!("awd {version}, threads: {threads}\n");
        let width = components.iter().map(|component| component.name.chars().count()).max().unwrap_or(0);
        for Component { name, found, what, next } in &components {
            let found = if *found { "found" } else { "missing" };
            let next = next.as_ref().map_or(String::new(), |next| format!(": {next}"));
            // Writing to a `String` does not fail.
            let _ = writeln!(words, "{found:<7}  {name:<width$}  {what}{next}");
        }
        report(global, &json!({"version": version, "threads": threads, "things": components}), &words)
    }
}

/// The optional features, and whether the program was built with them.
fn features() -> impl Iterator<Item = Component> {
    let features = [
        ("teacher", cfg!(feature = "teacher"), "trains networks"),
        ("onnx", cfg!(feature = "onnx"), "loads ONNX networks"),
        ("board", cfg!(feature = "board"), "connects to boards"),
        ("pictures", cfg!(feature = "pictures"), "writes reports and films"),
        ("mpi", cfg!(feature = "mpi"), "distributes windows over machines (docs/cluster.md)"),
    ];
    features.into_iter().map(|(name, built, purpose)| {
        let next = format!("cargo build --release --package awd-train --features {name}");
        Component::new(format!("feature {name}"), built.then(|| purpose.into()), purpose, next)
    })
}

#[cfg(feature = "board")]
mod boards {
    use super::Component;
    use awd_train::device::{EMULATORS, PERMISSION, available, firmware, permitted};
    use std::path::Path;
    use std::process::Command;

    /// The targets of the firmware, and what each is for.
    const TARGETS: [(&str, &str); 5] = [
        ("thumbv7em-none-eabihf", "firmware for a Cortex-M4F"),
        ("thumbv7m-none-eabi", "firmware for a Cortex-M3"),
        ("thumbv8m.main-none-eabihf", "firmware for a Cortex-M33"),
        ("thumbv6m-none-eabi", "firmware for a Cortex-M0"),
        ("riscv32imac-unknown-none-elf", "firmware for a RISC-V core"),
    ];

    /// What an emulated or a real board needs.
    pub fn components() -> Vec<Component> {
        let setup = "or, in the sources, cargo xtask setup";
        let mut components: Vec<Component> = TARGETS
            .into_iter()
            .map(|(target, purpose)| {
                let next = format!("rustup target add {target}; {setup}");
                Component::new(format!("target {target}"), toolchain(target), purpose, next)
            })
            .collect();
        components.extend(EMULATORS.into_iter().map(|(program, package, cores)| {
            let apt = format!("apt install {package} (Debian, Ubuntu) or brew install qemu; {setup}");
            let purpose = format!("emulates boards with a core of {cores}");
            Component::new(format!("emulator {program}"), first_line(program, &["--version"]), &purpose, apt)
        }));
        let elf = firmware::built().map(|elf| elf.display().to_string());
        let build = format!(
            "in the sources, `cargo xtask firmware` builds it, as does the first --port qemu of an awd that was built there; elsewhere, set \
             {} to its path, or put it next to awd",
            firmware::VARIABLE
        );
        components.push(Component::new("firmware", elf, "what the emulator runs", build));
        let probe = "cargo install probe-rs-tools --locked, or see https://probe.rs";
        components.push(Component::new(
            "probe-rs",
            first_line("probe-rs", &["--version"]),
            "flashes real boards",
            probe,
        ));
        let ports = available();
        if ports.is_empty() {
            components.push(Component::new("serial port", None, "connects to a real board", "plug the board in"));
        }
        components.extend(ports.iter().map(|port| {
            let opens = permitted(port).then(|| "can be opened".into());
            Component::new(format!("serial port {}", port.display()), opens, "no permission to open it", PERMISSION)
        }));
        components
    }

    /// The toolchain that has a target: the one in use or, where rustup could not download, the one of a distribution.
    fn toolchain(target: &str) -> Option<String> {
        let sysroots = [
            ("in the current toolchain", first_line("rustc", &["--print", "sysroot"])),
            ("in the debian toolchain", first_line("rustup", &["run", "debian", "rustc", "--print", "sysroot"])),
        ];
        let has = |root: &str| Path::new(root).join("lib/rustlib").join(target).join("lib").is_dir();
        sysroots.into_iter().find(|(_, root)| root.as_deref().is_some_and(has)).map(|(name, _)| name.into())
    }

    /// The first line that a program prints, if it is installed and succeeds.
    fn first_line(program: &str, words: &[&str]) -> Option<String> {
        let output = Command::new(program).args(words).output().ok().filter(|output| output.status.success())?;
        String::from_utf8_lossy(&output.stdout).lines().next().map(|line| line.trim().into())
    }
}
