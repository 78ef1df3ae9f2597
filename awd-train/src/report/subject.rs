//! What a report is about.

use crate::attribution::Network;
use crate::data::Dataset;
use crate::distil::Trial;
use crate::model::Model;

/// What a report is about.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Its name, such as the name of its file.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// Windows like those that the model was distilled from, and test windows.
    pub data: &'a Dataset,
    /// The network that it was distilled from.
    pub teacher: Option<&'a dyn Network>,
    /// All trials of the distillation.
    pub trials: Option<&'a [Trial]>,
    /// Seed of the folds and of random draws.
    pub seed: u64,
}

/// The name of a file without its folder, which may be private.
pub(super) fn file_name(file: &str) -> std::borrow::Cow<'_, str> {
    let path = std::path::Path::new(file);
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy()
}
