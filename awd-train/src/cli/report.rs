//! `awd report M.awd DATA --out report.html`

use super::network::Source;
use super::reading::Reading;
use super::{Global, draw::Bars};
use awd_train::cluster::Serial;
use awd_train::data::Dataset;
use awd_train::distil::Trial;
use awd_train::evaluate::{check, numbered_as};
use awd_train::report::{Subject, report};
use awd_train::{Result, file};
use serde_json::json;
use std::path::PathBuf;

const EXAMPLE: &str = "\
Examples:
  awd report my.awd my.npz --out report.html
  awd report my.awd my.npz --teacher teacher.safetensors --out report.html";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    /// The model
    model: PathBuf,
    /// Data: an .npz, a folder or glob of such files, a table of text, or a file of the UCR and UEA archives (docs/data.md)
    data: PathBuf,
    /// The teacher, for its scores and attributions
    #[command(flatten)]
    network: Source,
    /// All trials of the distillation, from `awd distil --trials`, for a figure
    #[arg(long, alias = "path")]
    trials: Option<PathBuf>,
    /// Output file (.html)
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    reading: Reading,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        file::check_place(&self.out)?;
        let model = file::read_model(&self.model)?;
        let data = Dataset::read(&self.data, &self.reading.options())?;
        let data = numbered_as(data, &model)?;
        check(&Serial, &data, &model)?;
        let teacher = self.network.load(&Serial, &data)?;
        let trials = self.trials.as_deref().map(Trial::read).transpose()?;
        let bars = Bars::new(global);
        let name = self.model.file_name().unwrap_or(self.model.as_os_str()).to_string_lossy();
        let teacher = teacher.as_ref().map(|teacher| &*teacher.network);
        let subject =
            Subject { name: &name, model: &model, data: &data, teacher, trials: trials.as_deref(), seed: global.seed };
        let page = report(&subject, &|event| bars.draw(event))?;
        file::write(&self.out, page.as_bytes())?;
        let out = self.out.display().to_string();
        super::report(
            global,
            &json!({"out": out, "bytes": page.len()}),
            &format!("{out}: {} KB; open it in a browser\n", page.len().div_ceil(1000)),
        )
    }
}
