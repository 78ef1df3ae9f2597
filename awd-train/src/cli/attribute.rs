//! `awd attribute DATA (--teacher T | --onnx O) [--method M] --out G.npz`

use super::network::{Loaded, Source};
use super::{Global, draw::Bars, report};
use awd_train::attribution::{Baseline, Method, incompleteness};
use awd_train::data::{Dataset, read_windows, write_attributions};
use awd_train::progress::Event;
use awd_train::suggest::did_you_mean;
use awd_train::{Error, Result, file};
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
    /// The gradient averaged along the line from a baseline, times the way
    IntegratedGradients,
    /// The same from baselines that are drawn from the training windows
    GradientShap,
}

const EXAMPLE: &str = "\
Examples:
  awd attribute my.npz --teacher teacher.safetensors --out gradients.npz
  awd attribute my.npz --teacher teacher.safetensors --method integrated-gradients --out paths.npz";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    /// Data: .npz with x_train, y_train, x_test, y_test, or .csv
    data: PathBuf,
    /// Whose outputs are attributed
    #[command(flatten)]
    network: Source,
    /// Method of attribution
    #[arg(long, value_enum, default_value = "saliency")]
    method: Kind,
    /// Points of the line, or draws, for methods that average
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    steps: u16,
    /// Where the line of integrated gradients begins: zero, mean (of the training windows), or the mean of a file's windows
    #[arg(long, default_value = "zero")]
    baseline: String,
    /// This output alone, counted from 0; all without it
    #[arg(long)]
    output: Option<usize>,
    /// Where they go: gradient_train (windows, outputs, samples), and displacement_train (windows, samples) but for saliency
    #[arg(long)]
    out: PathBuf,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        file::check_place(&self.out)?;
        let data = Dataset::read(&self.data, None)?;
        let Some(Loaded { network, hash }) = self.network.load(&data)? else {
            return Err(Error::input("attribute", "network", "one, by --teacher or --onnx"));
        };
        let bars = Bars::new(global);
        let tell = |done, total| bars.draw(Event { stage: "attribute", done, total, note: String::new() });
        let (mut attributions, doubt) = network.attribute(&self.method(&data, global)?, &data.train.x, &tell)?;
        let incompleteness = match self.method {
            Kind::IntegratedGradients => incompleteness(&*network, &data.train.x, &attributions)?,
            _ => None,
        };
        if let Some(output) = self.output {
            attributions = attributions.output(output)?;
        }
        attributions.check(&data.file, &data.train.x)?;
        write_attributions(&self.out, &attributions, &data.train, hash)?;
        let (n, outputs, samples) = attributions.gradients.dim();
        let json = json!({
            "out": self.out.display().to_string(),
            "shape": [n, outputs, samples],
            "displacements": attributions.displacements.is_some(),
            "doubt": doubt,
            "incompleteness": incompleteness,
        });
        let by = doubt.map_or(String::new(), |doubt| {
            format!(
                "; by differences: nine in ten are within {:.1e} of that by twice the step, 99 in a hundred within {:.1e}",
                doubt.q90, doubt.q99
            )
        });
        let adds_up = incompleteness.map_or(String::new(), |missed| {
            format!("; they add up to the way of the output but for {missed:.1e} of it, 99 in a hundred")
        });
        let out = self.out.display();
        report(global, &json, &format!("{out}: {n} windows, {outputs} outputs, {samples} samples{by}{adds_up}\n"))
    }

    fn method(&self, data: &Dataset, global: &Global) -> Result<Method> {
        let steps = self.steps.into();
        Ok(match self.method {
            Kind::Saliency => Method::Saliency,
            Kind::InputXGradient => Method::InputXGradient,
            Kind::IntegratedGradients => Method::IntegratedGradients { steps, baseline: self.baseline(data)? },
            Kind::GradientShap => Method::GradientShap { draws: steps, seed: global.seed },
        })
    }

    fn baseline(&self, data: &Dataset) -> Result<Baseline> {
        Ok(match self.baseline.as_str() {
            "zero" => Baseline::Zero,
            "mean" => Baseline::Mean,
            file if !Path::new(file).exists() => {
                let meant = did_you_mean(file, ["zero", "mean"]);
                let bound = format_args!("zero, mean, or a file of windows; there is no {file}{meant}");
                return Err(Error::input("--baseline", "name", bound));
            }
            file => {
                let windows = read_windows(file.as_ref())?;
                if windows.ncols() != data.window() {
                    let bound = format_args!(
                        "windows of {} samples as the data; these have {}",
                        data.window(),
                        windows.ncols()
                    );
                    return Err(Error::input(file, "x", bound));
                }
                let mean = windows.mean_axis(Axis(0));
                Baseline::Window(mean.ok_or_else(|| Error::input(file, "x", "at least one window; it has none"))?)
            }
        })
    }
}
