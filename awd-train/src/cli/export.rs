//! `awd export M.awd --as rust|c --out F`

use super::{Global, report};
use awd_train::{Result, export, file};
use clap::ValueEnum;
use serde_json::json;
use std::path::PathBuf;

const EXAMPLE: &str = "\
Examples:
  awd export my.awd --as rust --out model.rs
  awd export my.awd --as c --out model.h";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    /// The model
    model: PathBuf,
    /// Language: a Rust module, or a C header for use with awd.h
    #[arg(long = "as")]
    language: Language,
    /// Output file
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    Rust,
    C,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        file::check_place(&self.out)?;
        let model = file::read_model(&self.model)?;
        let name = self.model.file_name().unwrap_or_default().to_string_lossy();
        let text = match self.language {
            Language::Rust => export::rust(&model, &name),
            Language::C => export::c(&model, &name),
        };
        file::write(&self.out, text.as_bytes())?;
        let object = json!({"out": self.out.display().to_string(), "bytes": text.len()});
        report(global, &object, &format!("{}: {} bytes of source\n", self.out.display(), text.len()))
    }
}
