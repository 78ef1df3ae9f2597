//! What a file is, as its first bytes show.

use awd_core::model::format::MAGIC;

/// The number of first bytes by which a file is recognised. A tar archive has its mark at byte 257.
pub const HEAD: u64 = 512;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Empty,
    Model,
    /// Weights as safetensors, as of a teacher.
    Weights,
    Onnx,
    /// A zip archive, as an `.npz` is, if it is not one of those below.
    Zip,
    Npy,
    Torch,
    Keras,
    Spreadsheet,
    Hdf5,
    Matlab,
    Pickle,
    TfLite,
    SavedModel,
    Parquet,
    Arrow,
    Picture,
    Gzip,
    Compressed,
    LfsPointer,
    WebPage,
    Elf,
    Text,
    Unknown,
}

/// First bytes that stand for one kind of content.
const MARKS: [(&[u8], Content); 33] = [
    (&MAGIC, Content::Model),
    (b"\x93NUMPY", Content::Npy),
    (b"\x89HDF\r\n\x1a\n", Content::Hdf5),
    (b"MATLAB ", Content::Matlab),
    // PyTorch before 1.6: a pickled constant.
    (b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", Content::Torch),
    (b"\x80\x02", Content::Pickle),
    (b"\x80\x03", Content::Pickle),
    (b"\x80\x04", Content::Pickle),
    (b"\x80\x05", Content::Pickle),
    (b"PAR1", Content::Parquet),
    (b"ARROW1", Content::Arrow),
    (b"FEA1", Content::Arrow),
    (b"\x89PNG", Content::Picture),
    (b"II*\0", Content::Picture),
    (b"MM\0*", Content::Picture),
    (b"II+\0", Content::Picture),
    (b"MM\0+", Content::Picture),
    (b"\xff\xd8\xff", Content::Picture),
    (b"GIF8", Content::Picture),
    (b"\x1f\x8b", Content::Gzip),
    (b"BZh", Content::Compressed),
    (b"\xfd7zXZ\0", Content::Compressed),
    (b"\x28\xb5\x2f\xfd", Content::Compressed),
    (b"7z\xbc\xaf\x27\x1c", Content::Compressed),
    (b"Rar!", Content::Compressed),
    (b"version https://git-lfs", Content::LfsPointer),
    (b"<!DOCTYPE html", Content::WebPage),
    (b"<!doctype html", Content::WebPage),
    (b"<html", Content::WebPage),
    (b"\x7fELF", Content::Elf),
    // The number of the schema, then the graph. ONNX has had other numbers there since it was published.
    (b"\x08\x01\x12", Content::SavedModel),
    (b"\xff\xfe", Content::Text),
    (b"\xfe\xff", Content::Text),
];

/// What a file is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Network,
    Data,
    Other,
}

impl Content {
    /// Recognises a file by its first bytes, of which there are [`HEAD`] unless the file is shorter.
    pub fn of(head: &[u8]) -> Self {
        let marked = MARKS.into_iter().find(|(mark, _)| head.starts_with(mark)).map(|(_, content)| content);
        match head {
            [] => Self::Empty,
            _ if marked.is_some() => marked.unwrap_or(Self::Unknown),
            [b'P', b'K', 3 | 5, ..] => archive(head),
            // The length of the header, then JSON.
            [_, _, _, _, _, _, _, _, b'{', ..] if !is_text(&head[..8]) => Self::Weights,
            [_, _, _, _, b'T', b'F', b'L', b'3', ..] => Self::TfLite,
            // The version of the format, then any other field of a model.
            [8, 1..=127, field, ..] if [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].contains(field) => Self::Onnx,
            _ if head.get(257..262) == Some(b"ustar") => Self::Compressed,
            _ if is_text(head) => Self::Text,
            _ => Self::Unknown,
        }
    }

