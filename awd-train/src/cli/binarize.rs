//! `awd binarize DATA --positive CLASS --out F`

use super::reading::Reading;
use super::{Global, report, say};
use awd_train::data::{Dataset, ReadOptions, Target, write_dataset};
use awd_train::{Result, file};
use serde_json::json;
use std::path::PathBuf;

const EXAMPLE: &str = "\
Example:
  awd binarize classes.npz --positive 0 --out two.npz";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    /// Windows and classes, in any form that other verbs read
    data: PathBuf,
    /// The label that becomes class 1, or several separated by commas; all others become class 0
    #[arg(long, required = true, value_delimiter = ',', allow_hyphen_values = true)]
    positive: Vec<String>,
    /// Output file (.npz)
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    reading: Reading,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        file::check_place(&self.out)?;
        let options = ReadOptions { positive: self.positive.clone(), ..self.reading.options() };
        let data = Dataset::read(&self.data, &options)?;
        data.notes().iter().for_each(|note| say(&format!("awd: {}: {note}", data.name())));
        write_dataset(&self.out, &data, &[])?;
        let counts = [&data.train().y, &data.test().y].map(|y| match y {
            Target::Classes { labels, .. } => {
                [0, 1].map(|class| labels.iter().filter(|label| **label == class).count())
            }
            Target::Values(_) => [0; 2],
        });
        let out = self.out.display().to_string();
        let [[negative, positive], [test_negative, test_positive]] = counts;
        let words = format!(
            "{out}: {negative} training and {test_negative} test windows of class 0, {positive} and {test_positive} of class 1\n"
        );
        report(global, &json!({ "out": out, "train": counts[0], "test": counts[1] }), &words)
    }
}
