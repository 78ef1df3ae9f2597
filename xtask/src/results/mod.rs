//! docs/results.md and the tables of docs/method.md: the scores of models.

pub mod ablation;
pub mod archive;
pub mod networks;
mod page;
pub mod resplits;
mod sets;
pub mod teachers;

pub use sets::{NORMAL, SEEDS, make_sets};
