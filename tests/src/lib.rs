//! Helpers for the tests: paths to the golden vectors and to the shared data, and a reader of `.npz` files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
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
pub fn arrays(path: &Path) -> BTreeMap<String, Array> {
    let mut zip = open(path);
    (0..zip.len())
        .map(|i| {
            let entry = zip.by_index(i).unwrap();
            (entry.name().unwrap().trim_end_matches(".npy").to_owned(), elements(entry))
        })
        .collect()
}

/// One array of an `.npz`; `None` if the archive does not have it.
///
/// # Panics
/// If the file is not an archive, or the array is not one of f32 or f64.
#[must_use]
pub fn array(path: &Path, name: &str) -> Option<Array> {
    open(path).by_name(&format!("{name}.npy")).ok().map(elements)
}

/// A shape, and elements in C order.
pub type Array = (Vec<u64>, Vec<f64>);

fn open(path: &Path) -> zip::ZipArchive<File> {
    zip::ZipArchive::new(File::open(path).unwrap()).unwrap()
}

fn elements(entry: impl Read) -> Array {
    let npy = npyz::NpyFile::new(entry).unwrap();
    let (order, shape) = (npy.order(), npy.shape().to_vec());
    let elements: Vec<f64> = match npy.try_data::<f64>() {
        Ok(data) => data.map(Result::unwrap).collect(),
        Err(npy) => npy.into_vec::<f32>().unwrap().into_iter().map(f64::from).collect(),
    };
    match (order, &shape[..]) {
        // Column after column.
        (npyz::Order::Fortran, &[rows, columns]) => {
            let place = |row: u64, column: u64| usize::try_from(column * rows + row).unwrap();
            let element = |row: u64| (0..columns).map(move |column| place(row, column));
            let rows = (0..rows).flat_map(element).map(|place| elements[place]).collect();
            (shape, rows)
        }
        (npyz::Order::Fortran, [_, _, ..]) => panic!("arrays of more than two axes in Fortran order are not read here"),
        _ => (shape, elements),
    }
}

/// Compiles the code in the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
