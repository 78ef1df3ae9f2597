//! Scores on this computer, by the code that boards run: one window after another ([`on_host`]), or many windows on all
//! processors ([`predict`]).

mod host;
mod predict;

pub use host::{Scorer, as_on_board, on_host};
pub use predict::{LINES, predict, predict_fixed};
