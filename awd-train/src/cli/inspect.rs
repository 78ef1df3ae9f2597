//! `awd inspect M.awd [--distance-to NAME]`

use super::{Global, report};
use awd_train::describe::{json, text};
use awd_train::suggest::did_you_mean;
use awd_train::wavelet::{KNOWN, distance, named, names, taps_of_scheme};
use awd_train::{Error, Result, file};
use std::path::PathBuf;

const EXAMPLE: &str = "\
Examples:
  awd inspect my.awd
  awd inspect my.awd --distance-to db5";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    /// The model
    model: PathBuf,
    /// Also print the distance of the model's wavelet to this one (PyWavelets' name)
    #[arg(long, value_name = "NAME")]
    distance_to: Option<String>,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let reference = self.distance_to.as_deref().map(wavelet).transpose()?;
        let model = file::read_model(&self.model)?;
        let mut json = json(&model);
        let mut words = format!("{}: {}", self.model.display(), text(&model));
        if let (Some(name), Some(reference)) = (&self.distance_to, reference) {
            let taps = taps_of_scheme(model.spec().dwt().scheme(0).rounded().scheme());
            let distance = distance(&taps, &reference);
            json["distance"] = distance.into();
            words += &format!("The distance of its first wavelet to {name} is {distance:.4}.\n");
        }
        report(global, &json, &words)
    }
}

/// The taps of a wavelet by its name.
fn wavelet(name: &str) -> Result<Vec<f64>> {
    let bound = || format!("a wavelet of the catalogue ({KNOWN}); asked for {name}{}", did_you_mean(name, names()));
    named(name).ok_or_else(|| Error::input("--distance-to", "name", bound()))
}
