//! Errors, each in one line that names the file, the field and the bound.

use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// An error of the library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Error {
    /// The input breaks a bound; nothing was written.
    #[error("{place}: {field}: {bound}{}", then(*next, Next::words))]
    Input {
        /// The file, array or option at fault.
        place: String,
        /// The array or field in it.
        field: String,
        /// What it must be, and what it is.
        bound: String,
        /// The operation that resolves it, if there is one.
        next: Option<Next>,
    },
    /// The program that read the results has ended, as `head` does, so nothing would read an error either.
    #[error("the program that read the results has ended")]
    Unread,
    /// A listener has cancelled the computation.
    #[error("cancelled")]
    Cancelled,
    /// The operation failed although the input was right.
    #[error("{what}: {why}{}", then(*next, Next::words))]
    Failed {
        /// What failed.
        what: String,
        /// The reason.
        why: String,
        /// The operation that resolves it, if there is one.
        next: Option<Next>,
    },
}

/// An operation that resolves an error. The words here are for callers of the library; the command line has its own
/// ([`Error::text`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Next {
    /// Distil a model.
    Distil,
    /// Compute the gradients first, and keep them in a file.
    Attribute,
    /// Train a teacher on these data.
    Teach,
    /// Train a teacher, or load the network as ONNX.
    TeachOrOnnx,
    /// Distil without a teacher.
    WithoutTeacher,
    /// The file is a data set.
    IsData,
    /// The file is a teacher.
    IsTeacher,
    /// The file is a model.
    IsModel,
    /// Reset the board, or flash its firmware.
    ResetBoard,
    /// Take the labels of tracks from a table.
    LabelTracks,
    /// Name a column of labels, or of a second channel, in a table of tracks.
    LabelTable,
    /// Use tracks of other categories.
    OtherCategories,
}

impl Next {
    const fn words(self) -> &'static str {
        match self {
            Self::Distil => "distil a model first",
            Self::Attribute => "compute them first and keep them in a file",
            Self::Teach => "train a teacher on these data",
            Self::TeachOrOnnx => "train a teacher, or load the network as ONNX",
            Self::WithoutTeacher => "distil without a teacher: gamma 0",
            Self::IsData => "it is an .npz, which contains data",
            Self::IsTeacher => "it is a teacher: distil a model from it",
            Self::IsModel => "it is a model",
            Self::ResetBoard => "reset the board, or flash the firmware of this version",
            Self::LabelTracks => "import them from a table with a label of each track",
            Self::LabelTable => "name the column of a second channel, or of labels",
            Self::OtherCategories => "use other categories",
        }
    }
}

/// The end of an error: what to do next.
fn then(next: Option<Next>, words: impl Fn(Next) -> &'static str) -> String {
    next.map_or_else(String::new, |next| format!("; {}", words(next)))
}

/// A result of the library.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The input breaks a bound.
    pub fn input(place: impl Display, field: impl Display, bound: impl Display) -> Self {
        Self::Input { place: one_line(&place), field: one_line(&field), bound: one_line(&bound), next: None }
    }

    /// An operation failed although the input was right.
    pub fn failed(what: impl Display, why: impl Display) -> Self {
        Self::Failed { what: one_line(&what), why: one_line(&why), next: None }
    }

    /// Adds the operation that resolves the error.
    #[must_use]
    pub fn then(mut self, operation: Next) -> Self {
        match &mut self {
            Self::Input { next, .. } | Self::Failed { next, .. } => *next = Some(operation),
            Self::Unread | Self::Cancelled => (),
        }
        self
    }

    /// The error in one line, with the caller's words for what to do next.
    #[must_use]
    pub fn text(&self, words: impl Fn(Next) -> &'static str) -> String {
        match self {
            Self::Input { place, field, bound, next } => format!("{place}: {field}: {bound}{}", then(*next, words)),
            Self::Failed { what, why, next } => format!("{what}: {why}{}", then(*next, words)),
            Self::Unread | Self::Cancelled => self.to_string(),
        }
    }

    /// Adds the number of the rank that failed.
    #[must_use]
    pub fn of_rank(self, rank: usize) -> Self {
        match self {
            Self::Input { place, field, bound, next } => {
                Self::Input { place: format!("rank {rank}: {place}"), field, bound, next }
            }
            Self::Failed { what, why, next } => Self::Failed { what: format!("rank {rank}: {what}"), why, next },
            Self::Unread | Self::Cancelled => self,
        }
    }

    /// The exit code of a program that ends with it: 2 for bad input, 1 for a failure, 0 where nothing reads the results.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Input { .. } => 2,
            Self::Failed { .. } | Self::Cancelled => 1,
            Self::Unread => 0,
        }
    }
}

/// The most characters of a part of an error. Text from a file may be of any length.
const MAX_LETTERS: usize = 1000;

/// Joins the lines of text from other libraries and files, replaces control characters, and shortens long text in the
/// middle.
fn one_line(why: &dyn Display) -> String {
    let line = why.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    let visible = |letter: char| if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter };
    let letters: Vec<char> = line.chars().map(visible).collect();
    // The end is kept, because it tells what to do next.
    match letters.len().checked_sub(MAX_LETTERS) {
        Some(more @ 1..) => {
            let [start, end] = [&letters[..MAX_LETTERS / 2], &letters[MAX_LETTERS / 2 + more..]];
            format!("{} … {}", start.iter().collect::<String>(), end.iter().collect::<String>())
        }
        _ => letters.into_iter().collect(),
    }
}
