//! What a report is about.

use crate::attribution::Network;
use crate::data::Dataset;
use crate::distil::Trial;
use crate::model::Model;

/// What a report is about.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// What to call it, such as its file.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// Windows as those that it was distilled from, and others to test it on.
    pub data: &'a Dataset,
    /// The network that it was distilled from.
    pub teacher: Option<&'a dyn Network>,
    /// All that was tried when it was distilled.
    pub trials: Option<&'a [Trial]>,
    /// Decides folds and draws.
    pub seed: u64,
}

/// A file without its folder, which is nobody's business.
pub(super) fn file_name(file: &str) -> std::borrow::Cow<'_, str> {
    let path = std::path::Path::new(file);
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy()
}
