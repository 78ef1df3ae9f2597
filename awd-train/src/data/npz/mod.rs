//! Sets in numpy's `.npz`.

mod arrays;
mod npy;
mod reader;
mod writer;

pub(super) use arrays::{Elements, HASH, Npz, TEACHER, classes};
pub(super) use reader::{Head, Part, head, read, windows};
pub use writer::{write_attributions, write_dataset};
