//! `awd teach DATA --arch lstm|cnn|mlp --out T`

use super::{Global, draw::Bars, report};
use awd_train::data::Dataset;
use awd_train::teacher::{Arch, train};
use awd_train::{Result, file, metric};
use serde_json::json;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    /// Data: .npz with x_train, y_train, x_test, y_test, or .csv
    data: PathBuf,
    /// Kind of network
    #[arg(long, value_enum)]
    arch: Arch,
    /// Where the weights go (safetensors); the network's shape goes to OUT.json
    #[arg(long)]
    out: PathBuf,
    /// Array of groups that validation must not split
    #[arg(long)]
    groups: Option<String>,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        file::check_place(&self.out)?;
        let data = Dataset::read(&self.data, self.groups.as_deref())?;
        let bars = Bars::new(global);
        let teacher = train(&data, self.arch, global.seed, &|event| bars.draw(event));
        teacher.save(&self.out)?;
        let outputs = teacher.predict(data.train.x.view()).mapv(f64::from);
        let rows: Vec<usize> = (0..data.train.y.len()).collect();
        let (name, score) = (metric::name(&data.train.y), metric::score(&data.train.y, &outputs, &rows));
        let json = json!({
            "out": self.out.display().to_string(), "arch": teacher.shape().arch, "parameters": teacher.parameters(),
            "metric": name, "train_score": score,
        });
        let words = format!(
            "{}: {} parameters, {name} {score:.4} on the training split\n",
            self.out.display(),
            teacher.parameters()
        );
        report(global, &json, &words)
    }
}
