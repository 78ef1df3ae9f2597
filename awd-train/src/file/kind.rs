//! The kinds of files that are read: how each begins, and how large it may be.

use super::budget::size;
use crate::{Error, Next, Result};
use awd_core::FormatError;
use awd_core::model::MAX_BYTES;
use awd_core::model::format::MAGIC;
use std::path::Path;

/// What a file is expected to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A model.
    Model,
    /// The weights of a teacher, as safetensors.
    Weights,
    /// The JSON file that belongs to the weights.
    Shape,
    /// A network as ONNX.
    Network,
    /// Arrays in an `.npz`.
    Archive,
    /// A table, or another text.
    Table,
    /// Arrays or a text.
    Data,
    /// Tracks, `.mat`.
    Tracks,
    /// The state of a search or a training.
    Checkpoint,
    /// The firmware of an emulated board, as ELF.
    Firmware,
}

impl Kind {
    /// Returns the name of the kind, and the most bytes of a file. Data sets have no limit here, because reading them
    /// has a memory budget.
    const fn bounds(self) -> (&'static str, u64) {
        match self {
            Self::Model => ("a model", MAX_BYTES as u64),
            Self::Weights => ("a teacher's weights", 2 << 30),
            Self::Shape => ("a teacher's shape", 1 << 16),
            Self::Network => ("a network in ONNX format", 2 << 30),
            Self::Archive => ("an .npz", u64::MAX),
            Self::Table => ("a table", u64::MAX),
            Self::Data => ("an .npz or a table", u64::MAX),
            Self::Tracks => ("a MATLAB file", 1 << 36),
            Self::Checkpoint => ("a checkpoint", 1 << 36),
            Self::Firmware => ("firmware, from cargo xtask firmware", 1 << 28),
        }
    }

    /// Checks whether a file of this size with these first bytes can be of this kind.
    pub(super) fn check(self, path: &Path, head: &[u8], bytes: u64) -> Result<()> {
        let mistaken = recognise(head);
        let foreign = match (self, head) {
            // A model that is cut off is reported by its reader.
            (Self::Model, _) if head.len() >= MAGIC.len() && !head.starts_with(&MAGIC) => {
                Some(("model", FormatError::NotAModel.to_string(), Some(Next::Distil)))
            }
            (Self::Archive, [] | [b'P', b'K', ..]) => None,
            (Self::Archive, _) => {
                let more = if mistaken.is_some() { "" } else { "; np.savez writes one, docs/data.md lists its arrays" };
                Some(("npz archive", format!("a file that begins with PK{more}"), None))
            }
            (Self::Weights, [_, _, _, _, _, _, _, _, b'{', ..]) => None,
            (Self::Weights, _) => {
                Some(("weights", "a teacher's weights in safetensors format".into(), Some(Next::TeachOrOnnx)))
            }
            (Self::Firmware, _) if !head.starts_with(b"\x7fELF") => {
                Some(("firmware", "an ELF file; cargo xtask firmware builds one".into(), None))
            }
            _ => None,
        };
        if let Some((field, bound, next)) = foreign {
            let error = Error::input(path.display(), field, bound);
            let mistaken = mistaken.filter(|_| self != Self::Weights);
            return Err(mistaken.or(next).map_or(error.clone(), |next| error.then(next)));
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

/// Recognises a file that was given in place of another, if its first bytes show what it is.
fn recognise(head: &[u8]) -> Option<Next> {
    match head {
        [b'P', b'K', 3 | 5, ..] => Some(Next::IsData),
        // Safetensors: the length of the header, then JSON.
        [_, _, _, _, _, _, _, _, b'{', ..] => Some(Next::IsTeacher),
        _ if head.starts_with(&MAGIC) => Some(Next::IsModel),
        _ => None,
    }
}
