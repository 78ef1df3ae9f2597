//! Scores on this computer, by the code that instruments run: of one window after another ([`on_host`]), or of many on all processors
//! ([`predict`]).

mod host;
mod predict;

pub use host::{Scorer, on_host};
pub use predict::{LINES, predict, predict_fixed};
