//! The options that name a network.

use awd_train::Result;
use awd_train::cluster::Ranks;
use awd_train::data::Dataset;
use awd_train::teacher::{self, Loaded};
#[cfg(any(feature = "teacher", feature = "onnx"))]
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Source {
    #[command(flatten)]
    file: File,
    /// The name of the ONNX network's output to use; by default the first that fits the targets
    #[cfg(feature = "onnx")]
    #[arg(long, requires = "onnx", value_name = "NAME")]
    onnx_output: Option<String>,
}

#[derive(clap::Args)]
#[group(multiple = false)]
struct File {
    /// A teacher's weights, from `awd teach`
    #[cfg(feature = "teacher")]
    #[arg(long)]
    teacher: Option<PathBuf>,
    /// A network in ONNX format (.onnx): its input is the windows, its output a value, logits or probabilities
    #[cfg(feature = "onnx")]
    #[arg(long)]
    onnx: Option<PathBuf>,
}

impl Source {
    /// Loads the network that was named, if any.
    pub fn load(&self, ranks: &dyn Ranks, data: &Dataset) -> Result<Option<Loaded>> {
        self.named().map(|source| source.load(ranks, data)).transpose()
    }

    /// Returns the file that was named, if any.
    pub fn named(&self) -> Option<teacher::Source<'_>> {
        #[cfg(feature = "teacher")]
        if let Some(path) = &self.file.teacher {
            return Some(teacher::Source::Weights(path));
        }
        #[cfg(feature = "onnx")]
        if let Some(path) = &self.file.onnx {
            return Some(teacher::Source::Onnx(path, self.onnx_output.as_deref()));
        }
        None
    }
}
