//! MATLAB's files of version 7.3, which are HDF5. A structure is a group with one member for each field. In an array of
//! structures each of these is a data set of references, one for each structure. Dimensions are in reverse order, so
//! that numbers are column by column as in other MATLAB files.

use super::array::{Array, MAX_CHANNELS, MAX_DEPTH, Structures, Unread};
use crate::file::{Budget, Exceeded};
use hdf5_pure::{AttrValue, DType, Dataset, Error, File, FormatError, Group, Object, ReadSeekSource, Source};
use std::io::{Read, Seek};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The most bytes that are read from a file: the larger of this, and this multiple of its size. A sound file is read
/// about once. What is not numbers is parsed into objects of several times their size, so this also bounds their
/// memory.
const LEAST: u64 = 8 << 20;
const TIMES: u64 = 4;

/// Memory of a reference and of the object that it leads to, besides the object's numbers.
const OBJECT: u64 = 2048;

/// Groups that MATLAB adds for itself.
const INTERNAL: [&str; 2] = ["#refs#", "#subsystem#"];

/// A file of which only so many bytes may be read. Objects may refer to each other in circles.
struct Metered<S> {
    source: ReadSeekSource<S>,
    left: Arc<AtomicU64>,
}

impl<S: Read + Seek> Source for Metered<S> {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), FormatError> {
        let take = |left: u64| left.checked_sub(buffer.len() as u64);
        if self.left.try_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
            return Err(FormatError::Source("its parts overlap".into()));
        }
        self.source.read_at(offset, buffer)
    }
}

/// Why an array cannot be read.
struct Stop(String);

impl From<Error> for Stop {
    fn from(why: Error) -> Self {
        Self(why.to_string())
    }
}

impl From<Exceeded> for Stop {
    fn from(why: Exceeded) -> Self {
        Self(format!("it takes more than allowed, {why}"))
    }
}

/// As [`super::read`].
pub fn read<S>(source: S, bytes: u64, fields: &[&str]) -> Result<Vec<(String, Array)>, Unread>
where
    S: Read + Seek + Send + 'static,
{
    let left = Arc::new(AtomicU64::new(bytes.saturating_mul(TIMES).max(LEAST)));
    let opened = ReadSeekSource::new(source)
        .map_err(Error::from)
        .and_then(|source| File::from_source(Metered { source, left: left.clone() }));
    let unread = |part: &str, Stop(why): Stop| Unread::Hdf5 { part: part.into(), why };
    let root = opened.map_err(|why| unread("the file", why.into()))?.root();
    let mut reader = Reader { fields, bytes, budget: Budget::of(bytes) };
    let mut variables = Vec::new();
    let listed = || -> Result<_, Error> { Ok((root.groups()?, root.datasets()?)) };
    let (groups, datasets) = listed().map_err(|why| unread("the list of variables", why.into()))?;
    for name in groups.into_iter().filter(|name| !INTERNAL.contains(&name.as_str())) {
        let structures = root.group(&name).map_err(Stop::from).and_then(|group| reader.structures(&group, 0));
        let array = structures.map_err(|stop| unread(&format!("variable {name}"), stop))?;
        variables.push((name, array));
    }
    variables.extend(datasets.into_iter().map(|name| (name, Array::Other)));
    Ok(variables)
}

struct Reader<'f> {
    fields: &'f [&'f str],
    /// The length of the file.
    bytes: u64,
    budget: Budget,
}

