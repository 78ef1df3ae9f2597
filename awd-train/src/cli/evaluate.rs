//! `awd evaluate M.awd DATA [--teacher T | --onnx O]`

use super::network::Source;
use super::{Global, draw::Bars, report, table};
use awd_train::cluster::agreed;
use awd_train::data::Shards;
use awd_train::evaluate::{Predictor, budget, check, early, evaluate, peak_counts, rivals};
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
    /// Data: .npz with x_train, y_train, x_test, y_test, a folder or a glob of them, or .csv
    data: PathBuf,
    /// The teacher, for its row
    #[command(flatten)]
    network: Source,
    /// The scores too when only a tenth, two tenths, … of each event has been seen, with zeros after it
    #[arg(long)]
    early: bool,
    /// Of maps, rows for histograms of peaks alone, with the model's wavelet: ridge on the counts, and the published minimum of χ²
    #[arg(long)]
    peak_counts: bool,
    /// Rows for what one would use instead: the best fixed wavelet by the same folds, and MiniRocket, ten thousand random features and a
    /// ridge
    #[arg(long)]
    rivals: bool,
    /// Array of groups that folds must not split
    #[arg(long)]
    groups: Option<String>,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let model = file::read_model(&self.model)?;
        let ranks = global.ranks.all();
        let data = Shards::open(&self.data, self.groups.as_deref(), ranks)?.read()?;
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
