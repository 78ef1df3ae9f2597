//! What the tests share: where the golden vectors are, and the data beside the project.

use std::path::PathBuf;

/// The project's root.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file of the data that lie beside the project; `None`, said loudly, where they do not.
#[must_use]
pub fn shared(path: &str) -> Option<PathBuf> {
    let file = root().join("../shared").join(path);
    if !file.exists() {
        eprintln!("SKIPPED, NOT PASSED: ../shared/{path} is not on this machine");
        return None;
    }
    Some(file)
}
