//! `awd score M.awd FILE|- [--device PORT|qemu]`

use super::reading::Windows;
use super::{Global, print, say};
use awd_core::Scores;
use awd_train::augment::{GrowingWindow, length};
use awd_train::cluster::Ranks;
use awd_train::data::{ReadOptions, listed, read_windows};
#[cfg(feature = "board")]
use awd_train::device::{Board, Device};
use awd_train::file::Lines;
use awd_train::model::{Model, name_of};
use awd_train::score::{Scorer, on_host};
use awd_train::{Error, Result, file};
use ndarray::Array2;
use serde_json::json;
use std::fmt::Write;
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};

/// Bytes of output that are collected before they are printed.
const BLOCK: usize = 1 << 16;

const EXAMPLE: &str = "\
Examples:
  awd score my.awd my.npz --limit 5
  awd score my.awd - --stream < samples.txt";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    /// The model
    model: PathBuf,
    /// Windows: an .npz with x or x_test, a folder or glob of such files, or a .csv; - reads stdin, one window per line, samples separated by commas or spaces
    windows: PathBuf,
    #[cfg(feature = "board")]
    /// Score on a board: a serial port such as /dev/ttyACM0 or COM3, or qemu for the emulated Cortex-M4F. The model is pushed to the board
    /// unless it is in service there
    #[arg(long, value_name = "PORT")]
    device: Option<String>,
    /// Score incomplete events: one line for each sample, for the window so far with zeros after it. From stdin, samples are scored as
    /// they arrive and an empty line ends an event; in a file an event ends with its last sample that is not zero. An empty line ends
    /// the scores of each event
    #[arg(long)]
    stream: bool,
    /// Score only this many windows; with a stream from stdin, only this many samples
    #[arg(long)]
    limit: Option<usize>,
    #[command(flatten)]
    reading: Windows,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let model = file::read_model(&self.model)?;
        let ranks = global.ranks.all();
        let stdin = self.windows == Path::new("-");
        self.check(ranks, stdin)?;
        let mut remaining = self.limit.unwrap_or(usize::MAX);
        let mut output = Output {
            names: model.class_names(),
            scorer: self.scorer(&model)?,
            json: global.json,
            lines: String::new(),
            max_pending: self.max_pending(ranks, stdin),
            events: vec![Vec::new()],
        };
        let mut growing = GrowingWindow::new(model.window());
        match (stdin, self.stream) {
            (true, false) => (1..).zip(lines()).take(remaining).try_for_each(|(number, samples)| {
                let samples = samples?;
                if samples.len() != model.window() {
                    let bound = format_args!(
                        "{} samples, the length of the model's window; it has {}",
                        model.window(),
                        samples.len()
                    );
                    return Err(Error::input("stdin", format_args!("line {number}"), bound));
                }
                output.score(&samples)
            })?,
            (true, true) => {
                let mut lines = lines();
                // Do not wait for lines beyond the limit.
                while remaining > 0
                    && let Some(samples) = lines.next().transpose()?
                {
                    if samples.is_empty() && growing.restart() {
                        output.end_event()?;
                    }
                    let samples = &samples[..samples.len().min(remaining)];
                    remaining -= samples.len();
                    samples.iter().try_for_each(|&sample| output.score(growing.push(sample)))?;
                }
            }
            // In each round every rank scores one file. The first rank prints all scores in the order of the files.
            (false, _) => listed(&self.windows, ranks)?.chunks(ranks.size()).try_for_each(|files| {
                if let Some(file) = files.get(ranks.rank()) {
                    let windows = windows_of(file, model.window(), remaining, &self.reading.options())?;
                    remaining -= windows.nrows();
                    windows.rows().into_iter().try_for_each(|window| {
                        let window = &window.to_vec();
                        if !self.stream {
                            return output.score(window);
                        }
                        growing.restart();
                        window[..length(window)].iter().try_for_each(|&sample| output.score(growing.push(sample)))?;
                        output.end_event()
                    })?;
                }
                (0..files.len()).try_for_each(|rank| output.print_from(ranks, rank))
            })?,
        }
        if !global.quiet {
            output.scorer.logs().iter().for_each(|log| say(&format!("board: {log}")));
        }
        if !global.json {
            return Ok(());
        }
        let outputs = if self.stream {
            // The last event is empty if nothing followed the end of an event.
            let last_event = output.events.pop().filter(|event| !event.is_empty());
            json!(output.events.into_iter().chain(last_event).collect::<Vec<_>>())
        } else {
            json!(output.events[0])
        };
        let mut json = json!({"outputs": outputs});
        if !model.class_names().is_empty() {
            json["class_names"] = json!(model.class_names());
        }
        if global.ranks.leads() { print(&format!("{json}\n")) } else { Ok(()) }
    }

    /// Maximum number of bytes that are kept before they are printed. With several ranks, the first one prints all
    /// lines. From stdin, from a board or to a terminal, each line is printed at once.
    fn max_pending(&self, ranks: &dyn Ranks, stdin: bool) -> usize {
        match ranks.size() {
            1 if stdin || self.on_board() || std::io::stdout().is_terminal() => 0,
            1 => BLOCK,
            _ => usize::MAX,
        }
    }

    /// Several ranks score whole files only.
    fn check(&self, ranks: &dyn Ranks, stdin: bool) -> Result<()> {
        if ranks.size() > 1 && (stdin || self.stream || self.limit.is_some() || self.on_board()) {
            let bound = "1 for windows from stdin, for a board, and with --stream or --limit";
            return Err(Error::input("mpirun", "ranks", bound));
        }
        Ok(())
    }

    const fn on_board(&self) -> bool {
        #[cfg(feature = "board")]
        return self.device.is_some();
        #[cfg(not(feature = "board"))]
        false
    }

    fn scorer<'m>(&self, model: &'m Model) -> Result<Box<dyn Scorer + 'm>> {
        if self.stream && model.spec().image.is_some() {
            return Err(Error::input("--stream", "model", "only for signals; an image has no early part"));
        }
        #[cfg(feature = "board")]
        if let Some(port) = &self.device {
            return Ok(Box::new(Board::new(model, Device::open(port)?)?));
        }
        Ok(on_host(model))
    }
}

