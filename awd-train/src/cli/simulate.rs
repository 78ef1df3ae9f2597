//! `awd simulate recovery|cme --out F`

use super::{Global, report};
use awd_train::data::{Dataset, write_dataset};
use awd_train::simulate::{self, Cme};
use awd_train::{Error, Result, file};
use ndarray::ArrayD;
use serde_json::json;
use std::path::PathBuf;

/// Maximum number of windows of a split. Several copies of a larger split do not fit into an ordinary machine's memory.
const MAX_WINDOWS: usize = 1_000_000;

const EXAMPLE: &str = "\
Example:
  awd simulate cme --n-train 500 --n-test 500 --out cme.npz";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    #[command(subcommand)]
    model: Model,
}

/// What the data are drawn from.
#[derive(clap::Subcommand)]
enum Model {
    /// White noise with a value that depends on three db5 coefficients, as in the published simulation (Ha et al. 2021); by default 50000
    /// training and 5000 test windows
    #[command(after_help = "Example:\n  awd simulate recovery --n-train 500 --n-test 100 --out recovery.npz")]
    Recovery(Size),
    /// Clathrin intensity at endocytic pits, one frame per second: class 1 becomes a vesicle, class 0 is abandoned. Auxilin, which marks
    /// vesicles, is also written; by default 4000 windows in each split
    #[command(after_help = EXAMPLE)]
    Cme(Size),
}

/// How many windows, and where they go.
#[derive(clap::Args)]
struct Size {
    /// Number of training windows
    #[arg(long)]
    n_train: Option<usize>,
    /// Number of test windows
    #[arg(long)]
    n_test: Option<usize>,
    /// Output file (.npz)
    #[arg(long)]
    out: PathBuf,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        match &self.model {
            Model::Recovery(size) => size.write(global, "recovery", [50_000, 5_000], |[n_train, n_test]| {
                (simulate::recovery(n_train, n_test, global.seed), Vec::new())
            }),
            Model::Cme(size) => size.write(global, "cme", [4_000; 2], |[n_train, n_test]| {
                let Cme { data, auxilin: [train, test] } = simulate::cme(n_train, n_test, global.seed);
                (data, vec![("auxilin_train", train.into_dyn()), ("auxilin_test", test.into_dyn())])
            }),
        }
    }
}

impl Size {
    /// Simulates and writes a data set and further arrays. `[train, test]` are the default numbers of windows.
    fn write(
        &self,
        global: &Global,
        model: &str,
        [train, test]: [usize; 2],
        make: impl Fn([usize; 2]) -> (Dataset, Vec<(&'static str, ArrayD<f32>)>),
    ) -> Result<()> {
        let sizes = [self.n_train.unwrap_or(train), self.n_test.unwrap_or(test)];
        for (option, n) in ["--n-train", "--n-test"].into_iter().zip(sizes) {
            if !(2..=MAX_WINDOWS).contains(&n) {
                return Err(Error::input(option, "windows", format_args!("2 to {MAX_WINDOWS}; asked for {n}")));
            }
        }
        file::check_place(&self.out)?;
        let (data, further) = make(sizes);
        write_dataset(&self.out, &data, &further)?;
        let (train, test, window) = (data.train().y.len(), data.test().y.len(), data.window());
        let out = self.out.display().to_string();
        let words = format!("{out}: {train} windows for training, {test} for testing, {window} samples\n");
        let json = json!({
            "out": out, "model": model, "n_train": train, "n_test": test, "window": window,
        });
        report(global, &json, &words)
    }
}
