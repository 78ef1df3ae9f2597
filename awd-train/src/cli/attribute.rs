//! `awd attribute DATA --teacher T [--method M] --out G.npz`

use super::{Global, draw::Bars, report};
use awd_train::attribution::{Baseline, Method, attribute};
use awd_train::data::{Dataset, write_attributions};
use awd_train::progress::Event;
use awd_train::teacher::{Teacher, outputs};
use awd_train::{Error, Result, file};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Methods of attribution.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// The gradient of every output with respect to the samples
    Saliency,
    /// The gradient times the sample
    InputXGradient,
    /// The gradient averaged along the line from a baseline, times the way
    IntegratedGradients,
    /// The same from baselines that are drawn from the training windows
    GradientShap,
}

/// Where the line begins.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Start {
    /// A window of zeros
    Zero,
    /// The mean of the training windows
    Mean,
}

#[derive(clap::Args)]
pub struct Args {
    /// Data: .npz with x_train, y_train, x_test, y_test, or .csv
    data: PathBuf,
    /// The teacher's weights
    #[arg(long)]
    teacher: PathBuf,
    /// Method of attribution
    #[arg(long, value_enum, default_value = "saliency")]
    method: Kind,
    /// Points of the line, or draws, for methods that average
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    steps: u16,
    /// Where the line of integrated gradients begins
    #[arg(long, value_enum, default_value = "zero")]
    baseline: Start,
    /// Where they go: gradient_train (windows, outputs, samples), and displacement_train (windows, samples) but for saliency
    #[arg(long)]
    out: PathBuf,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        file::check_place(&self.out)?;
        let data = Dataset::read(&self.data, None)?;
        let teacher = load(&self.teacher, &data)?;
        let bars = Bars::new(global);
        let tell = |done, total| bars.draw(Event { stage: "attribute", done, total, note: String::new() });
        let attributions = attribute(self.method(global), &data.train.x, &teacher, tell)?;
        attributions.check(&self.teacher.display().to_string(), &data.train.x)?;
        write_attributions(&self.out, &attributions, &data.train)?;
        let (n, outputs, samples) = attributions.gradients.dim();
        let json = json!({
            "out": self.out.display().to_string(),
            "shape": [n, outputs, samples],
            "displacements": attributions.displacements.is_some(),
        });
        report(global, &json, &format!("{}: {n} windows, {outputs} outputs, {samples} samples\n", self.out.display()))
    }

    fn method(&self, global: &Global) -> Method {
        let steps = self.steps.into();
        match self.method {
            Kind::Saliency => Method::Saliency,
            Kind::InputXGradient => Method::InputXGradient,
            Kind::IntegratedGradients => {
                let baseline = match self.baseline {
                    Start::Zero => Baseline::Zero,
                    Start::Mean => Baseline::Mean,
                };
                Method::IntegratedGradients { steps, baseline }
            }
            Kind::GradientShap => Method::GradientShap { draws: steps, seed: global.seed },
        }
    }
}

/// A teacher of these data.
pub fn load(path: &Path, data: &Dataset) -> Result<Teacher> {
    let teacher = Teacher::load(path)?;
    let shape = teacher.shape();
    let outputs = outputs(&data.train.y);
    if (shape.window, shape.outputs) != (data.window(), outputs) {
        let bound = format!(
            "for windows of {} samples and {outputs} outputs as the data; it has {} and {}",
            data.window(),
            shape.window,
            shape.outputs
        );
        return Err(Error::input(path.display(), "teacher", bound));
    }
    Ok(teacher)
}
