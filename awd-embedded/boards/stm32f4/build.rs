//! Passes the memory map and the handler of the interrupt that cannot be masked to the linker. A configuration file could do this too, but RUSTFLAGS would override it.

fn main() {
    println!("cargo:rerun-if-changed=memory.x");
    println!("cargo:rustc-link-search={}", std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    for argument in ["--nmagic", "-Tlink.x", "--defsym=NonMaskableInt=HardFault"] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}
