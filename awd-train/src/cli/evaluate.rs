//! `awd evaluate M.awd DATA [--teacher T | --onnx O]`

use super::network::Source;
use super::{Global, draw::Bars, report, table};
use awd_train::data::Dataset;
use awd_train::evaluate::{Predictor, check, evaluate};
use awd_train::{Error, Result, file};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    /// The model
    model: PathBuf,
    /// Data: .npz with x_train, y_train, x_test, y_test, or .csv
    data: PathBuf,
    /// The teacher, for its row
    #[command(flatten)]
    network: Source,
    /// Array of groups that folds must not split
    #[arg(long)]
    groups: Option<String>,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let model = file::read_model(&self.model)?;
        let data = Dataset::read(&self.data, self.groups.as_deref())?;
        check(&data, &model)?;
        let teacher = self.network.load(&data)?;
        let bars = Bars::new(global);
        let others =
            teacher.iter().map(|teacher| Predictor::teacher(&*teacher.network, &data)).collect::<Result<_>>()?;
        let found = evaluate(&data, &model, others, global.seed, &|event| bars.draw(event))?;
        let json = serde_json::to_value(&found).map_err(|why| Error::failed("evaluate", why))?;
        report(global, &json, &table::text(&found))
    }
}
