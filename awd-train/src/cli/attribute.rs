//! `awd attribute DATA (--teacher T | --onnx O) [--method M] --out G.npz`

use super::network::Source;
use super::reading::Reading;
use super::{Global, draw::Bars, report};
use awd_train::attribution::{Baseline, Method};
use awd_train::data::{Shards, read_windows};
use awd_train::progress::Context;
use awd_train::suggest::did_you_mean;
use awd_train::teacher::{Attributed, attribute_files};
use awd_train::{Error, Result};
use ndarray::Axis;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Methods of attribution.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// The gradient of every output with respect to the samples
    Saliency,
    /// The gradient times the sample
    InputXGradient,
    /// The gradient averaged along the line from a baseline, times the difference to the baseline
    IntegratedGradients,
    /// Integrated gradients, averaged over baselines drawn from the training windows
    GradientShap,
}

const EXAMPLE: &str = "\
Examples:
  awd attribute my.npz --teacher teacher.safetensors --out gradients.npz
  awd attribute my.npz --teacher teacher.safetensors --method integrated-gradients --out paths.npz";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    /// Data: an .npz, a folder or glob of such files, a table of text, or a file of the UCR and UEA archives (docs/data.md)
    data: PathBuf,
    /// The network
    #[command(flatten)]
    network: Source,
    /// Method of attribution
    #[arg(long, value_enum, default_value = "saliency")]
    method: Kind,
    /// Number of gradients averaged for each window
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    steps: u16,
    /// Baseline of integrated gradients: zero, mean (of the training windows), or a file whose windows are averaged
    #[arg(long, default_value = "zero")]
    baseline: String,
    /// Attribute this output only, counted from 0; by default all
    #[arg(long)]
    output: Option<usize>,
    /// Output .npz: gradient_train (windows, outputs, samples) and, except for saliency, displacement_train (windows, samples). A folder
    /// if the data are in several files
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    reading: Reading,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let ranks = global.ranks.all();
        let shards = Shards::open(&self.data, &self.reading.options(), ranks)?;
        let source = self.network.named();
        let source =
            source.ok_or_else(|| Error::input("attribute", "network", "missing: name one with --teacher or --onnx"))?;
        let bars = Bars::new(global);
        let context = Context { ranks, progress: &|event| bars.draw(event) };
        let method = self.method(shards.window(), global)?;
        let Attributed { shape: [n, outputs, samples], displacements, step_error, incompleteness } =
            attribute_files(&shards, source, &method, self.output, &self.out, context)?;
        let json = json!({
            "out": self.out.display().to_string(),
            "shape": [n, outputs, samples],
            "displacements": displacements,
            "step_error": step_error,
            "incompleteness": incompleteness,
        });
        let accuracy = step_error.map_or(String::new(), |error| {
            format!(
                "; by finite differences: 90% differ from those with twice the step by at most {:.1e} of their RMS, 99% by at most {:.1e}",
                error.q90, error.q99
            )
        });
        let completeness = incompleteness.map_or(String::new(), |missed| {
            format!("; in 99% of the windows their sum misses the difference of the outputs by at most {missed:.1e} of its RMS")
        });
        let out = self.out.display();
        report(
            global,
            &json,
            &format!("{out}: {n} windows, {outputs} outputs, {samples} samples{accuracy}{completeness}\n"),
        )
    }

    fn method(&self, window: usize, global: &Global) -> Result<Method> {
        let steps = self.steps.into();
        Ok(match self.method {
            Kind::Saliency => Method::Saliency,
            Kind::InputXGradient => Method::InputXGradient,
            Kind::IntegratedGradients => Method::IntegratedGradients { steps, baseline: self.baseline(window)? },
            Kind::GradientShap => Method::GradientShap { draws: steps, seed: global.seed },
        })
    }

    fn baseline(&self, window: usize) -> Result<Baseline> {
        Ok(match self.baseline.as_str() {
            "zero" => Baseline::Zero,
            "mean" => Baseline::Mean,
            file if !Path::new(file).exists() => {
                let meant = did_you_mean(file, ["zero", "mean"]);
                let bound = format_args!("zero, mean, or a file of windows; there is no {file}{meant}");
                return Err(Error::input("--baseline", "name", bound));
            }
            file => {
                let windows = read_windows(file.as_ref(), usize::MAX, Some(window), &self.reading.options())?;
                if windows.ncols() != window {
                    let bound =
                        format_args!("windows of {window} samples, like the data; these have {}", windows.ncols());
                    return Err(Error::input(file, "x", bound));
                }
                let mean = windows.mean_axis(Axis(0));
                Baseline::Window(mean.ok_or_else(|| Error::input(file, "x", "at least one window; it has none"))?)
            }
        })
    }
}