    /// What it is, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Model => "a model",
            Self::Weights => "a teacher, or other weights in safetensors format",
            Self::Onnx => "a network in ONNX format",
            Self::Zip => "a zip archive, as an .npz is",
            Self::Npy => "a single array of NumPy (.npy)",
            Self::Torch => "a file of PyTorch",
            Self::Keras => "a network of Keras",
            Self::Spreadsheet => "a spreadsheet or document",
            Self::Hdf5 => "a file in HDF5 format, as Keras and h5py write",
            Self::Matlab => "a MATLAB file",
            Self::Pickle => "a pickled object of Python",
            Self::TfLite => "a network of TensorFlow Lite",
            Self::SavedModel => "a SavedModel of TensorFlow",
            Self::Parquet => "a table in Parquet format",
            Self::Arrow => "a table in Arrow or Feather format",
            Self::Picture => "a picture",
            Self::Gzip => "compressed with gzip",
            Self::Compressed => "compressed or packed",
            Self::LfsPointer => "a pointer of Git LFS in place of the file",
            Self::WebPage => "a web page",
            Self::Elf => "a program",
            Self::Text => "text",
            Self::Unknown => "of an unknown format",
        }
    }

    /// How to make of it a file for a purpose, if there is a way.
    pub const fn step(self, purpose: Purpose) -> Option<&'static str> {
        let (network, data) = (matches!(purpose, Purpose::Network), matches!(purpose, Purpose::Data));
        Some(match self {
            Self::Empty => "copy it again",
            Self::Gzip | Self::Compressed => "unpack it first",
            Self::LfsPointer => "git lfs pull fetches the file",
            Self::WebPage => "download the file itself",
            Self::Torch if network => "torch.onnx.export writes the network as ONNX",
            Self::Pickle if network => {
                "skl2onnx writes an estimator of scikit-learn as ONNX, torch.onnx.export a network"
            }
            Self::Keras | Self::Hdf5 if network => {
                "model.export(\"net.onnx\", format=\"onnx\") of Keras writes the network as ONNX, or tf2onnx"
            }
            Self::TfLite if network => "tf2onnx converts it to ONNX",
            Self::SavedModel if network => "tf2onnx converts it to ONNX",
            Self::Npy if data => "np.savez writes several arrays to one .npz (docs/data.md)",
            Self::Hdf5 if data => "read it with h5py, and write the arrays with np.savez (docs/data.md)",
            Self::Matlab if data => "read it with scipy.io.loadmat, and write the arrays with np.savez (docs/data.md)",
            Self::Torch | Self::Pickle if data => {
                "load it in Python, and write the arrays with np.savez (docs/data.md)"
            }
            Self::Parquet | Self::Arrow if data => "read it with pandas, and write it with to_csv (docs/data.md)",
            Self::Spreadsheet if data => "save it as CSV (docs/data.md)",
            Self::Picture if data => "read the images in Python, and write them with np.savez (docs/data.md)",
            _ => return None,
        })
    }
}

/// Which zip archive it is, by the name of its first entry.
fn archive(head: &[u8]) -> Content {
    let length = head.get(26..28).map_or(0, |bytes| usize::from(bytes[0]) | usize::from(bytes[1]) << 8);
    let rest = head.get(30..).unwrap_or_default();
    let name = &rest[..length.min(rest.len())];
    let torch: [&[u8]; 4] = [b"/data.pkl", b"/.format_version", b"/version", b"/byteorder"];
    let keras: [&[u8]; 3] = [b"metadata.json", b"config.json", b"model.weights.h5"];
    let document: [&[u8]; 3] = [b"[Content_Types].xml", b"_rels/.rels", b"mimetype"];
    if torch.iter().any(|ending| name.ends_with(ending)) {
        Content::Torch
    } else if keras.contains(&name) {
        Content::Keras
    } else if document.contains(&name) {
        Content::Spreadsheet
    } else {
        Content::Zip
    }
}

/// Whether the bytes are text without control characters. The last character may be cut off.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(why) if why.error_len().is_none() => std::str::from_utf8(&head[..why.valid_up_to()]).unwrap_or_default(),
        Err(_) => return false,
    };
    !text.is_empty() && text.chars().all(|letter| !letter.is_control() || letter.is_whitespace())
}
