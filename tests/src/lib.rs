//! What the tests share: where the golden vectors are, and the data beside the project.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The project's root.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Says that a test is skipped where everyone sees it: what tests print with macros is hidden when they pass.
pub fn skipped(why: &str) {
    // Were stderr closed, there would be nobody to tell.
    let _ = writeln!(std::io::stderr(), "SKIPPED, NOT PASSED: {why}");
}

/// A file of the data that lie beside the project; `None`, said loudly, where they do not.
#[must_use]
pub fn shared(path: &str) -> Option<PathBuf> {
    let file = root().join("../shared").join(path);
    if !file.exists() {
        skipped(&format!("../shared/{path} is not on this machine"));
        return None;
    }
    Some(file)
}

/// The arrays of an `.npz`, by name: shapes, and elements in C order.
///
/// # Panics
/// The file is not an archive of arrays of f32 or f64.
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

/// The README's code compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
