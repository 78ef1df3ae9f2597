//! Arrays in numpy's `.npz`: a zip of `.npy` files.

use super::{Attributions, Dataset, Samples, Target};
use crate::suggest::did_you_mean;
use crate::{Error, Result, file};
use ndarray::{Array2, ArrayD, IxDyn, ShapeBuilder};
use npyz::{DType, NpyFile, TypeChar};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use zip::ZipArchive;

/// Names under which the groups of the training windows are looked for.
const GROUPS: [&str; 3] = ["group_train", "movie_train", "cosmology_train"];

/// The name of the hash of the windows and targets that attributions are of, its 64 bits as a signed integer.
pub(super) const HASH: &str = "data_hash";

/// The same of the file of the teacher whose they are.
pub(super) const TEACHER: &str = "teacher_hash";

/// An open archive.
struct Npz {
    file: String,
    zip: ZipArchive<BufReader<File>>,
}

/// The elements of an array, widened.
enum Elements {
    Floats(Vec<f64>),
    Integers(Vec<i64>),
    Texts(Vec<String>),
}

struct Array {
    shape: Vec<usize>,
    fortran: bool,
    elements: Elements,
}

impl Npz {
    fn open(path: &Path) -> Result<Self> {
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

    fn optional(&mut self, name: &str) -> Result<Option<Array>> {
        let bad = |why: &dyn std::fmt::Display| Error::input(&self.file, name, why);
        let entry = match self.zip.by_name(&format!("{name}.npy")) {
            Ok(entry) => entry,
            Err(zip::result::ZipError::FileNotFound) => return Ok(None),
            Err(why) => return Err(bad(&why)),
        };
        let size = entry.size();
        let npy = NpyFile::new(entry).map_err(|why| bad(&why))?;
        // A header may claim any shape; memory is only asked for what the entry can hold.
        let count = npy.shape().iter().try_fold(1_u64, |count, &n| count.checked_mul(n));
        if count.is_none_or(|count| count > size) {
            return Err(bad(&format_args!("an array of shape {:?} in {size} bytes; it is damaged", npy.shape())));
        }
        let shape = npy.shape().iter().map(|&n| usize::try_from(n)).collect::<std::result::Result<_, _>>();
        let shape = shape.map_err(|why| bad(&why))?;
        let fortran = npy.order() == npyz::Order::Fortran;
        let elements = elements(npy).map_err(|why| bad(&why))?;
        Ok(Some(Array { shape, fortran, elements }))
    }

    fn required(&mut self, name: &str) -> Result<Array> {
        let there = self.names();
        self.optional(name)?.ok_or_else(|| {
            let bound = format_args!("must be there (docs/data.md); the file has {}", there.join(", "));
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
            Elements::Floats(values) => values.iter().map(|&v| v as f32).collect(),
            Elements::Integers(values) => values.iter().map(|&v| v as f32).collect(),
            Elements::Texts(_) => return Err(Error::input(&self.file, name, "numbers; these are texts")),
        };
        ArrayD::from_shape_vec(IxDyn(&array.shape).set_f(array.fortran), values)
            .map_err(|why| Error::input(&self.file, name, why))
    }

    /// Windows (n, N), and the rows that each of them has: 1 unless they are images (n, rows, columns).
    fn windows(&mut self, name: &str) -> Result<(Array2<f32>, usize)> {
        let array = self.required(name)?;
        let ([n, rows, columns], dimensions) = match array.shape[..] {
            [n, samples] => ([n, 1, samples], 2),
            [n, rows, columns] => ([n, rows, columns], 3),
            _ => {
                let bound = "shape (windows, samples), or (images, rows, columns)";
                return Err(Error::input(&self.file, name, format_args!("{bound}; it is {:?}", array.shape)));
            }
        };
        if dimensions == 3 && rows.min(columns) < 2 {
            return Err(Error::input(
                &self.file,
                name,
                format_args!("images of at least 2×2; these are {rows}×{columns}"),
            ));
        }
        let values = self.floats(name, array)?;
        let values = values.to_shape((n, rows * columns)).map_err(|why| Error::input(&self.file, name, why))?;
        Ok((values.into_owned(), rows))
    }

    fn target(&mut self, name: &str) -> Result<Target> {
        let array = self.required(name)?;
        let bad = |bound: &dyn std::fmt::Display| Err(Error::input(&self.file, name, bound));
        if array.shape.len() != 1 {
            return bad(&format_args!("one target a window; its shape is {:?}", array.shape));
        }
        match array.elements {
            Elements::Floats(values) => Ok(Target::Values(values)),
            Elements::Integers(values) => classes(&self.file, name, &values),
            Elements::Texts(_) => bad(&"floats (a value) or integers (a class); these are texts"),
        }
    }

    /// Gradients (n, N) of one output, or (n, outputs, N), and displacements (n, N), where there are any; rows and columns in
    /// the place of samples where windows have `rows`.
    fn attributions(&mut self, rows: usize) -> Result<Option<Attributions>> {
        let (name, bound) = ("gradient_train", "the windows' shape, or that with an axis of outputs after the first");
        let Some(array) = self.optional(name)? else { return Ok(None) };
        let shape = match (rows, &array.shape[..]) {
            (1, &[n, samples]) => (n, 1, samples),
            (1, &[n, outputs, samples]) => (n, outputs, samples),
            (_, &[n, rows, columns]) => (n, 1, rows * columns),
            (_, &[n, outputs, rows, columns]) => (n, outputs, rows * columns),
            _ => return Err(Error::input(&self.file, name, format_args!("{bound}; it is {:?}", array.shape))),
        };
        let values = self.floats(name, array)?;
        let gradients = values.to_shape(shape).map_err(|why| Error::input(&self.file, name, why))?.into_owned();
        let name = "displacement_train";
        let there = self.zip.index_for_name("displacement_train.npy").is_some();
        let displacements = there.then(|| self.windows(name)).transpose()?.map(|(displacements, _)| displacements);
        Ok(Some(Attributions { gradients, displacements }))
    }

    /// Groups of the training windows, and of the test windows where there is an array of the same name for them.
    fn groups(&mut self, name: Option<&str>) -> Result<[Option<Vec<usize>>; 2]> {
        let there = GROUPS.into_iter().find(|name| self.zip.index_for_name(&format!("{name}.npy")).is_some());
        let Some(train) = name.or(there) else { return Ok([None, None]) };
        let array = self.optional(train)?.ok_or_else(|| {
            let there = self.names();
            let bound = format!("must be there; the file has {}{}", there.join(", "), did_you_mean(train, &there));
            Error::input(&self.file, train, bound)
        })?;
        let test = train.strip_suffix("_train").map(|stem| format!("{stem}_test"));
        let test = test.map_or(Ok(None), |name| self.optional(&name))?;
        Ok([Some(array), test].map(|array| {
            array.map(|array| match array.elements {
                Elements::Integers(values) => numbered(&values),
                Elements::Texts(values) => numbered(&values),
                Elements::Floats(values) => numbered(&values.iter().map(|v| v.to_bits()).collect::<Vec<_>>()),
            })
        }))
    }
}

/// Classes from whole numbers.
pub(super) fn classes(file: &str, name: &str, values: &[i64]) -> Result<Target> {
    let labels: Option<Vec<usize>> = values.iter().map(|&v| usize::try_from(v).ok()).collect();
    let labels = labels.ok_or_else(|| Error::input(file, name, "classes 0, 1, 2, …; one is negative"))?;
    let classes = labels.iter().max().map_or(0, |&max| max.saturating_add(1));
    Ok(Target::Classes { labels, classes })
}

/// Equal keys become equal numbers.
pub(super) fn numbered<K: Ord>(keys: &[K]) -> Vec<usize> {
    let mut numbers = BTreeMap::new();
    keys.iter().for_each(|key| {
        let next = numbers.len();
        numbers.entry(key).or_insert(next);
    });
    keys.iter().map(|key| numbers[key]).collect()
}

fn elements<R: Read>(npy: NpyFile<R>) -> std::io::Result<Elements> {
    let DType::Plain(kind) = npy.dtype() else {
        return Err(std::io::Error::other("numbers; these are records"));
    };
    macro_rules! widened {
        ($kind:ident, $from:ty) => {
            Ok(Elements::$kind(npy.into_vec::<$from>()?.into_iter().map(Into::into).collect()))
        };
    }
    match (kind.type_char(), kind.size_field()) {
        (TypeChar::Float, 4) => widened!(Floats, f32),
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

/// Reads the arrays of a data set; their contents are checked by the caller.
pub fn read(path: &Path, groups: Option<&str>) -> Result<Dataset> {
    let mut npz = Npz::open(path)?;
    let ((x_train, rows), (x_test, rows_test)) = (npz.windows("x_train")?, npz.windows("x_test")?);
    if rows != rows_test {
        let bound = format_args!("images of {rows} rows as in x_train; these have {rows_test}");
        return Err(Error::input(&npz.file, "x_test", bound));
    }
    let train = Samples { x: x_train, y: npz.target("y_train")? };
    let mut test = Samples { x: x_test, y: npz.target("y_test")? };
    match (&train.y, &mut test.y) {
        (Target::Classes { classes, .. }, Target::Classes { classes: of_test, .. }) => *of_test = *classes,
        (Target::Values(_), Target::Values(_)) => {}
        _ => return Err(Error::input(&npz.file, "y_test", "floats or integers as y_train; it is the other")),
    }
    let attributions = npz.attributions(rows)?;
    let [groups, test_groups] = npz.groups(groups)?;
    Ok(Dataset { file: npz.file, train, test, rows, groups, test_groups, attributions })
}

/// Windows to score: array `x`, or `x_test` where there is none.
pub fn windows(path: &Path) -> Result<Array2<f32>> {
    let mut npz = Npz::open(path)?;
    let name = if npz.zip.index_for_name("x.npy").is_some() { "x" } else { "x_test" };
    npz.windows(name).map(|(windows, _)| windows)
}

/// Cached attributions of the training windows: array `gradient_train` of an `.npz`, (n, N) or (n, outputs, N), `displacement_train`
/// (n, N) where the method has one, and the hashes of the windows and targets, and of the teacher's file, where they were
/// written. `teacher` is the hash of the one that they must be of.
///
/// # Errors
/// The gradients are missing, an array is of another shape, or they are of other windows or another teacher.
pub fn read_attributions(path: &Path, data: &Dataset, teacher: Option<u64>) -> Result<Attributions> {
    let mut npz = Npz::open(path)?;
    let missing = Error::input(&npz.file, "gradient_train", "it must be there");
    let attributions = npz.attributions(data.rows)?.ok_or(missing)?;
    attributions.check(&npz.file, &data.train.x)?;
    let of = [(HASH, Some(data.train.hash()), "these windows and targets"), (TEACHER, teacher, "this network")];
    for (name, hash, what) in of {
        if let (Some(hash), Some(Array { elements: Elements::Integers(of), .. })) = (hash, npz.optional(name)?)
            && of != [hash.cast_signed()]
        {
            let bound = format_args!("that of {what}; the attributions are of others");
            return Err(Error::input(&npz.file, name, bound));
        }
    }
    Ok(attributions)
}
