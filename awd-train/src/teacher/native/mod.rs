//! Networks that are trained here and distilled. They are saved as safetensors, with a JSON file of their shape.

mod adam;
mod arch;
mod checkpoint;
mod fit;
mod inception;
mod net;
mod resnet;
mod saved;
mod schedule;
mod shape;
mod state;
mod train;
mod training;

use crate::attribution::Network;
use crate::attribution::StepError;
use crate::attribution::{Differentiable, Function, centred};
use crate::attribution::{Method, attribute};
use crate::data::{Attributions, Dataset};
use crate::metric::Outputs;
use crate::progress::Progress;
use crate::rocket::Rocket;
use crate::{Error, Next, Result};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use ndarray::{Array2, Array3, ArrayView2, Axis};
use net::Net;
use std::path::Path;

pub use arch::Arch;
pub use shape::{Shape, outputs};
pub use train::{Trained, train};
pub use training::Training;

/// Number of windows that go through the network together.
const BATCH: usize = 256;

/// A trained network.
#[derive(Debug, Clone)]
pub struct Teacher {
    shape: Shape,
    body: Body,
    device: Device,
}

/// What computes the outputs.
#[derive(Debug, Clone)]
enum Body {
    /// The mean of networks that differ in their seed and in their left-out windows.
    Nets(Vec<Net>),
    Rocket(Rocket),
}

impl Teacher {
    /// Reads a teacher of these data, which [`Teacher::save`] wrote.
    ///
    /// # Errors
    /// As [`Teacher::load`]; or the teacher is for other windows or targets.
    pub fn load_for(path: &Path, data: &Dataset) -> Result<Self> {
        let teacher = Self::load(path)?;
        let (shape, outputs) = (teacher.shape(), outputs(&data.train.y));
        if (shape.window, shape.outputs) != (data.window(), outputs) {
            let bound = format!(
                "windows of {} samples and {outputs} outputs, like the data; it has {} and {}",
                data.window(),
                shape.window,
                shape.outputs
            );
            return Err(Error::input(path.display(), "teacher", bound).then(Next::Teach));
        }
        let names = |names: &[String]| if names.is_empty() { "0, 1, 2, …".into() } else { names.join(", ") };
        if shape.class_names != data.class_names {
            let bound =
                format!("classes {}, like the data; it has {}", names(&data.class_names), names(&shape.class_names));
            return Err(Error::input(path.display(), "teacher", bound).then(Next::Teach));
        }
        Ok(teacher)
    }

    /// How the teacher is built.
    #[must_use]
    pub const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Outputs (n, outputs): values in the target's units, or the logits of all classes.
    #[must_use]
    pub fn predict(&self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        let nets = match &self.body {
            Body::Nets(nets) => nets.iter().map(Net::valid).collect::<Vec<_>>(),
            Body::Rocket(rocket) => return narrow(rocket.outputs(x)),
        };
        let mut outputs = Vec::with_capacity(x.nrows() * self.shape.outputs);
        for batch in x.axis_chunks_iter(Axis(0), BATCH) {
            outputs.extend(numbers(self.forward(&nets, self.input(batch).without_autodiff())));
        }
        Array2::from_shape_vec((x.nrows(), self.shape.outputs), outputs).expect("one row of outputs per window")
    }

    fn input(&self, x: ArrayView2<'_, f32>) -> Tensor<2> {
        let samples: Vec<f32> = x.iter().copied().collect();
        Tensor::from_data(TensorData::new(samples, [x.nrows(), x.ncols()]), &self.device)
    }

    /// The mean of the networks' outputs.
    fn forward(&self, nets: &[Net], x: Tensor<2>) -> Tensor<2> {
        let shape = &self.shape;
        let x = (x - shape.x_mean) / shape.x_deviation;
        let outputs = nets.iter().map(|net| net.forward(x.clone()));
        let sum = outputs.reduce(|sum, outputs| sum + outputs).expect("a teacher has a network");
        sum * (shape.y_deviation / nets.len() as f64) + shape.y_mean
    }

    fn centred(&self, outputs: Array2<f32>) -> Array2<f32> {
        if self.shape.outputs > 1 { centred(outputs) } else { outputs }
    }
}

impl Function for Teacher {
    fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        Ok(self.centred(self.predict(x)))
    }

    fn smooth(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        match &self.body {
            Body::Nets(_) => self.outputs(x),
            Body::Rocket(rocket) => Ok(self.centred(narrow(rocket.smooth(x)))),
        }
    }
}

impl Differentiable for Teacher {
    fn gradients(&self, x: ArrayView2<'_, f32>) -> Result<Array3<f32>> {
        let outputs = self.shape.outputs;
        let nets = match &self.body {
            Body::Nets(nets) => nets.iter().map(|net| net.clone().no_grad()).collect::<Vec<_>>(),
            Body::Rocket(rocket) => {
                let mut gradients = rocket.gradients(x);
                if outputs > 1 {
                    let mean = gradients.mean_axis(Axis(1)).expect("a teacher has outputs");
                    gradients -= &mean.insert_axis(Axis(1));
                }
                return Ok(gradients);
            }
        };
        let mut gradients = Array3::zeros((x.nrows(), outputs, x.ncols()));
        for (batch, mut into) in x.axis_chunks_iter(Axis(0), BATCH).zip(gradients.axis_chunks_iter_mut(Axis(0), BATCH))
        {
            for output in 0..outputs {
                let input = self.input(batch).require_grad();
                let outputs = self.forward(&nets, input.clone());
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
    /// The weights, and the means and deviations for standardisation.
    fn parameters(&self) -> usize {
        let standardised = if self.shape.outputs == 1 { 4 } else { 2 };
        match &self.body {
            Body::Nets(nets) => nets.iter().map(Module::num_params).sum::<usize>() + standardised,
            Body::Rocket(rocket) => rocket.parameters(),
        }
    }

    fn attribute(
        &self,
        method: &Method,
        x: &Array2<f32>,
        progress: Progress<'_>,
    ) -> Result<(Attributions, Option<StepError>)> {
        Ok((attribute(method, x, self, progress)?, None))
    }
}

fn narrow(outputs: Outputs) -> Array2<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "teachers have outputs of f32")]
    outputs.mapv(|output| output as f32)
}

fn device() -> Device {
    Device::flex().autodiff()
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("the backend computes in f32")
}
