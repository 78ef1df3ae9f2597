//! The kinds of files that are read: what each must be, and how large it may be.

use super::budget::size;
use super::content::{Content, Purpose};
use crate::{Error, Next, Result};
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
    /// A file with weights of a network in ONNX format.
    ExternalWeights,
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
    /// A private key in PEM.
    Key,
    /// The signature of a model.
    Signature,
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
            Self::ExternalWeights => ("weights of a network", 16 << 30),
            Self::Archive => ("an .npz", u64::MAX),
            Self::Table => ("a table", u64::MAX),
            Self::Data => ("an .npz or a table", u64::MAX),
            Self::Tracks => ("a MATLAB file", 1 << 36),
            Self::Checkpoint => ("a checkpoint", 1 << 36),
            Self::Firmware => ("firmware, from cargo xtask firmware", 1 << 28),
            Self::Key => ("a private key", 1 << 14),
            Self::Signature => ("the signature of a model", 1 << 14),
        }
    }

    /// Whether a file that looks like this can be of this kind. Its reader reports what is wrong with others.
    const fn accepts(self, content: Content) -> bool {
        use Content::{Elf, Empty, Gzip, Hdf5, Matlab, Model, Onnx, Text, Unknown, Weights, Zip};
        match self {
            Self::Model => matches!(content, Model),
            Self::Weights => matches!(content, Weights),
            Self::Shape | Self::Key | Self::Signature => matches!(content, Text | Unknown),
            Self::Network => matches!(content, Onnx | Unknown),
            Self::Archive => matches!(content, Zip),
            Self::Table => matches!(content, Text | Gzip | Unknown),
            Self::Data => matches!(content, Zip | Text | Gzip | Unknown),
            Self::Tracks => matches!(content, Matlab | Hdf5 | Text | Unknown),
            Self::Firmware => matches!(content, Elf),
            // A checkpoint has a check sum, and weights may begin with any bytes.
            Self::Checkpoint => !matches!(content, Empty),
            Self::ExternalWeights => true,
        }
    }

    /// The field of an error, and what a file must be.
    const fn expected(self) -> (&'static str, &'static str) {
        match self {
            Self::Model => ("model", "magic: AWDM in the first four bytes"),
            Self::Weights => ("weights", "a teacher's weights in safetensors format"),
            Self::Shape => ("shape", "a teacher's shape as JSON"),
            Self::Network => ("network", "an ONNX file"),
            Self::Archive => ("npz archive", "a file that begins with PK, as np.savez writes it"),
            Self::Table => ("table", "a table of text"),
            Self::Data => ("data", "an .npz or a table of text"),
            Self::Tracks => ("tracks", "a MATLAB file"),
            Self::Firmware => ("firmware", "an ELF file"),
            Self::Key => ("key", "a private Ed25519 key in PEM"),
            Self::Signature => ("signature", "the signature of a model"),
            Self::Checkpoint | Self::ExternalWeights => ("file", "a file of awd"),
        }
    }

    /// How a file of this kind is made.
    const fn made(self) -> Step {
        match self {
            Self::Model => Step::Next(Next::Distil),
            Self::Weights => Step::Next(Next::TeachOrOnnx),
            Self::Network => Step::Words("torch.onnx.export, skl2onnx or tf2onnx writes one"),
            Self::Archive => Step::Words("np.savez writes one, docs/data.md lists its arrays"),
            Self::Table => Step::Words("docs/data.md lists its columns"),
            Self::Data => Step::Words("docs/data.md lists the forms that are read"),
            Self::Tracks => Step::Words("cmeAnalysis writes one (docs/data.md)"),
            Self::Firmware => Step::Words("cargo xtask firmware builds one"),
            Self::Key => Step::Next(Next::MakeKey),
            Self::Signature => Step::Next(Next::SignModel),
            Self::Shape | Self::Checkpoint | Self::ExternalWeights => Step::Words("copy it again"),
        }
    }

    const fn purpose(self) -> Purpose {
        match self {
            Self::Network | Self::Weights => Purpose::Network,
            Self::Archive | Self::Table | Self::Data | Self::Tracks => Purpose::Data,
            _ => Purpose::Other,
        }
    }

    /// The operation for which a file that is something else is meant.
    fn meant(self, content: Content) -> Option<Next> {
        let data = self.purpose() == Purpose::Data;
        match content {
            Content::Zip if self == Self::Model => Some(Next::IsData),
            Content::Model if data => Some(Next::IsModel),
            Content::Weights if data || matches!(self, Self::Model | Self::Network) => Some(Next::IsTeacher),
            Content::Onnx if data || matches!(self, Self::Model | Self::Weights) => Some(Next::IsNetwork),
            _ => None,
        }
    }

    /// The error of a file that is something else.
    pub(super) fn refuse(self, path: &Path, content: Content) -> Error {
        let (field, expected) = self.expected();
        if let Some(next) = self.meant(content) {
            return Error::input(path.display(), field, expected).then(next);
        }
        let bound = match content {
            Content::Unknown => expected.into(),
            _ => format!("{expected}; this is {}", content.words()),
        };
        match content.step(self.purpose()).map_or_else(|| self.made(), Step::Words) {
            Step::Next(next) => Error::input(path.display(), field, bound).then(next),
            Step::Words(words) => Error::input(path.display(), field, format_args!("{bound}: {words}")),
        }
    }

    /// Checks whether a file of this size with these first bytes can be of this kind.
    pub(super) fn check(self, path: &Path, head: &[u8], bytes: u64) -> Result<()> {
        let content = Content::of(head);
        // A model that is cut off is reported by its reader.
        let cut = self == Self::Model && head.len() < MAGIC.len() && MAGIC.starts_with(head);
        if !self.accepts(content) && !cut {
            return Err(self.refuse(path, content));
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

/// What to do about an error.
enum Step {
    Next(Next),
    Words(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 13] = [
        Kind::Model,
        Kind::Weights,
        Kind::Shape,
        Kind::Network,
        Kind::ExternalWeights,
        Kind::Archive,
        Kind::Table,
        Kind::Data,
        Kind::Tracks,
        Kind::Checkpoint,
        Kind::Firmware,
        Kind::Key,
        Kind::Signature,
    ];

    /// A zip archive whose first entry has this name.
    fn zip(name: &str) -> Vec<u8> {
        let mut head = b"PK\x03\x04".to_vec();
        head.resize(26, 0);
        [&head, &(name.len() as u16).to_le_bytes()[..], &[0, 0], name.as_bytes(), b"and so on"].concat()
    }

    /// The first bytes of files, and what they are.
    fn heads() -> Vec<(Vec<u8>, Content)> {
        let tar = [vec![b'a'; 257], b"ustar\x0000".to_vec()].concat();
        let matlab = |version: &str| format!("MATLAB {version} MAT-file, Platform: GLNXA64").into_bytes();
        let onnx = |version: u8, field: u8| vec![8, version, field, 7, b'p', b'y', b't', b'o', b'r', b'c', b'h'];
        let weights = |length: u64| [&length.to_le_bytes()[..], b"{\"weight\":{}}"].concat();
        vec![
            (vec![], Content::Empty),
            ([&MAGIC[..], &[1, 0, 7]].concat(), Content::Model),
            (weights(13), Content::Weights),
            (weights(1 << 20), Content::Weights),
            (onnx(8, 0x12), Content::Onnx),
            (onnx(10, 0x3a), Content::Onnx),
            (onnx(1, 0x12), Content::SavedModel),
            (zip("x_train.npy"), Content::Zip),
            (b"PK\x05\x06".to_vec(), Content::Zip),
            (zip("mlp/data.pkl"), Content::Torch),
            (zip("archive/.format_version"), Content::Torch),
            (zip("metadata.json"), Content::Keras),
            (zip("[Content_Types].xml"), Content::Spreadsheet),
            (b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.".to_vec(), Content::Torch),
            (b"\x80\x04\x95\x10\0\0".to_vec(), Content::Pickle),
            (b"\x93NUMPY\x01\0".to_vec(), Content::Npy),
            (b"\x89HDF\r\n\x1a\n\0".to_vec(), Content::Hdf5),
            (matlab("5.0"), Content::Matlab),
            (matlab("7.3"), Content::Matlab),
            (b"\x1c\0\0\0TFL3\x14\0".to_vec(), Content::TfLite),
            (b"PAR1\x15".to_vec(), Content::Parquet),
            (b"ARROW1\0\0".to_vec(), Content::Arrow),
            (b"\x89PNG\r\n\x1a\n".to_vec(), Content::Picture),
            (b"II*\0\x08".to_vec(), Content::Picture),
            (b"\x1f\x8b\x08".to_vec(), Content::Gzip),
            (tar, Content::Compressed),
            (b"version https://git-lfs.github.com/spec/v1\noid".to_vec(), Content::LfsPointer),
            (b"<!DOCTYPE html><html>".to_vec(), Content::WebPage),
            (b"\x7fELF\x01".to_vec(), Content::Elf),
            (b"x0,x1,y\n1,2,0\n".to_vec(), Content::Text),
            ("Größe,\u{b5}".as_bytes()[..9].to_vec(), Content::Text),
            (b"\xff\xfex\0".to_vec(), Content::Text),
            (b"\0\x01\x02\x03\x04".to_vec(), Content::Unknown),
        ]
    }

    #[test]
    fn files_are_recognised_and_each_error_has_a_step() {
        let path = Path::new("f");
        let mut accepted = 0;
        for (head, content) in heads() {
            assert_eq!(Content::of(&head), content, "{head:?}");
            for kind in KINDS {
                let Err(why) = kind.check(path, &head, head.len() as u64) else {
                    accepted += 1;
                    continue;
                };
                let text = why.to_string();
                assert!(why.exit_code() == 2 && text.lines().count() == 1, "{text}");
                let steps = text.rsplit([';', ':']).next().unwrap_or_default();
                assert!(steps.split_whitespace().count() >= 3, "{kind:?} {content:?}: {text}");
                let named = kind.meant(content).is_some() || content == Content::Unknown;
                assert!(named || text.contains(content.words()), "{kind:?} {content:?}: {text}");
            }
        }
        // Weights in other files may be anything, checkpoints anything but empty.
        assert!(accepted > 2 * heads().len(), "{accepted}");
    }

    #[test]
    fn each_kind_takes_its_own_files_only() {
        let path = Path::new("f");
        let takes = |kind: Kind| -> Vec<Content> {
            let heads = heads().into_iter();
            let taken = heads.filter(|(head, _)| kind.check(path, head, head.len() as u64).is_ok());
            let mut taken: Vec<Content> = taken.map(|(_, content)| content).collect();
            taken.dedup();
            taken
        };
        assert_eq!(takes(Kind::Weights), [Content::Weights]);
        assert_eq!(takes(Kind::Network), [Content::Onnx, Content::Unknown]);
        assert_eq!(takes(Kind::Archive), [Content::Zip]);
        assert_eq!(takes(Kind::Table), [Content::Gzip, Content::Text, Content::Unknown]);
        assert_eq!(takes(Kind::Data), [Content::Zip, Content::Gzip, Content::Text, Content::Unknown]);
        assert_eq!(takes(Kind::Tracks), [Content::Hdf5, Content::Matlab, Content::Text, Content::Unknown]);
        assert_eq!(takes(Kind::Firmware), [Content::Elf]);
        assert_eq!(takes(Kind::Key), [Content::Text, Content::Unknown]);
        assert_eq!(takes(Kind::Signature), [Content::Text, Content::Unknown]);
        // The reader reports a model that is cut off before the end of the magic.
        assert_eq!(takes(Kind::Model), [Content::Empty, Content::Model]);
    }

    #[test]
    fn steps_fit_what_is_expected() {
        let step = |kind: Kind, content: Content| kind.refuse(Path::new("f"), content).to_string();
        for (kind, content, part) in [
            (Kind::Network, Content::Torch, "torch.onnx.export"),
            (Kind::Network, Content::Hdf5, "model.export"),
            (Kind::Network, Content::Keras, "model.export"),
            (Kind::Network, Content::TfLite, "tf2onnx converts it"),
            (Kind::Network, Content::Pickle, "skl2onnx"),
            (Kind::Network, Content::SavedModel, "tf2onnx converts it"),
            (Kind::Network, Content::Weights, "teacher"),
            (Kind::Weights, Content::Onnx, "ONNX"),
            (Kind::Weights, Content::Zip, "zip archive"),
            (Kind::Archive, Content::Npy, "np.savez"),
            (Kind::Archive, Content::Hdf5, "h5py"),
            (Kind::Archive, Content::LfsPointer, "git lfs pull"),
            (Kind::Table, Content::Parquet, "to_csv"),
            (Kind::Data, Content::Npy, "np.savez"),
            (Kind::Data, Content::Torch, "np.savez"),
            (Kind::Table, Content::Compressed, "unpack"),
            (Kind::Model, Content::Zip, "it is an .npz"),
            (Kind::Model, Content::Picture, "distil a model"),
        ] {
            let text = step(kind, content);
            assert!(text.contains(part), "{text}");
        }
    }
}
