//! Helpers for the tests: paths to the golden vectors and to the shared data, and a reader of `.npz` files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The project's root.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Reports that a test is skipped. It writes to stderr directly, because the test harness hides the output of macros if a test passes.
pub fn skipped(why: &str) {
    // The write fails only if stderr is closed; then nobody reads the message.
    let _ = writeln!(std::io::stderr(), "SKIPPED, NOT PASSED: {why}");
}

/// A file of the data next to the project. Reports a skipped test and returns `None` if it is missing.
#[must_use]
pub fn shared(path: &str) -> Option<PathBuf> {
    let file = root().join("../shared").join(path);
    if !file.exists() {
        skipped(&format!("../shared/{path} is not on this machine"));
        return None;
    }
    Some(file)
}

/// The arrays of an `.npz` by name, each with its shape and its elements in C order.
///
/// # Panics
/// If the file is not an archive of arrays of f32 or f64.
#[must_use]
pub fn arrays(path: &Path) -> BTreeMap<String, (Vec<u64>, Vec<f64>)> {
    let mut zip = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    (0..zip.len())
        .map(|i| {
            let entry = zip.by_index(i).unwrap();
            let name = entry.name().unwrap().trim_end_matches(".npy").to_owned();
            let npy = npyz::NpyFile::new(entry).unwrap();
            assert_eq!(npy.order(), npyz::Order::C, "{name}");
            let shape = npy.shape().to_vec();
            let elements = match npy.try_data::<f64>() {
                Ok(data) => data.map(Result::unwrap).collect(),
                Err(npy) => npy.into_vec::<f32>().unwrap().into_iter().map(f64::from).collect(),
            };
            (name, (shape, elements))
        })
        .collect()
}

/// Compiles the code in the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
