//! `awd attribute DATA (--teacher T | --onnx O) [--method M] --out G.npz`

use super::network::{Loaded, Source};
use super::{Global, draw::Bars, report};
use awd_train::attribution::StepError;
use awd_train::attribution::{Baseline, Method, incompleteness};
use awd_train::cluster::{Serial, allgather};
use awd_train::data::{Dataset, Shard, Shards, read_windows, write_attributions};
use awd_train::progress::{Event, Progress, silent};
use awd_train::suggest::did_you_mean;
use awd_train::{Error, Result, file};
use ndarray::{Array1, Axis};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use std::ffi::OsStr;
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
    /// Data: .npz with x_train, y_train, x_test, y_test, a folder or a glob of them, or .csv
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
    /// Where they go: gradient_train (windows, outputs, samples), and displacement_train (windows, samples) but for saliency; a
    /// folder where the data are in several files
    #[arg(long)]
    out: PathBuf,
}

/// What is said of the attributions of a file, or of all.
#[derive(Serialize, Deserialize)]
struct Said {
    shape: [usize; 3],
    displacements: bool,
    step_error: Option<StepError>,
    incompleteness: Option<f32>,
}

impl Said {
    /// Of both: their windows, and the greater of what may be off.
    fn and(self, other: Self) -> Self {
        let ([n, outputs, samples], [m, ..]) = (self.shape, other.shape);
        let either = |a: Option<f32>, b: Option<f32>| a.into_iter().chain(b).reduce(f32::max);
        Self {
            shape: [n + m, outputs, samples],
            displacements: self.displacements,
            step_error: self.step_error.into_iter().chain(other.step_error).reduce(StepError::or),
            incompleteness: either(self.incompleteness, other.incompleteness),
        }
    }
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let ranks = global.ranks.all();
        let shards = Shards::open(&self.data, None, ranks)?;
        let several = shards.shards().len() > 1;
        if several {
            self.check_folder(&shards)?;
        } else {
            file::check_place(&self.out)?;
        }
        let (bars, n) = (Bars::new(global), shards.shards().len());
        let mean = if several && self.baseline == "mean" { Some(shards.mean()?) } else { None };
        let mut own = Vec::new();
        for shard in (ranks.rank()..n).step_by(ranks.size()) {
            if several {
                let _ = bars.draw(Event { stage: "shards", done: shard, total: n, note: String::new() });
            }
            own.push(self.shard(global, &shards, shard, mean.as_ref(), &bars)?);
        }
        let _ = bars.draw(Event { stage: "shards", done: n, total: n, note: String::new() });
        let of_all = allgather(ranks, own).into_iter().flatten().reduce(Said::and).expect("a file");
        let Said { shape: [n, outputs, samples], displacements, step_error, incompleteness } = of_all;
        let json = json!({
            "out": self.out.display().to_string(),
            "shape": [n, outputs, samples],
            "displacements": displacements,
            "step_error": step_error,
            "incompleteness": incompleteness,
        });
        let by = step_error.map_or(String::new(), |step_error| {
            format!(
                "; by differences: nine in ten are within {:.1e} of that by twice the step, 99 in a hundred within {:.1e}",
                step_error.q90, step_error.q99
            )
        });
        let adds_up = incompleteness.map_or(String::new(), |missed| {
            format!("; they add up to the way of the output but for {missed:.1e} of it, 99 in a hundred")
        });
        let out = self.out.display();
        report(global, &json, &format!("{out}: {n} windows, {outputs} outputs, {samples} samples{by}{adds_up}\n"))
    }

    /// Attributes the windows of one file, and writes what comes of it.
    fn shard(
        &self,
        global: &Global,
        shards: &Shards<'_>,
        shard: usize,
        mean: Option<&Array1<f32>>,
        bars: &Bars,
    ) -> Result<Said> {
        let several = shards.shards().len() > 1;
        let data = if several { shards.shard(shard)? } else { shards.whole()? };
        let Some(Loaded { network, hash }) = self.network.load(&Serial, &data)? else {
            return Err(Error::input("attribute", "network", "one, by --teacher or --onnx"));
        };
        // Of several files one bar counts the files.
        let draw = |event| bars.draw(event);
        let progress: Progress<'_> = if several { &silent } else { &draw };
        let method = match (self.method(&data, global)?, mean) {
            (Method::IntegratedGradients { steps, baseline: Baseline::Mean }, Some(mean)) => {
                Method::IntegratedGradients { steps, baseline: Baseline::Window(mean.clone()) }
            }
            (method, _) => method,
        };
        let (mut attributions, step_error) = network.attribute(&method, &data.train().x, progress)?;
        let incompleteness = match self.method {
            Kind::IntegratedGradients => incompleteness(&*network, &data.train().x, &attributions)?,
            _ => None,
        };
        if let Some(output) = self.output {
            attributions = attributions.output(output)?;
        }
        attributions.check(data.name(), &data.train().x)?;
        let out = if several { self.out.join(shards.shards()[shard].name()) } else { self.out.clone() };
        write_attributions(&out, &attributions, &data.train(), hash)?;
        let shape = attributions.gradients.dim();
        let displacements = attributions.displacements.is_some();
        Ok(Said { shape: shape.into(), displacements, step_error, incompleteness })
    }

    /// Attributions of several files go to as many, in a folder that is made if need be and is not that of the data.
    fn check_folder(&self, shards: &Shards<'_>) -> Result<()> {
        let bad = |bound: &dyn std::fmt::Display| Error::input(self.out.display(), "folder", bound);
        let names: BTreeSet<&OsStr> = shards.shards().iter().map(Shard::name).collect();
        if names.len() < shards.shards().len() {
            return Err(Error::input(
                self.data.display(),
                "shards",
                "files whose names differ, whatever their folders",
            ));
        }
        std::fs::create_dir_all(&self.out).map_err(|why| bad(&why))?;
        names.iter().try_for_each(|name| file::check_place(&self.out.join(name)))?;
        let place = |path: &Path| path.canonicalize().ok();
        let folder = place(&self.out);
        if shards.shards().iter().any(|shard| shard.path.parent().and_then(place) == folder) {
            return Err(bad(&"another than that of the data, whose files have the same names"));
        }
        Ok(())
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
                let windows = read_windows(file.as_ref(), usize::MAX)?;
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
