//! Sets in files of text: tables with any delimiter, and the `.ts` and `.arff` files of the UCR and UEA archives.

mod arff;
mod columns;
mod dialect;
mod rows;
mod source;
mod table;
mod ts;

use super::options::ReadOptions;
use super::unsplit::Unsplit;
use crate::Result;
use ndarray::Array2;
use source::Syntax;
use std::path::Path;

pub use rows::Rows;
pub use source::Source;

/// Reads windows and targets.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Unsplit> {
    let source = Source::open(path)?;
    match source.syntax {
        Syntax::Table => table::read(source, options),
        Syntax::Ts => ts::read(source, options),
        Syntax::Arff => arff::read(source, options),
    }
}

/// Reads the first `limit` windows of a table, and ignores its other columns.
/// `samples` is the length of windows, if it is known.
pub fn windows(path: &Path, limit: usize, samples: Option<usize>, options: &ReadOptions) -> Result<Array2<f32>> {
    let source = Source::open(path)?;
    match source.syntax {
        Syntax::Table => table::windows(source, limit, options, samples),
        Syntax::Ts => ts::read(source, options).map(|set| first(set, limit)),
        Syntax::Arff => arff::read(source, options).map(|set| first(set, limit)),
    }
}

fn first(set: Unsplit, limit: usize) -> Array2<f32> {
    let n = set.x.nrows().min(limit);
    let width = set.x.ncols();
    let samples = set.x.into_iter().take(n * width).collect();
    Array2::from_shape_vec((n, width), samples).expect("whole windows")
}
