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
    /// The file is a network in ONNX format.
    IsNetwork,
    /// Reset the board, or flash its firmware.
    ResetBoard,
    /// Make a private key.
    MakeKey,
    /// Sign the model with the key of the board.
    SignModel,
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
            Self::IsNetwork => "it is a network in ONNX format",
            Self::ResetBoard => "reset the board, or flash the firmware of this version",
            Self::MakeKey => "make a key first",
            Self::SignModel => "sign the model with the key of the board",
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
        Self::Input {
            place: one_line(&place, MAX_NAME),
            field: one_line(&field, MAX_NAME),
            bound: one_line(&bound, MAX_TEXT),
            next: None,
        }
    }

    /// An operation failed although the input was right.
    pub fn failed(what: impl Display, why: impl Display) -> Self {
        Self::Failed { what: one_line(&what, MAX_NAME), why: one_line(&why, MAX_TEXT), next: None }
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

/// The most characters of the name of a file or field.
const MAX_NAME: usize = 300;

/// The most characters of another part of an error. Text from a file may be of any length.
const MAX_TEXT: usize = 1000;

/// Joins the lines of text, removes what would control a terminal, and shortens long text in the middle.
fn one_line(text: &dyn Display, most: usize) -> String {
    let visible = |letter: char| if is_control(letter) { char::REPLACEMENT_CHARACTER } else { letter };
    let words = text.to_string();
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let letters: Vec<char> = line.chars().map(visible).collect();
    // The end is kept, because it tells what to do next.
    match letters.len().checked_sub(most) {
        Some(more @ 1..) => {
            let [start, end] = [&letters[..most / 2], &letters[most / 2 + more..]];
            format!("{} … {}", start.iter().collect::<String>(), end.iter().collect::<String>())
        }
        _ => letters.into_iter().collect(),
    }
}

/// Whether a character controls the terminal or the direction of the text around it.
fn is_control(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_one_line_of_bounded_length_without_control_characters() {
        let long = "x".repeat(5000);
        let hostile = [
            "a\nb",
            "a\r\nawd: done",
            "\x1b[31mred\x1b[0m",
            "\x1b]0;title\x07",
            "\u{9b}31m",
            "tab\there",
            "\0",
            "\x7f\x08\x08",
            "\u{202e}txt.exe",
            "\u{2066}x",
            "\u{feff}x",
            "\u{2028}line",
            &long,
        ];
        for text in hostile {
            let errors = [
                Error::input(text, "field", "bound: do this"),
                Error::input("file", text, "bound: do this"),
                Error::input("file", "field", format_args!("{text}: do this")).then(Next::Distil),
                Error::failed(text, "why: do this"),
                Error::failed("what", format_args!("{text}: do this")).of_rank(3),
            ];
            for error in errors {
                for shown in [error.to_string(), error.text(|_| "do that")] {
                    assert!(!shown.chars().any(is_control), "{shown:?}");
                    assert!(shown.chars().count() < 1200 && shown.contains("do this"), "{shown:?}");
                }
            }
        }
        let named = Error::input("höhe µ.npz", "x_train", "–5 … 3 °C").to_string();
        assert_eq!(named, "höhe µ.npz: x_train: –5 … 3 °C");
    }
}
