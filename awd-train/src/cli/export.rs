//! `awd export M.awd --as rust|c|arduino --out F`

use super::{Global, report};
use awd_train::export::{bytes, code};
use awd_train::{Error, Result, file};
use clap::ValueEnum;
use serde_json::json;
use std::path::PathBuf;

const EXAMPLE: &str = "\
Examples:
  awd export my.awd --as c --out my.c
  awd export my.awd --as rust --out my.rs
  awd export my.awd --as arduino --out MyScorer
  awd export my.awd --as c --file --out model.h";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    /// The model
    model: PathBuf,
    /// Language
    #[arg(long = "as")]
    language: Language,
    /// Write the bytes of the model's file as a constant, for awd.h or awd-core, instead of a scorer
    #[arg(long)]
    file: bool,
    /// Output file, or folder for arduino
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    /// A Rust module without crates and without unsafe code
    Rust,
    /// One file of C99 that needs no library
    C,
    /// A library for the Arduino IDE, with a sketch that scores a window
    Arduino,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        if !matches!(self.language, Language::Arduino) {
            file::check_place(&self.out)?;
        }
        let model = file::read_model(&self.model)?;
        let name = self.model.file_name().unwrap_or_default().to_string_lossy();
        let program = || code::Program::new(&model, &name);
        let text = match (self.language, self.file) {
            (Language::Rust, true) => bytes::rust(&model, &name),
            (Language::C, true) => bytes::c(&model, &name),
            (Language::Rust, false) => code::rust(&program()?),
            (Language::C, false) => code::c(&program()?),
            (Language::Arduino, true) => {
                return Err(Error::input("--file", "as", "c or rust; an Arduino library has the scorer itself"));
            }
            (Language::Arduino, false) => return self.library(&program()?, global),
        };
        file::write(&self.out, text.as_bytes())?;
        self.report(global, text.len())
    }

    /// Writes the files of an Arduino library.
    fn library(&self, program: &code::Program, global: &Global) -> Result<()> {
        if self.out.exists() && !self.out.is_dir() {
            return Err(Error::input(self.out.display(), "out", "a folder, new or existing; it is a file"));
        }
        let name = self.out.file_name().map_or("awd_scorer".into(), |name| name.to_string_lossy());
        let mut bytes = 0;
        for (path, text) in code::arduino(program, &name) {
            let path = self.out.join(path);
            let folder = path.parent().unwrap_or(&self.out);
            let failed = |why| Error::failed(folder.display(), why);
            std::fs::create_dir_all(folder).map_err(failed)?;
            file::write(&path, text.as_bytes())?;
            bytes += text.len();
        }
        self.report(global, bytes)
    }

    fn report(&self, global: &Global, bytes: usize) -> Result<()> {
        let object = json!({"out": self.out.display().to_string(), "bytes": bytes});
        report(global, &object, &format!("{}: {bytes} bytes of source\n", self.out.display()))
    }
}
