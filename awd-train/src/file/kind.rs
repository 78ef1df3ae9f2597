//! The kinds of files that are read: how each begins, and how large it may be.

use super::budget::size;
use crate::{Error, Result};
use awd_core::FormatError;
use awd_core::model::MAX_BYTES;
use awd_core::model::format::MAGIC;
use std::path::Path;

/// What a file is expected to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A model, from `awd distil`.
    Model,
    /// The weights of a teacher, as safetensors.
    Weights,
    /// The JSON beside them.
    Shape,
    /// A network from elsewhere, as ONNX.
    Network,
    /// Arrays in an `.npz`.
    Archive,
    /// A table, `.csv`.
    Table,
    /// Tracks, `.mat`.
    Tracks,
    /// The state of a search or a training.
    Checkpoint,
    /// The firmware of an emulated board, as ELF.
    Firmware,
}

impl Kind {
    /// What it is called, and the most bytes of one. Sets are as large as they are; what is read of them has a budget.
    const fn bounds(self) -> (&'static str, u64) {
        match self {
            Self::Model => ("a model, from awd distil", MAX_BYTES as u64),
            Self::Weights => ("a teacher's weights, from awd teach", 2 << 30),
            Self::Shape => ("a teacher's shape, from awd teach", 1 << 16),
            Self::Network => ("a network as ONNX", 2 << 30),
            Self::Archive => ("an .npz", u64::MAX),
            Self::Table => ("a table", u64::MAX),
            Self::Tracks => ("a MATLAB file", 1 << 36),
            Self::Checkpoint => ("a checkpoint", 1 << 36),
            Self::Firmware => ("firmware, from cargo xtask firmware", 1 << 28),
        }
    }

    /// Whether a file of this size that begins so can be of this kind.
    pub(super) fn check(self, path: &Path, head: &[u8], bytes: u64) -> Result<()> {
        let next = |otherwise| match mistaken(head) {
            "" => otherwise,
            next => next,
        };
        let foreign = match (self, head) {
            // Of one that is cut off the reader says so.
            (Self::Model, _) if head.len() >= MAGIC.len() && !head.starts_with(&MAGIC) => {
                Some(("model", format!("{}{}", FormatError::NotAModel, next("; awd distil writes one"))))
            }
            (Self::Archive, [] | [b'P', b'K', ..]) => None,
            (Self::Archive, _) => {
                let next = next("; np.savez writes one, docs/data.md says of which arrays");
                Some(("npz archive", format!("a file that begins with PK{next}")))
            }
            (Self::Weights, [_, _, _, _, _, _, _, _, b'{', ..]) => None,
            (Self::Weights, _) => {
                let next = "awd teach writes it; a network from elsewhere is taken by --onnx";
                Some(("weights", format!("a teacher's, as safetensors; {next}")))
            }
            (Self::Firmware, _) if !head.starts_with(b"\x7fELF") => {
                Some(("firmware", "an ELF file; cargo xtask firmware builds one".into()))
            }
            _ => None,
        };
        if let Some((field, bound)) = foreign {
            return Err(Error::input(path.display(), field, bound));
        }
        let (what, most) = self.bounds();
        if bytes > most {
            let [most, bytes] = [most, bytes].map(size);
            let bound = format_args!("at most {most}; it has {bytes}: name {what}");
            return Err(Error::input(path.display(), "size", bound));
        }
        Ok(())
    }
}

/// What a file is that was given in place of another, and where it belongs; nothing where that does not show.
fn mistaken(head: &[u8]) -> &'static str {
    match head {
        [b'P', b'K', 3 | 5, ..] => "; it is an .npz: data come after the model, as in `awd score MODEL DATA`",
        // The length of its header, then JSON.
        [_, _, _, _, _, _, _, _, b'{', ..] => "; it is a teacher: `awd distil DATA --teacher FILE` makes a model of it",
        _ if head.starts_with(&MAGIC) => "; it is a model: data come after it, as in `awd score MODEL DATA`",
        _ => "",
    }
}
