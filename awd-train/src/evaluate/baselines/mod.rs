//! The baselines that a distilled model is compared with.

mod direct;
mod peak_counts;
mod rivals;

pub use direct::Baseline;
pub(super) use direct::all;
pub use peak_counts::peak_counts;
pub use rivals::rivals;
