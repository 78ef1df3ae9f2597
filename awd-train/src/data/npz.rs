//! Arrays in numpy's `.npz`: a zip of `.npy` files.

use super::keys::Key;
use super::{Attributions, Target};
use crate::suggest::did_you_mean;
use crate::{Error, Result, file};
use ndarray::{Array2, ArrayD, Axis, IxDyn, ShapeBuilder};
use npyz::{DType, NpyFile, TypeChar};
use std::fs::File;
use std::io::{BufReader, Read};
use std::ops::Range;
use std::path::Path;
use zip::ZipArchive;

/// The name of the hash of the windows and targets that attributions are of, its 64 bits as a signed integer.
pub(super) const HASH: &str = "data_hash";

/// The same of the file of the teacher whose they are.
pub(super) const TEACHER: &str = "teacher_hash";

/// All rows of an array.
pub(super) const ALL: Range<usize> = 0..usize::MAX;

/// An open archive.
pub(super) struct Npz {
    pub file: String,
    zip: ZipArchive<BufReader<File>>,
}

/// The elements of an array, widened but for those that there may be many of.
pub(super) enum Elements {
    Singles(Vec<f32>),
    Floats(Vec<f64>),
    Integers(Vec<i64>),
    Texts(Vec<String>),
}

pub(super) struct Array {
    shape: Vec<usize>,
    fortran: bool,
    pub elements: Elements,
    /// The rows that were asked for, where all had to be read: column by column they are everywhere.
    rows: Option<Range<usize>>,
}