/// Prints the scores of windows, each at once or, as JSON, all at the end.
struct Output<'m> {
    /// The names of the classes.
    names: &'m [String],
    scorer: Box<dyn Scorer + 'm>,
    json: bool,
    /// Lines that are not printed yet.
    lines: String,
    /// Maximum number of bytes of these lines.
    max_pending: usize,
    /// The outputs of each event's windows.
    events: Vec<Vec<Vec<f32>>>,
}

impl Output<'_> {
    fn score(&mut self, window: &[f32]) -> Result<()> {
        let scores = self.scorer.score(window)?;
        if !self.json {
            return self.push_line(&line(&scores, self.names));
        }
        self.events.last_mut().into_iter().for_each(|event| event.push(scores.outputs().to_vec()));
        Ok(())
    }

    fn push_line(&mut self, line: &str) -> Result<()> {
        self.lines.push_str(line);
        if self.lines.len() > self.max_pending { print(&std::mem::take(&mut self.lines)) } else { Ok(()) }
    }

    /// Prints on the first rank what another rank has collected.
    fn print_from(&mut self, ranks: &dyn Ranks, rank: usize) -> Result<()> {
        let lines = if ranks.rank() == rank { std::mem::take(&mut self.lines) } else { String::new() };
        if rank == 0 {
            return print(&lines);
        }
        let failed = |why| Error::failed("score", why);
        let outputs = if ranks.rank() == rank { std::mem::take(&mut self.events[0]) } else { Vec::new() };
        let bytes = postcard::to_allocvec(&(lines, outputs)).map_err(failed)?;
        if let Some(received) = ranks.hand_over(rank, bytes) {
            let (lines, outputs): (String, Vec<Vec<f32>>) = postcard::from_bytes(&received).map_err(failed)?;
            print(&lines)?;
            self.events[0].extend(outputs);
        }
        Ok(())
    }

    /// Ends the event.
    fn end_event(&mut self) -> Result<()> {
        self.events.push(Vec::new());
        if self.json { Ok(()) } else { self.push_line("\n") }
    }
}

/// Reads at most `limit` windows of a file and checks that they have `samples` samples.
pub fn windows_of(path: &Path, samples: usize, limit: usize, options: &ReadOptions) -> Result<Array2<f32>> {
    let windows = read_windows(path, limit, Some(samples), options)?;
    if windows.ncols() != samples {
        let bound = format_args!("windows of {samples} samples, like the model's; these have {}", windows.ncols());
        return Err(Error::input(path.display(), "x", bound));
    }
    Ok(windows)
}

/// Formats scores as a line: a predicted value; or the name of the class and the probability of each class, separated by tabs, all
/// of them NaN if an output is not finite.
pub fn line(scores: &Scores, names: &[String]) -> String {
    let mut line = String::new();
    let probabilities = scores.probabilities();
    if probabilities.is_empty() {
        let values: Vec<String> = scores.outputs().iter().map(f32::to_string).collect();
        line.push_str(&values.join("\t"));
    } else {
        line.push_str(&scores.class().map_or_else(|| "NaN".into(), |class| name_of(names, class)));
        probabilities.iter().for_each(|p| {
            let _ = write!(line, "\t{p:.6}");
        });
    }
    line.push('\n');
    line
}

/// The samples of stdin, line by line.
pub fn lines() -> impl Iterator<Item = Result<Vec<f32>>> {
    let lines = BufReader::new(Lines::new(std::io::stdin().lock())).lines();
    (1..).zip(lines).map(|(number, line)| parse(line, number))
}

/// Parses the samples of a line.
fn parse(line: std::io::Result<String>, number: usize) -> Result<Vec<f32>> {
    let bad = |bound: &dyn std::fmt::Display| Error::input("stdin", format_args!("line {number}"), bound);
    let line = line.map_err(|why| bad(&why))?;
    let words = line.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
    words
        .map(|word| match word.parse() {
            Ok(sample) if f32::is_finite(sample) => Ok(sample),
            _ => Err(bad(&format_args!("finite numbers; it has {word}"))),
        })
        .collect()
}
