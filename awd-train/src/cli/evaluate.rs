//! `awd evaluate M.awd DATA [--teacher T | --onnx O]`

use super::network::Source;
use super::reading::Reading;
use super::{Global, draw::Bars, report, table};
use awd_train::cluster::agreed;
use awd_train::data::Shards;
use awd_train::evaluate::{Predictor, budget, check, early, evaluate, numbered_as, peak_counts, rivals};
use awd_train::progress::Context;
use awd_train::teacher::Loaded;
use awd_train::{Error, Result, file};
use std::path::PathBuf;

const EXAMPLE: &str = "\
Example:
  awd evaluate my.awd my.npz --teacher teacher.safetensors";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    /// The model
    model: PathBuf,
    /// Data: an .npz, a folder or glob of such files, a table of text, or a file of the UCR and UEA archives (docs/data.md)
    data: PathBuf,
    /// The teacher, for a row of the table
    #[command(flatten)]
    network: Source,
    /// Also print the scores for incomplete events: one tenth, two tenths, … of each window, with zeros after it
    #[arg(long)]
    early: bool,
    /// For images: add rows for peak histograms alone, with ridge regression and with the published minimum of χ²
    #[arg(long)]
    peak_counts: bool,
    /// Add rows for alternatives: the best fixed wavelet, chosen with the same folds, and MiniRocket (10,000 features and a ridge regression)
    #[arg(long)]
    rivals: bool,
    #[command(flatten)]
    reading: Reading,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let model = file::read_model(&self.model)?;
        let ranks = global.ranks.all();
        let data = Shards::open(&self.data, &self.reading.options(), ranks)?.read()?;
        let data = numbered_as(data, &model)?;
        check(ranks, &data, &model)?;
        let teacher = self.network.load(ranks, &data)?;
        let bars = Bars::new(global);
        let mut others = Vec::new();
        if let Some(Loaded { network, .. }) = &teacher {
            others.push(agreed(ranks, Predictor::teacher(&**network, &data.test().x))?);
        }
        if self.peak_counts {
            others.extend(peak_counts(ranks, &data, &model, global.seed)?.into_iter().map(Predictor::from));
        }
        if self.rivals {
            others.extend(rivals(ranks, &data, budget(&model, &data), global.seed)?);
        }
        let found =
            evaluate(&data, &model, others, global.seed, Context { ranks, progress: &|event| bars.draw(event) })?;
        let failed = |why| Error::failed("evaluate", why);
        let mut json = serde_json::to_value(&found).map_err(failed)?;
        let mut words = table::text(&found);
        if self.early {
            let early = early(ranks, &data, &model, teacher.as_ref().map(|teacher| &*teacher.network), global.seed)?;
            json["early"] = serde_json::to_value(&early).map_err(failed)?;
            words.push_str(&table::early(&early));
        }
        report(global, &json, &words)
    }
}
