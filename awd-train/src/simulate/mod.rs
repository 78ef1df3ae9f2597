//! Data sets from documented models.

mod normal;
mod recovery;

pub use normal::normal;
pub use recovery::recovery;
