//! Passes the memory map of the target's board to the linker, and writes the model files.

#[allow(dead_code, reason = "models of signals")]
#[path = "../cost/models.rs"]
mod models;

use std::{env::var, fs, path::PathBuf};

/// The targets, and the board of each.
const BOARDS: [(&str, &str); 4] = [
    ("thumbv7em-none-eabihf", "mps2-an386"),
    ("thumbv6m-none-eabi", "microbit"),
    ("thumbv8m.main-none-eabihf", "mps2-an505"),
    ("riscv32imac-unknown-none-elf", "virt"),
];

fn main() {
    let [folder, out] = ["CARGO_MANIFEST_DIR", "OUT_DIR"].map(|name| PathBuf::from(var(name).expect("cargo sets it")));
    let target = var("TARGET").expect("cargo sets it");
    let board =
        BOARDS.iter().find(|(name, _)| *name == target).unwrap_or_else(|| panic!("no board has the target {target}")).1;
    fs::copy(folder.join(format!("memory/{board}.x")), out.join("memory.x")).expect("the map is in this folder");
    println!("cargo:rustc-link-search={}", out.display());
    let arguments = if board == "virt" { &["-Tmemory.x", "-Tlink.x"][..] } else { &["--nmagic", "-Tlink.x"] };
    for argument in arguments {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
    for (name, file) in models::signals() {
        fs::write(out.join(name).with_extension("awd"), file).expect("it is cargo's own folder");
    }
    for source in ["memory", "../cost/models.rs"] {
        println!("cargo:rerun-if-changed={source}");
    }
}
