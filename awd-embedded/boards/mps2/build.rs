//! Passes the memory map and the handler of the watchdog's interrupt to the linker, and the board to the program. A configuration file could do this too, but
//! RUSTFLAGS would override it.

use std::{env::var, fs, path::PathBuf};

/// The targets, and the board of each.
const BOARDS: [(&str, &str); 3] = [
    ("thumbv7m-none-eabi", "mps2-an385"),
    ("thumbv7em-none-eabihf", "mps2-an386"),
    ("thumbv8m.main-none-eabihf", "mps2-an505"),
];

fn main() {
    let [folder, out] = ["CARGO_MANIFEST_DIR", "OUT_DIR"].map(|name| PathBuf::from(var(name).expect("cargo sets it")));
    let target = var("TARGET").expect("cargo sets it");
    let board =
        BOARDS.iter().find(|(name, _)| *name == target).unwrap_or_else(|| panic!("no board has the target {target}")).1;
    fs::copy(folder.join(format!("memory/{board}.x")), out.join("memory.x")).expect("the map is in this folder");
    println!("cargo:rerun-if-changed=memory");
    println!("cargo:rustc-check-cfg=cfg(secure)");
    if board == "mps2-an505" {
        println!("cargo:rustc-cfg=secure");
    }
    println!("cargo:rustc-link-search={}", out.display());
    for argument in ["--nmagic", "-Tlink.x", "-Tdefmt.x", "--defsym=NonMaskableInt=HardFault"] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}
