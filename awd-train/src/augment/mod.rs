//! Augmentation: makes further windows from those of a set, to train on or to score.

mod early;

pub use early::{GrowingWindow, early, length, with_early};
