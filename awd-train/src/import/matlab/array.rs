//! Arrays of MATLAB's files, and why a file cannot be read.

/// The most channels of a track: rows of an array for which memory is budgeted.
pub const MAX_CHANNELS: usize = 16;

/// The deepest nesting of arrays.
pub(super) const MAX_DEPTH: usize = 16;

/// An array of the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Array {
    /// Real numbers, column by column.
    Numbers {
        /// The numbers of a column.
        rows: usize,
        /// All numbers.
        values: Vec<f64>,
    },
    /// Structures.
    Structures(Structures),
    /// Arrays that were not requested, and text, cells, sparse arrays and objects, which hold no tracks.
    Other,
}

/// Structures, all with the same fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Structures {
    pub(super) fields: Vec<String>,
    /// The fields of the first structure, of the second, …
    pub(super) arrays: Vec<Array>,
}

impl Structures {
    /// The number of structures.
    #[must_use]
    pub fn len(&self) -> usize {
        self.arrays.len() / self.fields.len().max(1)
    }

    /// Whether there are no structures.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.arrays.is_empty()
    }

    /// Returns this field of each structure. `None` if there is no such field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<impl Iterator<Item = &Array>> {
        let at = self.fields.iter().position(|field| field == name)?;
        Some(self.arrays.iter().skip(at).step_by(self.fields.len()))
    }
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// It is of another format.
    #[error("a MATLAB file of version 5 to 7.3; it has another format")]
    Foreign,
    /// It ends early, or a length in it is wrong.
    #[error("a complete MATLAB file; variable {0} is cut off or damaged: save it again")]
    Damaged(usize),
    /// It decompresses to more than a file of its size may.
    #[error("{why}; variable {variable} takes more: save it with '-v6', which does not compress")]
    TooLarge {
        /// The number of the variable, from 1.
        variable: usize,
        /// The bound.
        why: String,
    },
    /// It is HDF5, and damaged, too large or of a newer version.
    #[error("a MATLAB file of version 7.3 (HDF5) that can be read; {part}: {why}: save it again, or with '-v7'")]
    Hdf5 {
        /// The variable, or the whole file.
        part: String,
        /// The reason.
        why: String,
    },
    /// It is HDF5, and this build has no reader.
    #[error("a MATLAB file of level 5; version 7.3 (HDF5) needs the feature hdf5 of awd-train: save it with '-v7'")]
    WithoutHdf5,
}
