//! `awd check DATA`

use super::reading::Reading;
use super::{Global, report};
use awd_train::data::{Class, Dataset, Summary};
use awd_train::{Error, Result};
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLE: &str = "\
Example:
  awd check my.npz";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    /// Data: an .npz, a folder or glob of such files, a table of text, or a file of the UCR and UEA archives
    data: PathBuf,
    #[command(flatten)]
    reading: Reading,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let summary = Dataset::read(&self.data, &self.reading.options())?.summary();
        let json = serde_json::to_value(&summary).map_err(|why| Error::failed("check", why))?;
        report(global, &json, &text(&summary))
    }
}

fn text(summary: &Summary) -> String {
    let Summary { file, task, windows: [train, test], samples, rows, .. } = summary;
    let shape = if *rows > 1 { format!("{rows}×{} samples", samples / rows) } else { format!("{samples} samples") };
    let mut text = format!("{file}: {task}\n");
    let mut line = |name: &str, value: String| _ = writeln!(text, "  {name:<19} {value}");
    line("windows", format!("{train} for training, {test} for testing, {shape} each"));
    line("samples", format!("{} to {}", summary.range[0], summary.range[1]));
    if let Some([least, greatest]) = summary.targets {
        line("targets", format!("{least} to {greatest}"));
    }
    for (i, Class { name, windows: [train, test] }) in summary.classes.iter().enumerate() {
        let named = if *name == i.to_string() { String::new() } else { format!(" ({name})") };
        line(&format!("class {i}{named}"), format!("{train} for training, {test} for testing"));
    }
    match summary.groups {
        Some(groups) => {
            let both = summary.groups_in_both.len();
            line("groups", format!("{groups} in the training windows, {both} in both splits"));
        }
        None => line("groups", "none".into()),
    }
    line("constant windows", summary.constant.to_string());
    line("clipped windows", summary.clipped.to_string());
    line(
        "duplicate windows",
        format!("{} in training, {} of training in testing", summary.duplicates, summary.in_both),
    );
    summary.notes.iter().for_each(|note| _ = writeln!(text, "{note}"));
    text
}
