//! How a teacher is built: the file next to its weights.

use super::Arch;
use crate::data::{Dataset, Samples, Target};
use crate::file::{self, Kind};
use crate::{Error, Next, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Maximum number of networks in an average.
const MEMBERS: usize = 16;

/// Everything that is needed to rebuild a teacher, except its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Kind of network.
    pub arch: Arch,
    /// Samples per window.
    pub window: usize,
    /// Rows of an image, which a window holds row by row; 1 for a signal.
    #[serde(default = "one")]
    pub rows: usize,
    /// 1 for a value, else the number of classes.
    pub outputs: usize,
    /// Number of networks whose outputs are averaged.
    #[serde(default = "one")]
    pub members: usize,
    /// Mean of the training samples; the network sees (x − mean) / deviation.
    pub x_mean: f64,
    /// Standard deviation of the training samples.
    pub x_deviation: f64,
    /// Mean of the training values; a value is the network's output · deviation + mean. 0 for classes.
    pub y_mean: f64,
    /// Standard deviation of the training values; 1 for classes.
    pub y_deviation: f64,
    /// The names of the classes; none if they are the numbers 0, 1, 2, …, or if targets are values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_names: Vec<String>,
}

impl Shape {
    /// The shape of a teacher of `members` networks for these data.
    pub(super) fn of(data: &Dataset, arch: Arch, members: usize) -> Self {
        let Samples { x, y } = &data.train;
        let (x_mean, x_deviation) = moments(x.iter().map(|&x| f64::from(x)));
        let (y_mean, y_deviation) = match y {
            Target::Values(values) => moments(values.iter().copied()),
            Target::Classes { .. } => (0.0, 1.0),
        };
        let (window, rows, outputs) = (x.ncols(), data.rows, outputs(y));
        let class_names = data.class_names.clone();
        Self { arch, window, rows, outputs, members, x_mean, x_deviation, y_mean, y_deviation, class_names }
    }

    /// Reads the shape of the weights at `path`.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let json = shape_path(path);
        if !json.is_file() {
            let error =
                Error::input(json.display(), "teacher's shape", "missing next to the weights: training writes both");
            return Err(error.then(Next::TeachOrOnnx));
        }
        let shape: Self = serde_json::from_slice(&file::read(&json, Kind::Shape)?)
            .map_err(|why| Error::input(json.display(), "teacher's shape", why))?;
        shape.check(&json)?;
        Ok(shape)
    }

    /// Checks the bounds within which a teacher can be built.
    fn check(&self, file: &Path) -> Result<()> {
        let bad = |field: &str, bound: &str| Err(Error::input(file.display(), field, bound));
        if !(2..=usize::from(awd_core::model::MAX_WINDOW)).contains(&self.window) {
            return bad("window", "2 to 4096 samples");
        }
        if self.rows == 0 || !self.window.is_multiple_of(self.rows) || (self.rows > 1 && !self.arch.sees_images()) {
            return bad("rows", "1, or for images (resnet, mlp) a divisor of the window");
        }
        if !(1..=MEMBERS).contains(&self.members) || (self.arch == Arch::Rocket && self.members > 1) {
            return bad("members", "1 to 16, and 1 for a rocket");
        }
        if !(1..=awd_core::model::MAX_OUTPUTS + 1).contains(&self.outputs) {
            return bad("outputs", "1 to 9");
        }
        if !self.class_names.is_empty() && self.class_names.len() != self.outputs {
            return bad("class_names", "one for each output, or none");
        }
        let moments = [self.x_mean, self.x_deviation, self.y_mean, self.y_deviation];
        if !moments.iter().all(|moment| moment.is_finite()) || self.x_deviation <= 0.0 || self.y_deviation <= 0.0 {
            return bad("mean and deviation", "finite, and the deviation above 0");
        }
        Ok(())
    }
}

const fn one() -> usize {
    1
}

/// The path of the shape for the weights at `path`: the same path plus `.json`.
pub(super) fn shape_path(path: &Path) -> PathBuf {
    file::beside(path, ".json")
}

/// The number of outputs for these targets: 1 for a value, else a logit for each class.
#[must_use]
pub fn outputs(y: &Target) -> usize {
    match y {
        Target::Values(_) => 1,
        Target::Classes { classes, .. } => *classes,
    }
}

/// Mean and standard deviation; the deviation of equal values is taken as 1.
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let deviation = (values.map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    (mean, if deviation > 0.0 { deviation } else { 1.0 })
}
