//! Passes the memory map, which is that of esp-hal, to the linker. A configuration file could do this too, but RUSTFLAGS would override it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-arg-bins=-Tlinkall.x");
}
