//! What can go wrong, in one line that names the file, the field and the bound.

use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// An error of the library. The CLI prints it and exits with [`Error::exit_code`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Error {
    /// The input breaks a bound; nothing was written.
    #[error("{place}: {field}: {bound}")]
    Input {
        /// The file, or the option, at fault.
        place: String,
        /// The array or field in it.
        field: String,
        /// What it must be, and what it is.
        bound: String,
    },
    /// Whoever read the results has gone away, as `head` does; there is nobody to tell.
    #[error("the reader of the results has gone away")]
    Unread,
    /// The input was right, and it failed all the same.
    #[error("{what}: {why}")]
    Failed {
        /// What was tried.
        what: String,
        /// What came back.
        why: String,
    },
}

/// A result of the library.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The input breaks a bound.
    pub fn input(place: impl Display, field: impl Display, bound: impl Display) -> Self {
        Self::Input { place: one_line(&place), field: one_line(&field), bound: one_line(&bound) }
    }

    /// Something failed that the input is not to blame for.
    pub fn failed(what: impl Display, why: impl Display) -> Self {
        Self::Failed { what: one_line(&what), why: one_line(&why) }
    }

    /// The same, of a rank.
    #[must_use]
    pub fn of_rank(self, rank: usize) -> Self {
        match self {
            Self::Input { place, field, bound } => Self::Input { place: format!("rank {rank}: {place}"), field, bound },
            Self::Failed { what, why } => Self::Failed { what: format!("rank {rank}: {what}"), why },
            Self::Unread => Self::Unread,
        }
    }

    /// 2 for bad input, 1 for a failure, 0 where nobody asks.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Input { .. } => 2,
            Self::Failed { .. } => 1,
            Self::Unread => 0,
        }
    }
}

/// Letters of a part of an error. What a file says may be of any length.
const MAX_LETTERS: usize = 1000;

/// What other libraries say may be of several lines.
fn one_line(why: &dyn Display) -> String {
    let line = why.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    let letters: Vec<char> = line.chars().collect();
    // The end says what to do next.
    match letters.len().checked_sub(MAX_LETTERS) {
        Some(more @ 1..) => {
            let [start, end] = [&letters[..MAX_LETTERS / 2], &letters[MAX_LETTERS / 2 + more..]];
            format!("{} … {}", start.iter().collect::<String>(), end.iter().collect::<String>())
        }
        _ => line,
    }
}
