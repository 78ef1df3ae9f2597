//! `awd simulate recovery --out F`

use super::{Global, report};
use awd_train::data::{Dataset, write_dataset};
use awd_train::{Error, Result, file, simulate};
use serde_json::json;
use std::path::PathBuf;

/// Windows of a split at most: more do not fit in the memory of an ordinary machine several times.
const MAX_WINDOWS: usize = 1_000_000;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    model: Model,
}

/// What the data are drawn from.
#[derive(clap::Subcommand)]
enum Model {
    /// White noise of which three db5 coefficients matter: the simulation of the method's authors (Ha et al. 2021)
    Recovery(Recovery),
}

#[derive(clap::Args)]
struct Recovery {
    /// Windows for training
    #[arg(long, default_value_t = 50_000)]
    n_train: usize,
    /// Windows for testing
    #[arg(long, default_value_t = 5_000)]
    n_test: usize,
    /// Where the data go (.npz)
    #[arg(long)]
    out: PathBuf,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let Model::Recovery(recovery) = &self.model;
        for (option, n) in [("--n-train", recovery.n_train), ("--n-test", recovery.n_test)] {
            if !(2..=MAX_WINDOWS).contains(&n) {
                return Err(Error::input(option, "windows", format_args!("2..={MAX_WINDOWS}; asked for {n}")));
            }
        }
        file::check_place(&recovery.out)?;
        let data = simulate::recovery(recovery.n_train, recovery.n_test, global.seed);
        write_dataset(&recovery.out, &data)?;
        let Dataset { train, test, .. } = &data;
        let (out, window) = (recovery.out.display().to_string(), data.window());
        let words =
            format!("{out}: {} windows for training, {} for testing, {window} samples\n", train.y.len(), test.y.len());
        let json = json!({
            "out": out, "model": "recovery", "n_train": train.y.len(), "n_test": test.y.len(), "window": window,
        });
        report(global, &json, &words)
    }
}