impl Npz {
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let zip = ZipArchive::new(BufReader::new(file::open(path)?)).map_err(|why| {
            let next = match file::mistaken(&file::read(path).unwrap_or_default()) {
                "" => "; np.savez writes one, docs/data.md says of which arrays",
                next => next,
            };
            Error::input(&name, "npz archive", format_args!("{why}{next}"))
        })?;
        Ok(Self { file: name, zip })
    }

    /// The shape of an array, and whether it stands column by column.
    pub fn shape(&mut self, name: &str) -> Result<Option<(Vec<usize>, bool)>> {
        self.array(name, 0..0).map(|array| array.map(|Array { shape, fortran, .. }| (shape, fortran)))
    }

    /// These rows of an array, as many of them as there are.
    pub fn optional(&mut self, name: &str, rows: Range<usize>) -> Result<Option<Array>> {
        let Some((shape, fortran)) = self.shape(name)? else { return Ok(None) };
        let there = shape.first().copied().unwrap_or(0);
        let part = rows.start.min(there)..rows.end.min(there);
        if fortran && part != (0..there) {
            let all = self.array(name, ALL)?;
            return Ok(all.map(|array| Array { rows: Some(part), ..array }));
        }
        let array = self.array(name, rows)?;
        Ok(array.map(|array| Array { shape: [&[part.len()], shape.get(1..).unwrap_or_default()].concat(), ..array }))
    }

    /// An array of which the elements of these rows alone have been read.
    fn array(&mut self, name: &str, rows: Range<usize>) -> Result<Option<Array>> {
        let bad = |why: &dyn std::fmt::Display| Error::input(&self.file, name, why);
        let entry = match self.zip.by_name(&format!("{name}.npy")) {
            Ok(entry) => entry,
            Err(zip::result::ZipError::FileNotFound) => return Ok(None),
            Err(why) => return Err(bad(&why)),
        };
        let size = entry.size();
        let mut entry = BufReader::new(entry);
        let npy = NpyFile::new(&mut entry).map_err(|why| bad(&why))?;
        // A header may claim any shape; memory is only asked for what the entry can hold.
        let count = npy.shape().iter().try_fold(1_u64, |count, &n| count.checked_mul(n));
        if count.is_none_or(|count| count > size) {
            return Err(bad(&format_args!("an array of shape {:?} in {size} bytes; it is damaged", npy.shape())));
        }
        let shape = npy.shape().iter().map(|&n| usize::try_from(n)).collect::<std::result::Result<Vec<_>, _>>();
        let shape = shape.map_err(|why| bad(&why))?;
        let fortran = npy.order() == npyz::Order::Fortran;
        let of_row: usize = shape.iter().skip(1).product();
        let all: usize = shape.iter().product();
        let [from, to] = [rows.start, rows.end].map(|row| row.saturating_mul(of_row).min(all));
        let elements = elements(npy, from..to).map_err(|why| bad(&why))?;
        if to == all && rows.end > 0 {
            // Only at its end an entry's checksum is looked at.
            std::io::copy(&mut entry, &mut std::io::sink()).map_err(|why| bad(&why))?;
        }
        Ok(Some(Array { shape, fortran, elements, rows: None }))
    }

    pub fn required(&mut self, name: &str, rows: Range<usize>) -> Result<Array> {
        let there = self.names();
        self.optional(name, rows)?.ok_or_else(|| {
            let meant = did_you_mean(name, &there);
            let bound = format_args!("must be there (docs/data.md); the file has {}{meant}", there.join(", "));
            Error::input(&self.file, name, bound)
        })
    }

    /// The names of the arrays.
    fn names(&self) -> Vec<String> {
        self.zip.file_names().flatten().map(|name| name.trim_end_matches(".npy").to_owned()).collect()
    }

    fn floats(&self, name: &str, array: Array) -> Result<ArrayD<f32>> {
        #[expect(clippy::cast_possible_truncation, reason = "samples are f32 on the instrument")]
        let values: Vec<f32> = match array.elements {
            Elements::Singles(values) => values,
            Elements::Floats(values) => values.iter().map(|&v| v as f32).collect(),
            Elements::Integers(values) => values.iter().map(|&v| v as f32).collect(),
            Elements::Texts(_) => return Err(Error::input(&self.file, name, "numbers; these are texts")),
        };
        let all = ArrayD::from_shape_vec(IxDyn(&array.shape).set_f(array.fortran), values)
            .map_err(|why| Error::input(&self.file, name, why))?;
        Ok(match array.rows {
            Some(rows) => all.slice_axis(Axis(0), rows.into()).to_owned(),
            None => all,
        })
    }

    /// How many windows there are, the rows that each of them has, 1 unless they are images, and the samples of a row.
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
        Ok([n, rows, columns])
    }

    /// Windows (n, N), images row by row.
    pub fn windows(&mut self, name: &str, part: Range<usize>) -> Result<Array2<f32>> {
        let array = self.required(name, part)?;
        let [_, rows, columns] = self.shape_of_windows(name, &array.shape)?;
        let values = self.floats(name, array)?;
        let shape = (values.len_of(Axis(0)), rows * columns);
        values.into_shape_clone(shape).map_err(|why| Error::input(&self.file, name, why))
    }

    pub fn target(&mut self, name: &str, rows: Range<usize>) -> Result<Target> {
        let array = self.required(name, rows)?;
        let bad = |bound: &dyn std::fmt::Display| Err(Error::input(&self.file, name, bound));
        if array.shape.len() != 1 {
            return bad(&format_args!("one target a window; its shape is {:?}", array.shape));
        }
        match array.elements {
            Elements::Singles(values) => Ok(Target::Values(values.into_iter().map(f64::from).collect())),
            Elements::Floats(values) => Ok(Target::Values(values)),
            Elements::Integers(values) => classes(&self.file, name, &values),
            Elements::Texts(_) => bad(&"floats (a value) or integers (a class); these are texts"),
        }
    }

    /// Gradients (n, N) of one output, or (n, outputs, N), and displacements (n, N), where there are any; rows and columns in
    /// the place of samples where windows have `rows`.
    pub fn attributions(&mut self, rows: usize, part: Range<usize>) -> Result<Option<Attributions>> {
        let (name, bound) = ("gradient_train", "the windows' shape, or that with an axis of outputs after the first");
        let Some(array) = self.optional(name, part.clone())? else { return Ok(None) };
        let (_, outputs, window) = match (rows, &array.shape[..]) {
            (1, &[n, samples]) => (n, 1, samples),
            (1, &[n, outputs, samples]) => (n, outputs, samples),
            (_, &[n, rows, columns]) => (n, 1, rows * columns),
            (_, &[n, outputs, rows, columns]) => (n, outputs, rows * columns),
            _ => return Err(Error::input(&self.file, name, format_args!("{bound}; it is {:?}", array.shape))),
        };
        let values = self.floats(name, array)?;
        let shape = (values.len_of(Axis(0)), outputs, window);
        let gradients = values.into_shape_clone(shape).map_err(|why| Error::input(&self.file, name, why))?;
        let displacements = self.has(DISPLACEMENTS).then(|| self.windows(DISPLACEMENTS, part)).transpose()?;
        Ok(Some(Attributions { gradients, displacements }))
    }

    /// Rows of an array.
    pub fn len(&mut self, name: &str) -> Result<Option<usize>> {
        Ok(self.shape(name)?.map(|(shape, _)| shape.first().copied().unwrap_or(0)))
    }

    /// All elements of an array.
    pub fn elements(&mut self, name: &str) -> Result<Option<Elements>> {
        Ok(self.optional(name, ALL)?.map(|array| array.elements))
    }

    pub fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(&format!("{name}.npy")).is_some()
    }

    /// The groups of windows, as the file tells them apart.
    pub fn keys(&mut self, name: &str, rows: Range<usize>) -> Result<Vec<Key>> {
        let array = self.required(name, rows)?;
        Ok(match array.elements {
            Elements::Integers(values) => values.into_iter().map(Key::Number).collect(),
            Elements::Texts(values) => values.into_iter().map(Key::Text).collect(),
            Elements::Floats(values) => values.into_iter().map(|v| Key::Text(v.to_string())).collect(),
            Elements::Singles(values) => values.into_iter().map(|v| Key::Text(v.to_string())).collect(),
        })
    }
}

