//! Arrays in numpy's `.npz`: a zip of `.npy` files.

use super::npy::{ElementKind, Header, Number};
use crate::data::bounds::check_length;
use crate::data::group_labels::GroupLabel;
use crate::data::{Attributions, Target};
use crate::file::{self, Budget, Kind, Opened};
use crate::suggest::did_you_mean;
use crate::{Error, Result};
use ndarray::{Array2, ArrayD, Axis, IxDyn, ShapeBuilder};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::path::Path;
use zip::ZipArchive;
use zip::read::ZipFile;

/// The array with the hash of the windows and targets of the attributions: its 64 bits as a signed integer.
pub(in crate::data) const HASH: &str = "data_hash";

/// The array with the hash of the teacher's file, in the same form.
pub(in crate::data) const TEACHER: &str = "teacher_hash";

/// All rows of an array.
pub(in crate::data) const ALL: Range<usize> = 0..usize::MAX;

/// Bytes that are decompressed at a time.
const BUFFER: usize = 1 << 16;

/// An open archive.
pub(in crate::data) struct Npz {
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    zip: ZipArchive<BufReader<File>>,
    /// The memory that the arrays read from it may take.
    budget: Budget,
}

/// The elements of an array, widened.
pub(in crate::data) enum Elements {
    Floats(Vec<f64>),
    Integers(Vec<i64>),
    Texts(Vec<String>),
}

/// An array that is being read.
type Entry<'z> = BufReader<ZipFile<'z, BufReader<File>>>;

/// The most names of arrays that an error lists.
const LISTED: usize = 20;

