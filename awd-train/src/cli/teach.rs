//! `awd teach DATA --arch auto|resnet|inception|cnn|lstm|mlp|rocket --out T`

use super::reading::Reading;
use super::{Global, draw::Bars, report, say};
use awd_train::attribution::Network;
use awd_train::cluster::Serial;
use awd_train::data::Dataset;
use awd_train::teacher::{Arch, Trained, Training, train};
use awd_train::{Result, file, metric};
use serde_json::json;
use std::path::PathBuf;

/// The kind of network.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Kind {
    /// Train several of these and keep the one that is best on held-out windows
    Auto,
    /// Residual network, for signals or images
    Resnet,
    /// Parallel convolutions of three lengths (InceptionTime), for signals
    Inception,
    /// Three strided convolutions and a linear layer
    Cnn,
    /// One recurrent layer; its last step gives the output
    Lstm,
    /// Two hidden layers of 32 rectified units
    Mlp,
    /// MiniRocket: 10,000 features of fixed kernels, and a ridge regression
    Rocket,
}

impl Kind {
    /// The architecture that was asked for, or `None` for `auto`.
    pub const fn arch(self) -> Option<Arch> {
        match self {
            Self::Auto => None,
            Self::Resnet => Some(Arch::Resnet),
            Self::Inception => Some(Arch::Inception),
            Self::Cnn => Some(Arch::Cnn),
            Self::Lstm => Some(Arch::Lstm),
            Self::Mlp => Some(Arch::Mlp),
            Self::Rocket => Some(Arch::Rocket),
        }
    }
}

const EXAMPLE: &str = "\
Example:
  awd teach my.npz --arch lstm --out teacher.safetensors";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    /// Data: an .npz, a folder or glob of such files, a table of text, or a file of the UCR and UEA archives (docs/data.md)
    data: PathBuf,
    /// Kind of network
    #[arg(long, value_enum, default_value = "auto")]
    arch: Kind,
    /// Output file for the weights (safetensors); the architecture goes to OUT.json. During training the state is kept in OUT.part:
    /// after an interruption, repeat the command to continue
    #[arg(long)]
    out: PathBuf,
    /// Weight classes equally, independent of their numbers of windows
    #[arg(long)]
    balanced: bool,
    #[command(flatten)]
    reading: Reading,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let checkpoint = file::beside(&self.out, ".part");
        for path in [&self.out, &file::beside(&self.out, ".json"), &checkpoint] {
            file::check_file(path)?;
        }
        let data = Dataset::read(&self.data, &self.reading.options())?;
        let bars = Bars::new(global);
        let training = Training {
            arch: self.arch.arch(),
            seed: global.seed,
            balanced: self.balanced,
            checkpoint: Some(checkpoint),
        };
        let Trained { teacher, validated } = train(&data, &training, &|event| bars.draw(event))?;
        data.notes().iter().for_each(|note| say(&format!("awd: {}: {note}", data.name())));
        teacher.save(&self.out)?;
        let outputs = teacher.predict(data.train().x.view()).mapv(f64::from);
        let (name, score) = (metric::name(&data.train().y), metric::score(&data.train().y, &outputs));
        let json = json!({
            "out": self.out.display().to_string(), "arch": teacher.shape().arch, "parameters": teacher.parameters(),
            "metric": name, "train_score": score, "validation_score": validated,
        });
        let words = format!(
            "{}: {}: {}, {} parameters, {name} {score:.4} on the training split, {validated:.4} on held-out windows\n",
            self.out.display(),
            data.what(&Serial),
            teacher.shape().arch.name(),
            teacher.parameters()
        );
        report(global, &json, &words)
    }
}
