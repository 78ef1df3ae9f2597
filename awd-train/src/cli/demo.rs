//! `awd demo`: the whole workflow, on data in the repository.

use super::{Global, distil, draw::Bars, print, report, table};
use awd_train::attribution::{Method, attribute};
use awd_train::data::{Dataset, ReadOptions};
use awd_train::device::{Device, QEMU, verify_windows};
use awd_train::distil::{Options, Trial};
use awd_train::evaluate::{Predictor, evaluate};
use awd_train::progress::{Context, Event, silent};
use awd_train::teacher::{Arch, Training, train};
use awd_train::{Error, Result, file, repository};
use serde_json::json;
use std::path::PathBuf;
use std::time::Instant;

/// The heartbeat data in the repository.
const HEARTBEATS: &str = "data/ecg5000.npz";

const EXAMPLE: &str = "\
Example:
  awd demo --out demo";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    /// Folder for the model and the teacher
    #[arg(long, default_value = "demo")]
    out: PathBuf,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let started = Instant::now();
        let print_unless_json = |words: &str| if global.json { Ok(()) } else { print(words) };
        let heartbeats = heartbeats()?;
        let data = Dataset::read(&heartbeats, &ReadOptions::default())?;
        std::fs::create_dir_all(&self.out).map_err(|why| Error::failed(self.out.display(), why))?;
        let (model_path, teacher_path) = (self.out.join("heartbeats.awd"), self.out.join("teacher.safetensors"));
        let bars = Bars::new(global);
        let progress = |event: Event| bars.draw(event);

        print_unless_json(&format!(
            "Heartbeats (ECG5000): {} training windows, {} test windows, {} samples each, 5 classes.\n",
            data.train().y.len(),
            data.test().y.len(),
            data.window()
        ))?;
        let teacher = train(&data, &Training::new(Arch::Cnn, global.seed), &progress)?.teacher;
        teacher.save(&teacher_path)?;
        let attributions = attribute(&Method::Saliency, &data.train().x, &teacher, &silent)?;
        let options = Options { seed: global.seed, ..Options::default() };
        let found = awd_train::distil::distil(&data, Some(&attributions), &options, Context::of(&progress))?;
        file::write_model(&model_path, &found.model)?;
        let path = self.out.join("path.csv");
        file::write(&path, &Trial::write(&Trial::of(&found.grid))?)?;
        print_unless_json(&format!("{}: {}", model_path.display(), distil::words(&found)))?;

        let others = vec![Predictor::teacher(&teacher, &data.test().x)?];
        let table = evaluate(&data, &found.model, others, global.seed, Context::of(&progress))?;
        print_unless_json(&format!("\n{}\n", table::text(&table)))?;

        let (windows_equal, words) = match Device::open(QEMU) {
            Ok(mut device) => {
                let windows = &data.test().x;
                verify_windows(&mut device, &found.model, windows.view(), &progress)?;
                let n = windows.nrows();
                (
                    Some(n),
                    format!("The emulated Cortex-M4F scored the same {n} windows: every score agrees bit for bit."),
                )
            }
            Err(why) => (None, format!("The emulated board was skipped ({why}).\n`cargo xtask setup` installs it.")),
        };
        let seconds = started.elapsed().as_secs_f64();
        let json = json!({
            "model": model_path.display().to_string(), "teacher": teacher_path.display().to_string(), "table": table,
            "windows_equal_on_board": windows_equal, "seconds": seconds,
        });
        let next = format!(
            "{} report {} {} --teacher {} --trials {} --out report.html",
            global.program,
            model_path.display(),
            heartbeats.display(),
            teacher_path.display(),
            path.display()
        );
        report(global, &json, &format!("{words}\nThe demo took {seconds:.0} s. Write a report with: {next}\n"))
    }
}

/// The data file, in this folder or in the clone that the program is run from.
fn heartbeats() -> Result<PathBuf> {
    let in_clone = repository::root().map(|root| root.join(HEARTBEATS));
    let found = std::iter::once(PathBuf::from(HEARTBEATS)).chain(in_clone).find(|path| path.is_file());
    found.ok_or_else(|| Error::input(HEARTBEATS, "file", "missing; run the demo in a clone of the repository"))
}
