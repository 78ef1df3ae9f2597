//! Labelled windows, from which a teacher learns and a model is distilled.

mod attributions;
mod bounds;
mod builder;
mod csv;
mod dataset;
mod files;
mod folds;
mod gradient_cache;
mod group_labels;
mod hash;
mod npz;
mod order;
mod read;
mod shards;
mod statistics;
mod target;
mod training_set;

pub use attributions::Attributions;
pub use builder::Builder;
pub use dataset::Dataset;
pub use files::listed;
pub use folds::{Dealt, Fold, Folded, OutOfFold, blocks, check_folds, folds};
pub use hash::{Hashed, checksum};
pub use npz::{write_attributions, write_dataset};
pub use read::read_windows;
pub use shards::{Shard, Shards};
pub use target::{Samples, Target};
pub(crate) use training_set::{Subsample, TrainingSet};
