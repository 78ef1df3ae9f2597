//! Networks that are distilled: trained here, saved as safetensors with a JSON of their shape beside.

mod adam;
mod checkpoint;
mod fit;
mod net;
mod resnet;
mod schedule;

use crate::attribution::{Method, attribute};
use crate::data::{Attributions, Dataset, Target};
use crate::differences::Doubt;
use crate::file::{self, Kind};
use crate::function::{Differentiable, Function, centred};
use crate::network::Network;
use crate::{Error, Result};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use burn_store::{ModuleSnapshot, SafetensorsStore};
use ndarray::{Array2, Array3, ArrayView2, Axis};
use net::Net;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

pub use fit::{Trained, Training, train};

/// Windows that go through the network together.
const BATCH: usize = 256;

/// The kinds of network that can be trained here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    /// One recurrent layer, read at its last step (Hochreiter & Schmidhuber 1997).
    Lstm,
    /// Three strided convolutions and a linear layer.
    Cnn,
    /// Residual blocks of signals or images, and the mean of their channels (He et al. 2016).
    Resnet,
    /// Two hidden layers of 32 rectified units, as in the published simulation (Ha et al. 2021).
    Mlp,
}

impl Arch {
    /// Whether windows may be images.
    #[must_use]
    pub const fn sees_images(self) -> bool {
        matches!(self, Self::Resnet | Self::Mlp)
    }
}

/// All that is needed to build a network again but its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Kind of network.
    pub arch: Arch,
    /// Samples of a window.
    pub window: usize,
    /// Rows of an image, which a window holds row by row; 1 for a signal.
    #[serde(default = "one")]
    pub rows: usize,
    /// One for a value, else the number of classes.
    pub outputs: usize,
    /// Mean of the training samples; the network sees (x − mean) / deviation.
    pub x_mean: f64,
    /// Standard deviation of the training samples.
    pub x_deviation: f64,
    /// A value is the network's output · deviation + mean; 0 for classes.
    pub y_mean: f64,
    /// Standard deviation of the training values; 1 for classes.
    pub y_deviation: f64,
}

/// A trained network.
#[derive(Debug, Clone)]
pub struct Teacher {
    shape: Shape,
    net: Net,
    device: Device,
}

impl Teacher {
    /// Reads what [`Teacher::save`] wrote of a teacher of these data.
    ///
    /// # Errors
    /// As [`Teacher::load`], or it is one for other windows or targets.
    pub fn load_for(path: &Path, data: &Dataset) -> Result<Self> {
        let teacher = Self::load(path)?;
        let (shape, outputs) = (teacher.shape(), outputs(&data.train.y));
        if (shape.window, shape.outputs) != (data.window(), outputs) {
            let bound = format!(
                "for windows of {} samples and {outputs} outputs as the data; it has {} and {}: awd teach makes one of these data",
                data.window(),
                shape.window,
                shape.outputs
            );
            return Err(Error::input(path.display(), "teacher", bound));
        }
        Ok(teacher)
    }

    /// What it is built like.
    #[must_use]
    pub const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Outputs (n, outputs): values in the target's units, or the logits of all classes.
    #[must_use]
    pub fn predict(&self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        let net = self.net.valid();
        let mut outputs = Vec::with_capacity(x.nrows() * self.shape.outputs);
        for batch in x.axis_chunks_iter(Axis(0), BATCH) {
            outputs.extend(numbers(self.forward(&net, self.input(batch).without_autodiff())));
        }
        Array2::from_shape_vec((x.nrows(), self.shape.outputs), outputs).expect("as many outputs as windows")
    }

    fn input(&self, x: ArrayView2<'_, f32>) -> Tensor<2> {
        let samples: Vec<f32> = x.iter().copied().collect();
        Tensor::from_data(TensorData::new(samples, [x.nrows(), x.ncols()]), &self.device)
    }

    fn forward(&self, net: &Net, x: Tensor<2>) -> Tensor<2> {
        let shape = &self.shape;
        net.forward((x - shape.x_mean) / shape.x_deviation) * shape.y_deviation + shape.y_mean
    }

