//! The options by which data are read.

use awd_train::data::{ReadOptions, Task};

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Predicted {
    /// The class of a window
    Classes,
    /// A value for a window
    Values,
}

/// How a window of several channels, or an image, is read.
#[derive(clap::Args)]
#[command(next_help_heading = "Reading the data")]
pub struct Windows {
    /// Channel to use of windows with several channels, counted from 0
    #[arg(long, value_name = "N")]
    channel: Option<usize>,
    /// Windows of two axes are images, even if one axis is at least four times as long as the other
    #[arg(long, conflicts_with = "channel")]
    images: bool,
}

impl Windows {
    pub fn options(&self) -> ReadOptions {
        ReadOptions { channel: self.channel, images: self.images, ..ReadOptions::default() }
    }
}

/// How a data set is read.
#[derive(clap::Args)]
#[command(next_help_heading = "Reading the data")]
pub struct Reading {
    /// What to predict; by default classes if targets are integers, texts, or whole numbers of which few differ, else values
    #[arg(long, value_enum)]
    task: Option<Predicted>,
    /// Name of the array or column of targets; in a table without a header its place, from 1
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Name of the array or column of groups (movies, patients), which folds must not split
    #[arg(long, value_name = "NAME")]
    groups: Option<String>,
    #[command(flatten)]
    windows: Windows,
}

impl Reading {
    pub fn options(&self) -> ReadOptions {
        ReadOptions {
            task: self.task.map(|task| match task {
                Predicted::Classes => Task::Classes,
                Predicted::Values => Task::Values,
            }),
            target: self.target.clone(),
            groups: self.groups.clone(),
            ..self.windows.options()
        }
    }
}
