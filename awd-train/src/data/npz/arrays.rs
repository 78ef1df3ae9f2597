//! Arrays in numpy's `.npz`: a zip of `.npy` files.

use super::names::stored;
use super::npy::{ElementKind, Header, Number};
use crate::data::Attributions;
use crate::data::classes::{RawTargets, from_one_hot};
use crate::data::label::Label;
use crate::data::options::ReadOptions;
use crate::data::shape::Layout;
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
        let Some(index) = self.index(name) else { return Ok(None) };
        let entry = self.zip.by_index(index).map_err(|why| bad(&format_args!("{why}: save it with np.savez")))?;
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
            Number::Unsigned(value) => value as f32,
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
            // A number, and the label that it becomes.
            _ => (size_of::<f64>() + size_of::<Label>()) as u64,
        };
        let float = |number: Number| match number {
            Number::Float(value) => value,
            Number::Integer(value) => value as f64,
            Number::Unsigned(value) => value as f64,
        };
        let integer = |number: Number| match number {
            Number::Integer(value) => value,
            Number::Float(value) => value as i64,
            // Numbers above the bound become negative, and stay different: hashes may be labels of groups.
            Number::Unsigned(value) => value.cast_signed(),
        };
        let read = self.array(name, rows, held, |header, source, count| match header.element_kind()? {
            ElementKind::Floats => header.numbers(source, count, float).map(Elements::Floats),
            ElementKind::Integers => header.numbers(source, count, integer).map(Elements::Integers),
            ElementKind::Texts => header.texts(source, count).map(Elements::Texts),
        })?;
        Ok(read.map(|(_, elements)| elements))
    }

    /// The layout of an array of windows, and their number.
    pub fn layout(&mut self, name: &str, options: &ReadOptions) -> Result<(Layout, usize)> {
        let shape = self.shape(name)?.ok_or_else(|| self.missing(name))?;
        let layout = Layout::of(&self.file, name, &shape, options)?;
        Ok((layout, shape[0]))
    }

    /// Reads windows (n, N), images row by row.
    pub fn windows(&mut self, name: &str, part: Range<usize>, options: &ReadOptions) -> Result<Array2<f32>> {
        let (layout, _) = self.layout(name, options)?;
        let values = self.floats(name, part)?.ok_or_else(|| self.missing(name))?;
        Ok(layout.windows(values))
    }

    /// Reads targets: one for each window, or one-hot rows of classes.
    pub fn targets(&mut self, name: &str, rows: Range<usize>) -> Result<RawTargets> {
        let shape = self.shape(name)?.ok_or_else(|| self.missing(name))?;
        let columns: usize = shape.iter().skip(1).product();
        let elements = self.elements(name, rows.clone())?.ok_or_else(|| self.missing(name))?;
        if columns != 1 || shape.is_empty() {
            if columns == 0 {
                return Err(self.several_targets(name, &shape));
            }
            let numbers = match (elements, &shape[..]) {
                (Elements::Floats(values), [_, _]) => values,
                (Elements::Integers(values), [_, _]) => values.into_iter().map(|value| value as f64).collect(),
                _ => return Err(self.several_targets(name, &shape)),
            };
            let one_hot = from_one_hot(&numbers, columns).map_err(|_| self.several_targets(name, &shape))?;
            return Ok(RawTargets::Labels(one_hot));
        }
        Ok(match elements {
            Elements::Floats(values) => RawTargets::Floats(values),
            Elements::Integers(values) => RawTargets::Labels(values.into_iter().map(Label::Number).collect()),
            Elements::Texts(texts) => RawTargets::Labels(texts.iter().map(|text| Label::of_text(text)).collect()),
        })
    }

    fn several_targets(&self, name: &str, shape: &[usize]) -> Error {
        let bound = "one target per window, or one-hot rows with a single 1";
        Error::input(
            &self.file,
            name,
            format_args!("{bound}; its shape is {shape:?}: choose one column, as in y[:, 0]"),
        )
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
        let options = ReadOptions { images: rows > 1, ..ReadOptions::default() };
        let displacements = self.has(DISPLACEMENTS).then(|| self.windows(DISPLACEMENTS, part, &options)).transpose()?;
        Ok(Some(Attributions { gradients, displacements }))
    }

    /// The number of rows of an array.
    pub fn len(&mut self, name: &str) -> Result<Option<usize>> {
        Ok(self.shape(name)?.map(|shape| shape.first().copied().unwrap_or(0)))
    }

    pub fn has(&self, name: &str) -> bool {
        self.index(name).is_some()
    }

    /// The place of an array in the archive, under its name or one that is usual for it.
    fn index(&self, name: &str) -> Option<usize> {
        stored(name).find_map(|stored| self.zip.index_for_name(&format!("{stored}.npy")))
    }

    /// Reads the labels of the groups of windows.
    pub fn keys(&mut self, name: &str, rows: Range<usize>) -> Result<Vec<Label>> {
        Ok(match self.elements(name, rows)?.ok_or_else(|| self.missing(name))? {
            Elements::Integers(values) => values.into_iter().map(Label::Number).collect(),
            Elements::Texts(values) => values.into_iter().map(Label::Text).collect(),
            Elements::Floats(values) => values.into_iter().map(|v| Label::Text(v.to_string())).collect(),
        })
    }
}

/// The array of displacements, by which gradients are multiplied.
pub(in crate::data) const DISPLACEMENTS: &str = "displacement_train";
