//! Passes the memory map of the target's board to the linker, and writes the files of the measured models.

mod models;

use awd_core::Model;
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
    #[cfg(feature = "signature")]
    sign(&out);
    for source in ["memory", "models.rs"] {
        println!("cargo:rerun-if-changed={source}");
    }
    println!("cargo:rerun-if-env-changed=AWD_MODEL");
    if let Ok(model) = var("AWD_MODEL") {
        println!("cargo:rerun-if-changed={model}");
        let bytes = fs::read(&model).expect("AWD_MODEL names a readable file");
        let model = Model::from_bytes(&bytes).expect("AWD_MODEL names a model file");
        let lengths = format!(
            "/// Samples of its window.\npub const WINDOW: usize = {};\n/// Samples of its work space.\npub const WORK: usize = {};\n",
            model.window(),
            model.work_len()
        );
        fs::write(out.join("distilled.rs"), lengths).expect("it is cargo's own folder");
        fs::write(out.join("distilled.awd"), bytes).expect("it is cargo's own folder");
    }
}

/// Writes the public key and a signature of a model whose number is 1.
#[cfg(feature = "signature")]
fn sign(out: &std::path::Path) {
    use ed25519_dalek::{Signer, SigningKey};
    let file = fs::read(out.join("zero.awd")).expect("it was written above");
    let key = SigningKey::from_bytes(&[7; 32]);
    // `awd_embedded::update::prefix(1)`.
    let signature = key.sign(&[b"awdmodel\x01\0\0\0", &file[..]].concat()).to_bytes();
    fs::write(out.join("key"), key.verifying_key().to_bytes()).expect("it is cargo's own folder");
    fs::write(out.join("signature"), signature).expect("it is cargo's own folder");
}
