//! Sets in numpy's `.npz`.

mod arrays;
mod names;
mod npy;
mod reader;
mod unsplit;
mod writer;

pub(super) use arrays::{Elements, HASH, Npz, TEACHER};
pub(super) use reader::{Head, Part, head, read, windows};
pub(super) use unsplit::{Form, form, read as read_unsplit};
pub use writer::{write_attributions, write_dataset, write_movie};
