//! Tells the linker where the memory of the target's board is, and writes the files of the models that are measured.

mod models;

use awd_core::{Boundary, Model, Step};
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
    for (name, file) in models::signals().into_iter().chain([("map", models::map())]) {
        fs::write(out.join(name).with_extension("awd"), file).expect("it is cargo's own folder");
    }
    for source in ["memory", "models.rs"] {
        println!("cargo:rerun-if-changed={source}");
    }
    println!("cargo:rerun-if-env-changed=AWD_MODEL");
    if let Ok(model) = var("AWD_MODEL") {
        println!("cargo:rerun-if-changed={model}");
        let bytes = fs::read(&model).expect("AWD_MODEL is a file");
        let layout = layout(&Model::from_bytes(&bytes).expect("AWD_MODEL is a model"));
        fs::write(out.join("distilled.awd"), bytes).expect("it is cargo's own folder");
        fs::write(out.join("distilled.rs"), layout).expect("it is cargo's own folder");
    }
}

/// The layout of a model, as source.
fn layout(model: &Model<'_>) -> String {
    let (dwt, window) = (model.dwt(), model.window());
    let boundary = match dwt.boundary() {
        Boundary::Periodization => "Periodization",
        Boundary::Zero => "Zero",
        Boundary::Symmetric => "Symmetric",
    };
    let scheme = dwt.scheme(0);
    let steps: Vec<_> = scheme.steps().map(|Step { offset, taps }| (offset, taps.map(|tap| tap != 0.0))).collect();
    format!(
        "impl awd_core::Layout for Distilled {{
            const WINDOW: usize = {window};
            const LEVELS: usize = {};
            const BOUNDARY: awd_core::Boundary = awd_core::Boundary::{boundary};
            const FILTER_LEN: usize = {};
            const ORIGIN: [i8; 2] = {:?};
            const STEPS: &'static [(i8, [bool; 2])] = &{steps:?};
        }}",
        dwt.levels(),
        scheme.filter_len(),
        scheme.origin(),
    )
}
