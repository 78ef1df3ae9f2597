//! `awd attribute DATA --teacher T --method saliency --out G.npz`

use super::{Global, report};
use awd_train::data::{Dataset, check_gradients, write_gradients};
use awd_train::teacher::{Teacher, outputs};
use awd_train::{Error, Result, file};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What is cached for each training window.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Method {
    /// The gradient of every output with respect to the samples
    Saliency,
}

#[derive(clap::Args)]
pub struct Args {
    /// Data: .npz with x_train, y_train, x_test, y_test, or .csv
    data: PathBuf,
    /// The teacher's weights
    #[arg(long)]
    teacher: PathBuf,
    /// What is cached
    #[arg(long, value_enum, default_value = "saliency")]
    method: Method,
    /// Where the gradients go: array gradient_train (windows, outputs, samples)
    #[arg(long)]
    out: PathBuf,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        file::check_place(&self.out)?;
        let data = Dataset::read(&self.data, None)?;
        let teacher = load(&self.teacher, &data)?;
        let gradients = match self.method {
            Method::Saliency => teacher.gradients(data.train.x.view()),
        };
        check_gradients(&self.teacher.display().to_string(), &gradients, &data.train.x)?;
        write_gradients(&self.out, &gradients)?;
        let (n, outputs, samples) = gradients.dim();
        let json = json!({"out": self.out.display().to_string(), "shape": [n, outputs, samples]});
        report(global, &json, &format!("{}: {n} windows, {outputs} outputs, {samples} samples\n", self.out.display()))
    }
}

/// A teacher of these data.
pub fn load(path: &Path, data: &Dataset) -> Result<Teacher> {
    let teacher = Teacher::load(path)?;
    let shape = teacher.shape();
    let outputs = outputs(&data.train.y);
    if (shape.window, shape.outputs) != (data.window(), outputs) {
        let bound = format!(
            "for windows of {} samples and {outputs} outputs as the data; it has {} and {}",
            data.window(),
            shape.window,
            shape.outputs
        );
        return Err(Error::input(path.display(), "teacher", bound));
    }
    Ok(teacher)
}