/// What gradients are multiplied by.
pub(super) const DISPLACEMENTS: &str = "displacement_train";

/// Classes from whole numbers.
pub(super) fn classes(file: &str, name: &str, values: &[i64]) -> Result<Target> {
    let labels: Option<Vec<usize>> = values.iter().map(|&v| usize::try_from(v).ok()).collect();
    let labels = labels.ok_or_else(|| Error::input(file, name, "classes 0, 1, 2, …; one is negative"))?;
    let classes = labels.iter().max().map_or(0, |&max| max.saturating_add(1));
    Ok(Target::Classes { labels, classes })
}

/// Those of an array's elements, as they stand.
fn elements<R: Read>(npy: NpyFile<R>, range: Range<usize>) -> std::io::Result<Elements> {
    let DType::Plain(kind) = npy.dtype() else {
        return Err(std::io::Error::other("numbers; these are records"));
    };
    macro_rules! widened {
        ($kind:ident, $from:ty) => {
            npy.data::<$from>()
                .map_err(std::io::Error::other)?
                .skip(range.start)
                .take(range.len())
                .map(|element| element.map(Into::into))
                .collect::<std::io::Result<_>>()
                .map(Elements::$kind)
        };
    }
    match (kind.type_char(), kind.size_field()) {
        (TypeChar::Float, 4) => widened!(Singles, f32),
        (TypeChar::Float, 8) => widened!(Floats, f64),
        (TypeChar::Int, 1) => widened!(Integers, i8),
        (TypeChar::Int, 2) => widened!(Integers, i16),
        (TypeChar::Int, 4) => widened!(Integers, i32),
        (TypeChar::Int, 8) => widened!(Integers, i64),
        (TypeChar::Uint, 1) => widened!(Integers, u8),
        (TypeChar::Uint, 2) => widened!(Integers, u16),
        (TypeChar::Uint, 4) => widened!(Integers, u32),
        (TypeChar::Bool, _) => widened!(Integers, bool),
        (TypeChar::UnicodeStr, _) => widened!(Texts, String),
        _ => Err(std::io::Error::other(format_args!("numbers of a known type; these are {}", kind).to_string())),
    }
}
