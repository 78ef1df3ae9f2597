//! Writes numpy's `.npz`.

use super::arrays::{HASH, TEACHER};
use crate::data::{Attributions, Dataset, Samples, Target};
use crate::{Error, Result, file};
use ndarray::{Array2, Array3, ArrayD};
use npyz::{AutoSerialize, WriterBuilder};
use std::io::{Cursor, Write};
use std::path::Path;
use zip::write::{SimpleFileOptions, ZipWriter};

/// An archive that is built in memory first, so that the file is written whole or not at all.
struct Writer<'a> {
    path: &'a Path,
    zip: ZipWriter<Cursor<Vec<u8>>>,
}

impl<'a> Writer<'a> {
    fn new(path: &'a Path) -> Self {
        Self { path, zip: ZipWriter::new(Cursor::default()) }
    }

    fn array<T: AutoSerialize>(
        mut self,
        name: &str,
        shape: &[usize],
        elements: impl IntoIterator<Item = T>,
    ) -> Result<Self> {
        let failed = |why: &dyn std::fmt::Display| Error::failed(self.path.display(), why);
        self.zip.start_file(format!("{name}.npy"), SimpleFileOptions::default()).map_err(|why| failed(&why))?;
        let shape: Vec<u64> = shape.iter().map(|&n| n as u64).collect();
        let mut npy = Vec::new();
        let written = (|| {
            let options = npyz::WriteOptions::new().default_dtype().shape(&shape);
            let mut writer = options.writer(&mut npy).begin_nd()?;
            writer.extend(elements)?;
            writer.finish()?;
            self.zip.write_all(&npy)
        })();
        written.map_err(|why| failed(&why))?;
        Ok(self)
    }

    /// Writes texts as numpy's `<U`, each padded with zeros to the length of the longest.
    fn texts<'t>(mut self, name: &str, texts: impl Iterator<Item = &'t str> + Clone) -> Result<Self> {
        let failed = |why: std::io::Error| Error::failed(self.path.display(), why);
        let longest = texts.clone().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
        let kind = format!("<U{longest}").parse().map_err(|why| failed(std::io::Error::other(why)))?;
        let mut npy = Vec::new();
        let options = npyz::WriteOptions::new().dtype(npyz::DType::Plain(kind)).shape(&[texts.clone().count() as u64]);
        let written = (|| {
            let mut writer = options.writer(&mut npy).begin_nd()?;
            texts.into_iter().try_for_each(|text| writer.push(text))?;
            writer.finish()
        })();
        written.map_err(failed)?;
        let started = self.zip.start_file(format!("{name}.npy"), SimpleFileOptions::default());
        started.map_err(std::io::Error::other).and_then(|()| self.zip.write_all(&npy)).map_err(failed)?;
        Ok(self)
    }

    fn finish(self) -> Result<()> {
        let bytes = self.zip.finish().map_err(|why| Error::failed(self.path.display(), why))?;
        file::write(self.path, bytes.get_ref())
    }
}

/// Writes the file that [`Shards::attributions`](crate::data::Shards::attributions) reads, with the hashes of the
/// windows and of the teacher.
///
/// # Errors
/// The file cannot be written.
pub fn write_attributions(path: &Path, attributions: &Attributions, samples: &Samples, teacher: u64) -> Result<()> {
    let Attributions { gradients, displacements } = attributions;
    let mut writer = Writer::new(path).array("gradient_train", gradients.shape(), gradients.iter().copied())?;
    writer = writer.array(HASH, &[1], [samples.hash().cast_signed()])?;
    writer = writer.array(TEACHER, &[1], [teacher.cast_signed()])?;
    if let Some(displacements) = displacements {
        writer = writer.array("displacement_train", displacements.shape(), displacements.iter().copied())?;
    }
    writer.finish()
}

/// The labels of classes, if all are whole numbers.
fn numbers_of(names: &[String]) -> Option<Vec<i64>> {
    names.iter().map(|name| name.parse().ok()).collect()
}

/// Writes windows, targets and groups of both splits to an `.npz` that [`Dataset::read`] reads. `beside` are further
/// arrays, which it ignores.
///
/// # Errors
/// The file cannot be written.
pub fn write_dataset(path: &Path, data: &Dataset, beside: &[(&str, ArrayD<f32>)]) -> Result<()> {
    let integer = |&number: &usize| i64::try_from(number).unwrap_or(i64::MAX);
    let mut writer = Writer::new(path);
    for (split, Samples { x, y }) in [("train", &data.train), ("test", &data.test)] {
        let image = [x.nrows(), data.rows, x.ncols() / data.rows.max(1)];
        let shape = if data.rows > 1 { &image[..] } else { x.shape() };
        writer = writer.array(&format!("x_{split}"), shape, x.iter().copied())?;
        let (name, shape) = (format!("y_{split}"), [y.len()]);
        writer = match y {
            Target::Values(values) => writer.array(&name, &shape, values.iter().copied())?,
            Target::Classes { labels, .. } => match numbers_of(&data.class_names) {
                Some(numbers) if numbers.is_empty() => writer.array(&name, &shape, labels.iter().map(integer))?,
                Some(numbers) => writer.array(&name, &shape, labels.iter().map(|&label| numbers[label]))?,
                None => writer.texts(&name, labels.iter().map(|&label| &*data.class_names[label]))?,
            },
        };
    }
    for (name, groups) in [("group_train", &data.groups), ("group_test", &data.test_groups)] {
        if let Some(groups) = groups {
            writer = writer.array(name, &[groups.len()], groups.iter().map(integer))?;
        }
    }
    for (name, array) in beside {
        writer = writer.array(name, array.shape(), array.iter().copied())?;
    }
    writer.finish()
}

/// Writes a movie: `frames` (frames, height, width) in counts, `spots` with a row for each spot in each frame (its number, the frame,
/// y and x), and `vesicle`, 1 for each number that becomes one.
///
/// # Errors
/// The file cannot be written.
pub fn write_movie(path: &Path, frames: &Array3<u16>, spots: &Array2<f32>, vesicles: &[bool]) -> Result<()> {
    let vesicles_as_numbers = vesicles.iter().map(|&vesicle| u8::from(vesicle));
    Writer::new(path)
        .array("frames", frames.shape(), frames.iter().copied())?
        .array("spots", spots.shape(), spots.iter().copied())?
        .array("vesicle", &[vesicles.len()], vesicles_as_numbers)?
        .finish()
}
