//! Data sets from documented models.

mod cme;
mod normal;
mod recovery;

pub use cme::{Cme, cme};
pub use normal::normal;
pub use recovery::recovery;
