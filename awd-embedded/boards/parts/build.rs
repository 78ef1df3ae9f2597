//! Decodes the public key that signed models need: 64 hexadecimal digits, as `awd key new` writes them.

use std::{env::var, fs, path::PathBuf};

/// The environment variable with the path of the key, which must be absolute: this crate is built in its own folder.
const VARIABLE: &str = "AWD_PUBLIC_KEY";

fn main() {
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    println!("cargo::rerun-if-env-changed=AWD_ERASE_INTERVAL");
    if var("CARGO_FEATURE_SIGNED").is_err() {
        return;
    }
    let path = var(VARIABLE).unwrap_or_else(|_| panic!("set {VARIABLE} to the path of a public key, from awd key new"));
    println!("cargo::rerun-if-changed={path}");
    let text = fs::read_to_string(&path).unwrap_or_else(|why| panic!("{VARIABLE}={path}: {why}"));
    let key = decode(text.trim()).unwrap_or_else(|| panic!("{VARIABLE}={path}: 64 hexadecimal digits are expected"));
    let out = var("OUT_DIR").expect("cargo sets it");
    fs::write(PathBuf::from(out).join("key"), key).expect("the folder is writable");
}

fn decode(digits: &str) -> Option<[u8; 32]> {
    let digits: Vec<u32> = digits.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let bytes = digits.chunks_exact(2).map(|pair| (pair[0] << 4 | pair[1]) as u8);
    Vec::from_iter(bytes).try_into().ok().filter(|_| digits.len() == 64)
}
