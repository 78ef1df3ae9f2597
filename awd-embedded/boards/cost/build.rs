//! Tells the linker where the memory of the target's board is, and writes the files of the models that are measured.

mod models;

use awd_core::{Model, Spec, format::MAX_BYTES};
use std::{env::var, fs, path::PathBuf};

fn main() {
    let [folder, out] = ["CARGO_MANIFEST_DIR", "OUT_DIR"].map(|name| PathBuf::from(var(name).expect("cargo sets it")));
    let board =
        if var("TARGET").is_ok_and(|target| target.starts_with("thumbv6m")) { "microbit" } else { "mps2-an386" };
    fs::copy(folder.join(format!("memory/{board}.x")), out.join("memory.x")).expect("the map is in this folder");
    println!("cargo:rustc-link-search={}", out.display());
    for argument in ["--nmagic", "-Tlink.x"] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
    fs::write(out.join("sums.awd"), file(models::sums())).expect("it is cargo's own folder");
    fs::write(out.join("zero.awd"), file(models::zero())).expect("it is cargo's own folder");
    fs::write(out.join("periodization.awd"), file(models::periodization())).expect("it is cargo's own folder");
    for source in ["memory", "models.rs"] {
        println!("cargo:rerun-if-changed={source}");
    }
}

fn file(spec: Spec) -> Vec<u8> {
    let model = Model::new(spec).expect("models.rs keeps to the bounds");
    model.to_bytes(&mut [0; MAX_BYTES]).expect("the longest file fits").to_vec()
}
