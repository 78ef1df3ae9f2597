//! Data sets from documented models.

mod cme;
mod movie;
mod normal;
mod pit;
mod recovery;

pub use cme::{Cme, cme};
pub use movie::{Movie, MovieOptions, movie};
pub use normal::normal;
pub use recovery::recovery;