impl Npz {
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let Opened { file, bytes } = file::open(path, Kind::Archive)?;
        let bad = |why: &dyn std::fmt::Display| {
            Error::input(
                &name,
                "npz archive",
                format_args!("{why}; it is cut off or damaged: copy it again, or save it with np.savez"),
            )
        };
        let zip = ZipArchive::new(BufReader::new(file)).map_err(|why| bad(&why))?;
        if zip.has_duplicate_names() {
            return Err(bad(&"two arrays have the same name"));
        }
        Ok(Self { file: name, bytes, zip, budget: Budget::of(bytes) })
    }

    /// The shape of an array.
    pub fn shape(&mut self, name: &str) -> Result<Option<Vec<usize>>> {
        let header = self.array(name, 0..0, |_| 0, |_, _, _| Ok(()))?;
        Ok(header.map(|(Header { shape, .. }, ())| shape))
    }

    /// Reads these rows of an array, as far as it has them, or the whole array if it is stored column by column. `held`
    /// gives the memory that one element takes; `read` gets the number of elements.
    fn array<T>(
        &mut self,
        name: &str,
        rows: Range<usize>,
        held: impl FnOnce(&Header) -> u64,
        read: impl FnOnce(&Header, &mut Entry<'_>, usize) -> io::Result<T>,
    ) -> Result<Option<(Header, T)>> {
        let bad = |why: &dyn std::fmt::Display| Error::input(&self.file, name, why);
        let entry = match self.zip.by_name(&format!("{name}.npy")) {
            Ok(entry) => entry,
            Err(zip::result::ZipError::FileNotFound) => return Ok(None),
            Err(why) => return Err(bad(&format_args!("{why}: save it with np.savez"))),
        };
        let size = entry.size();
        let mut entry = BufReader::with_capacity(BUFFER, entry);
        let header = Header::read(&mut entry).map_err(|why| bad(&why))?;
        if header.bytes != size {
            let bound = "bytes, as in its header; it has";
            return Err(bad(&format_args!("{} {bound} {size} and is damaged: save it again", header.bytes)));
        }
        let all = header.count;
        let [from, to] = match header.fortran && !rows.is_empty() {
            true => [0, all],
            false => [rows.start, rows.end].map(|row| row.saturating_mul(header.row_elements).min(all)),
        };
        let memory = held(&header).saturating_mul((to - from) as u64);
        let too_large = |why| bad(&format_args!("{why}: save it with np.savez, not compressed"));
        self.budget.take(memory).map_err(too_large)?;
        let skipped = (from as u64).saturating_mul(header.element_bytes());
        io::copy(&mut (&mut entry).take(skipped), &mut io::sink()).map_err(|why| bad(&why))?;
        let elements = read(&header, &mut entry, to - from).map_err(|why| bad(&why))?;
        // An entry's checksum is verified only at its end.
        if to == all && rows.end > 0 && entry.read(&mut [0]).map_err(|why| bad(&why))? > 0 {
            return Err(bad(&"it is longer than the archive states and is damaged: save it again"));
        }
        Ok(Some((header, elements)))
    }

    /// The error for a missing array.
    pub fn missing(&self, name: &str) -> Error {
        let there: Vec<_> =
            self.zip.file_names().flatten().map(|name| name.trim_end_matches(".npy").to_owned()).take(LISTED).collect();
        let meant = did_you_mean(name, &there);
        let bound = format_args!("missing (docs/data.md); the file has {}{meant}", there.join(", "));
        Error::input(&self.file, name, bound)
    }

    /// Reads these rows of an array of numbers.
    fn floats(&mut self, name: &str, rows: Range<usize>) -> Result<Option<ArrayD<f32>>> {
        #[expect(clippy::cast_possible_truncation, reason = "samples are f32 on the instrument")]
        let single = |number: Number| match number {
            Number::Float(value) => value as f32,
            Number::Integer(value) => value as f32,
        };
        let held = |_: &Header| size_of::<f32>() as u64;
        let read = self.array(name, rows.clone(), held, |header, source, count| match header.element_kind()? {
            ElementKind::Texts => Err(io::Error::other("numbers; these are strings")),
            ElementKind::Floats | ElementKind::Integers => header.numbers(source, count, single),
        })?;
        let Some((Header { mut shape, fortran, .. }, values)) = read else { return Ok(None) };
        let there = shape.first().copied().unwrap_or(0);
        let part = rows.start.min(there)..rows.end.min(there);
        let all_rows = fortran && !rows.is_empty();
        if let (Some(first), false) = (shape.first_mut(), all_rows) {
            *first = part.len();
        }
        let array = ArrayD::from_shape_vec(IxDyn(&shape).set_f(fortran), values)
            .map_err(|why| Error::input(&self.file, name, why))?;
        Ok(Some(if all_rows { array.slice_axis(Axis(0), part.into()).to_owned() } else { array }))
    }

    /// Reads these rows of an array of any type.
    pub fn elements(&mut self, name: &str, rows: Range<usize>) -> Result<Option<Elements>> {
        // A text has its own allocation, and a copy where groups are numbered.
        let held = |header: &Header| match header.element_kind() {
            Ok(ElementKind::Texts) => 128 + 2 * header.element_bytes(),
            _ => 2 * size_of::<f64>() as u64,
        };
        let float = |number: Number| match number {
            Number::Float(value) => value,
            Number::Integer(value) => value as f64,
        };
        let integer = |number: Number| match number {
            Number::Integer(value) => value,
            Number::Float(value) => value as i64,
        };
        let read = self.array(name, rows, held, |header, source, count| match header.element_kind()? {
            ElementKind::Floats => header.numbers(source, count, float).map(Elements::Floats),
            ElementKind::Integers => header.numbers(source, count, integer).map(Elements::Integers),
            ElementKind::Texts => header.texts(source, count).map(Elements::Texts),
        })?;
        Ok(read.map(|(_, elements)| elements))
    }

    /// Returns the number of windows, the rows of each (1 unless they are images), and the samples of a row.
    pub fn shape_of_windows(&self, name: &str, shape: &[usize]) -> Result<[usize; 3]> {
        let ([n, rows, columns], dimensions) = match *shape {
            [n, samples] => ([n, 1, samples], 2),
            [n, rows, columns] => ([n, rows, columns], 3),
            _ => {
                let bound = "shape (windows, samples), or (images, rows, columns)";
                return Err(Error::input(&self.file, name, format_args!("{bound}; it is {shape:?}")));
            }
        };
        if dimensions == 3 && rows.min(columns) < 2 {
            return Err(Error::input(
                &self.file,
                name,
                format_args!("images of at least 2×2; these are {rows}×{columns}"),
            ));
        }
        check_length(&self.file, name, rows.saturating_mul(columns))?;
        Ok([n, rows, columns])
    }

    /// Reads windows (n, N), images row by row.
    pub fn windows(&mut self, name: &str, part: Range<usize>) -> Result<Array2<f32>> {
        let shape = self.shape(name)?.ok_or_else(|| self.missing(name))?;
        let [_, rows, columns] = self.shape_of_windows(name, &shape)?;
        let values = self.floats(name, part)?.ok_or_else(|| self.missing(name))?;
        let shape = (values.len_of(Axis(0)), rows * columns);
        values.into_shape_clone(shape).map_err(|why| Error::input(&self.file, name, why))
    }

    pub fn target(&mut self, name: &str, rows: Range<usize>) -> Result<Target> {
        let bad = |file: &str, bound: &dyn std::fmt::Display| Err(Error::input(file, name, bound));
        let shape = self.shape(name)?.ok_or_else(|| self.missing(name))?;
        if shape.len() != 1 {
            return bad(&self.file, &format_args!("one target per window; its shape is {shape:?}"));
        }
        match self.elements(name, rows)?.ok_or_else(|| self.missing(name))? {
            Elements::Floats(values) => Ok(Target::Values(values)),
            Elements::Integers(values) => classes(&self.file, name, &values),
            Elements::Texts(_) => bad(&self.file, &"floats (values) or integers (classes); these are strings"),
        }
    }

    /// Reads gradients (n, N) of one output, or (n, outputs, N), and displacements (n, N), if there are any. For
    /// windows that are images of `rows` rows, the samples are two axes: rows and columns.
    pub fn attributions(&mut self, rows: usize, part: Range<usize>) -> Result<Option<Attributions>> {
        let (name, bound) =
            ("gradient_train", "the shape of the windows, or that shape with an axis of outputs after the first");
        let Some(shape) = self.shape(name)? else { return Ok(None) };
        let (outputs, window) = match (rows, &shape[..]) {
            (1, &[_, samples]) => (1, samples),
            (1, &[_, outputs, samples]) => (outputs, samples),
            (_, &[_, rows, columns]) => (1, rows.saturating_mul(columns)),
            (_, &[_, outputs, rows, columns]) => (outputs, rows.saturating_mul(columns)),
            _ => return Err(Error::input(&self.file, name, format_args!("{bound}; it is {shape:?}"))),
        };
        let values = self.floats(name, part.clone())?.ok_or_else(|| self.missing(name))?;
        let shape = (values.len_of(Axis(0)), outputs, window);
        let gradients = values.into_shape_clone(shape).map_err(|why| Error::input(&self.file, name, why))?;
        let displacements = self.has(DISPLACEMENTS).then(|| self.windows(DISPLACEMENTS, part)).transpose()?;
        Ok(Some(Attributions { gradients, displacements }))
    }

    /// The number of rows of an array.
    pub fn len(&mut self, name: &str) -> Result<Option<usize>> {
        Ok(self.shape(name)?.map(|shape| shape.first().copied().unwrap_or(0)))
    }

    pub fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(&format!("{name}.npy")).is_some()
    }

    /// Reads the labels of the groups of windows.
    pub fn keys(&mut self, name: &str, rows: Range<usize>) -> Result<Vec<GroupLabel>> {
        Ok(match self.elements(name, rows)?.ok_or_else(|| self.missing(name))? {
            Elements::Integers(values) => values.into_iter().map(GroupLabel::Number).collect(),
            Elements::Texts(values) => values.into_iter().map(GroupLabel::Text).collect(),
            Elements::Floats(values) => values.into_iter().map(|v| GroupLabel::Text(v.to_string())).collect(),
        })
    }
}

/// The array of displacements, by which gradients are multiplied.
pub(in crate::data) const DISPLACEMENTS: &str = "displacement_train";

/// Converts whole numbers to classes.
pub(in crate::data) fn classes(file: &str, name: &str, values: &[i64]) -> Result<Target> {
    let labels: Option<Vec<usize>> = values.iter().map(|&v| usize::try_from(v).ok()).collect();
    let labels = labels.ok_or_else(|| Error::input(file, name, "classes 0, 1, 2, …; one is negative"))?;
    let classes = labels.iter().max().map_or(0, |&max| max.saturating_add(1));
    Ok(Target::Classes { labels, classes })
}
