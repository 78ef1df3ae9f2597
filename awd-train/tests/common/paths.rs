//! Files of the repository, and of the folder `shared` beside it.

use super::skip::skipped;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// The heartbeats that the repository has: 500 training and 4500 test windows of 140 samples, in five classes.
pub fn heartbeats() -> PathBuf {
    root().join("data/ecg5000.npz")
}

/// A file of tests/onnx: a network, or its data set with reference outputs and gradients.
pub fn onnx(name: &str) -> PathBuf {
    root().join("tests/onnx").join(name)
}

/// A file of tests/tracks: tracks of a microscope, or the windows that numpy makes of them.
pub fn tracks(name: &str) -> PathBuf {
    root().join("tests/tracks").join(name)
}

/// A file or folder of `shared`, which is not published. If it is missing, reports a skipped test and returns `None`.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(name);
    if !path.exists() {
        skipped(&format!("needs ../shared/{name}"));
        return None;
    }
    Some(path)
}