    /// Writes the weights to `path` and the shape beside it, to the same name and `.json`.
    ///
    /// # Errors
    /// The files cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let json = shape_path(path);
        // One entry: several are written in another order each time, and the same weights shall be the same file.
        let mut store = SafetensorsStore::from_bytes(None).clear_metadata().metadata("producer", "awd");
        self.net.save_into(&mut store).map_err(|why| Error::failed(path.display(), why))?;
        let weights = store.get_bytes().map_err(|why| Error::failed(path.display(), why))?;
        let shape = serde_json::to_vec_pretty(&self.shape).map_err(|why| Error::failed(json.display(), why))?;
        file::write(path, &weights)?;
        file::write(&json, &shape)
    }

    /// Reads what [`Teacher::save`] wrote.
    ///
    /// # Errors
    /// A file is missing, damaged, or the weights are not of the stated shape.
    pub fn load(path: &Path) -> Result<Self> {
        let weights = file::read(path, Kind::Weights)?;
        let json = shape_path(path);
        if !json.is_file() {
            let next = "beside the weights, where awd teach writes it; a network from elsewhere is taken by --onnx";
            return Err(Error::input(json.display(), "teacher's shape", next));
        }
        let shape: Shape = serde_json::from_slice(&file::read(&json, Kind::Shape)?)
            .map_err(|why| Error::input(json.display(), "teacher's shape", why))?;
        shape.check(&json)?;
        let device = device();
        let mut net = Net::new(&shape, &device);
        let mut store = SafetensorsStore::from_bytes(Some(weights));
        net.load_from(&mut store).map_err(|why| {
            let bound = format_args!("{why}; copy the file anew with its .json, as awd teach writes both");
            Error::input(path.display(), "weights", bound)
        })?;
        Ok(Self { shape, net, device })
    }
}

impl Function for Teacher {
    fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        let outputs = self.predict(x);
        Ok(if self.shape.outputs > 1 { centred(outputs) } else { outputs })
    }
}

impl Differentiable for Teacher {
    fn gradients(&self, x: ArrayView2<'_, f32>) -> Result<Array3<f32>> {
        let net = self.net.clone().no_grad();
        let outputs = self.shape.outputs;
        let mut gradients = Array3::zeros((x.nrows(), outputs, x.ncols()));
        for (batch, mut into) in x.axis_chunks_iter(Axis(0), BATCH).zip(gradients.axis_chunks_iter_mut(Axis(0), BATCH))
        {
            for output in 0..outputs {
                let input = self.input(batch).require_grad();
                let outputs = self.forward(&net, input.clone());
                let outputs = if self.shape.outputs > 1 { outputs.clone() - outputs.mean_dim(1) } else { outputs };
                let gradient = outputs.narrow(1, output, 1).sum().backward();
                let gradient = input.grad(&gradient).expect("every output depends on the input");
                let gradient = Array2::from_shape_vec(batch.raw_dim(), numbers(gradient)).expect("the input's shape");
                into.index_axis_mut(Axis(1), output).assign(&gradient);
            }
        }
        Ok(gradients)
    }
}

impl Network for Teacher {
    /// Its weights, and the means and deviations that it standardises with.
    fn parameters(&self) -> usize {
        let standardised = if self.shape.outputs == 1 { 4 } else { 2 };
        self.net.num_params() + standardised
    }

    fn attribute(
        &self,
        method: &Method,
        x: &Array2<f32>,
        tell: &dyn Fn(usize, usize),
    ) -> Result<(Attributions, Option<Doubt>)> {
        Ok((attribute(method, x, self, tell)?, None))
    }
}

impl Shape {
    /// Bounds within which a network can be built at all.
    fn check(&self, file: &Path) -> Result<()> {
        let bad = |field: &str, bound: &str| Err(Error::input(file.display(), field, bound));
        if !(2..=usize::from(awd_core::model::MAX_WINDOW)).contains(&self.window) {
            return bad("window", "2..=4096 samples");
        }
        if self.rows == 0 || !self.window.is_multiple_of(self.rows) || (self.rows > 1 && !self.arch.sees_images()) {
            return bad("rows", "1, or a divisor of the window for networks of images (resnet, mlp)");
        }
        if !(1..=awd_core::model::MAX_OUTPUTS + 1).contains(&self.outputs) {
            return bad("outputs", "1..=9");
        }
        let numbers = [self.x_mean, self.x_deviation, self.y_mean, self.y_deviation];
        if !numbers.iter().all(|number| number.is_finite()) || self.x_deviation <= 0.0 || self.y_deviation <= 0.0 {
            return bad("mean and deviation", "finite, the deviation positive");
        }
        Ok(())
    }
}

const fn one() -> usize {
    1
}

fn device() -> Device {
    Device::flex().autodiff()
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("the backend computes in f32")
}

/// Where the shape of the weights at `path` is: the same name and `.json`.
fn shape_path(path: &Path) -> PathBuf {
    file::beside(path, ".json")
}

/// Outputs of a network for these targets: a value, or the logits of all classes.
#[must_use]
pub fn outputs(y: &Target) -> usize {
    match y {
        Target::Values(_) => 1,
        Target::Classes { classes, .. } => *classes,
    }
}