impl Reader<'_> {
    /// Reads the requested fields of a structure, or of an array of structures.
    fn structures(&mut self, group: &Group, depth: usize) -> Result<Array, Stop> {
        if depth == MAX_DEPTH {
            return Err(Stop(format!("structures are nested more than {MAX_DEPTH} deep")));
        }
        let (mut fields, mut columns) = (Vec::new(), Vec::new());
        for name in group.datasets()?.into_iter().filter(|name| self.fields.contains(&name.as_str())) {
            columns.push(self.field(&group.dataset(&name)?, depth)?);
            fields.push(name);
        }
        for name in group.groups()?.into_iter().filter(|name| self.fields.contains(&name.as_str())) {
            columns.push(vec![self.structures(&group.group(&name)?, depth + 1)?]);
            fields.push(name);
        }
        let count = columns.first().map_or(0, Vec::len);
        if columns.iter().any(|column| column.len() != count) {
            return Err(Stop("its fields have different numbers of structures".into()));
        }
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        let arrays = (0..count).flat_map(|_| columns.iter_mut().filter_map(Iterator::next).collect::<Vec<_>>());
        Ok(Array::Structures(Structures { arrays: arrays.collect(), fields }))
    }

    /// Reads a field: of one structure its array, of several an array for each.
    fn field(&mut self, dataset: &Dataset, depth: usize) -> Result<Vec<Array>, Stop> {
        if dataset.dtype()? != DType::ObjectReference {
            return Ok(vec![self.numbers(dataset)?]);
        }
        // A cell array has references, too.
        if has_attribute(dataset, "MATLAB_class", "cell", 0)? {
            return Ok(vec![Array::Other]);
        }
        let count = self.reserve(dataset, 8)?;
        self.budget.take(count.saturating_mul(OBJECT))?;
        let array = |object: Object| match object {
            Object::Dataset(dataset) => self.numbers(&dataset),
            Object::Group(group) => self.structures(&group, depth + 1),
            _ => Ok(Array::Other),
        };
        dataset.dereference()?.into_iter().map(array).collect()
    }

    fn numbers(&mut self, dataset: &Dataset) -> Result<Array, Stop> {
        use DType::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
        if !matches!(dataset.dtype()?, F32 | F64 | I8 | I16 | I32 | I64 | U8 | U16 | U32 | U64) {
            return Ok(Array::Other);
        }
        let shape = dataset.shape()?;
        // An empty array is stored as the list of its dimensions.
        if shape.len() < 2 && has_attribute(dataset, "MATLAB_empty", "", 1)? {
            return Ok(Array::Numbers { rows: 0, values: Vec::new() });
        }
        let rows = shape.last().map_or(1, |&rows| rows as usize);
        self.budget.take(256 * rows.min(MAX_CHANNELS) as u64)?;
        // A number is copied to a track, together with its p-value.
        self.reserve(dataset, 24)?;
        Ok(Array::Numbers { rows, values: dataset.read_f64()? })
    }

    /// Reserves memory for each element of a data set, and for its largest compressed part. Returns the number of
    /// elements. The library allocates a part before it reads it, so each part must lie inside the file.
    fn reserve(&mut self, dataset: &Dataset, bytes: u64) -> Result<u64, Stop> {
        let count = |shape: &[u64]| shape.iter().fold(1_u64, |count, &n| count.saturating_mul(n));
        let elements = count(&dataset.shape()?);
        self.budget.take(elements.saturating_mul(bytes))?;
        // The memory of a part is free again afterwards.
        if let Some(part) = dataset.chunk_shape()? {
            self.budget.clone().take(count(&part).saturating_mul(8))?;
            let is_outside = |address: u64, size: u64| address.checked_add(size).is_none_or(|end| end > self.bytes);
            if dataset.chunks()?.iter().any(|part| is_outside(part.address, part.storage_size)) {
                return Err(Stop("a part of the data lies beyond the end of the file".into()));
            }
        }
        Ok(elements)
    }
}

/// Whether a data set has an attribute of this text, or of this number.
fn has_attribute(dataset: &Dataset, name: &str, text: &str, number: u8) -> Result<bool, Stop> {
    Ok(dataset.attrs()?.get(name).is_some_and(|value| match value {
        AttrValue::String(value) | AttrValue::AsciiString(value) => value.trim_end_matches('\0') == text,
        AttrValue::U8(value) => *value == number,
        AttrValue::I32(value) => *value == i32::from(number),
        AttrValue::U32(value) => *value == u32::from(number),
        AttrValue::I64(value) => *value == i64::from(number),
        _ => false,
    }))
}
