//! `awd score M.awd FILE|- [--device PORT|qemu]`

use super::{Global, print, say};
use awd_core::Scores;
use awd_train::augment::{GrowingWindow, length};
use awd_train::cluster::Ranks;
use awd_train::data::{listed, read_windows};
#[cfg(feature = "board")]
use awd_train::device::{Board, Device};
use awd_train::file::Lines;
use awd_train::model::Model;
use awd_train::score::{Scorer, on_host};
use awd_train::{Error, Result, file};
use ndarray::Array2;
use serde_json::json;
use std::fmt::Write;
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};

/// Bytes that are printed together.
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
    /// Windows: an .npz with x or x_test, a folder or glob of such files, or a .csv; - reads stdin, one window a line, samples separated by commas or spaces
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
    /// Score this many windows only; with a stream from stdin, this many samples
    #[arg(long)]
    limit: Option<usize>,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let model = file::read_model(&self.model)?;
        let ranks = global.ranks.all();
        let stdin = self.windows == Path::new("-");
        self.check(ranks, stdin)?;
        let mut left = self.limit.unwrap_or(usize::MAX);
        let mut said = Said {
            scorer: self.scorer(&model)?,
            json: global.json,
            lines: String::new(),
            most: self.most(ranks, stdin),
            events: vec![Vec::new()],
        };
        let mut growing = GrowingWindow::new(model.window());
        match (stdin, self.stream) {
            (true, false) => (1..).zip(lines()).take(left).try_for_each(|(number, samples)| {
                let samples = samples?;
                if samples.len() != model.window() {
                    let bound =
                        format_args!("{} samples as the model's window; it has {}", model.window(), samples.len());
                    return Err(Error::input("stdin", format_args!("line {number}"), bound));
                }
                said.score(&samples)
            })?,
            (true, true) => {
                let mut lines = lines();
                // What comes behind the limit is not waited for.
                while left > 0
                    && let Some(samples) = lines.next().transpose()?
                {
                    if samples.is_empty() && growing.restart() {
                        said.end()?;
                    }
                    let samples = &samples[..samples.len().min(left)];
                    left -= samples.len();
                    samples.iter().try_for_each(|&sample| said.score(growing.push(sample)))?;
                }
            }
            // Each rank takes a file, in turn, and what all of them said is said in the files' order.
            (false, _) => listed(&self.windows, ranks)?.chunks(ranks.size()).try_for_each(|files| {
                if let Some(file) = files.get(ranks.rank()) {
                    let windows = windows_of(file, model.window(), left)?;
                    left -= windows.nrows();
                    windows.rows().into_iter().try_for_each(|window| {
                        let window = &window.to_vec();
                        if !self.stream {
                            return said.score(window);
                        }
                        growing.restart();
                        window[..length(window)].iter().try_for_each(|&sample| said.score(growing.push(sample)))?;
                        said.end()
                    })?;
                }
                (0..files.len()).try_for_each(|rank| said.hand_over(ranks, rank))
            })?,
        }
        if !global.quiet {
            said.scorer.logs().iter().for_each(|log| say(&format!("board: {log}")));
        }
        if !global.json {
            return Ok(());
        }
        let outputs = if self.stream {
            // Behind the last end of an event may be nothing.
            let begun = said.events.pop().filter(|event| !event.is_empty());
            json!(said.events.into_iter().chain(begun).collect::<Vec<_>>())
        } else {
            json!(said.events[0])
        };
        if global.ranks.leads() { print(&format!("{}\n", json!({"outputs": outputs}))) } else { Ok(()) }
    }

    /// Bytes of lines that are kept before they are printed: of several ranks the first one prints them all, and whoever watches an
    /// instrument or a terminal waits for each.
    fn most(&self, ranks: &dyn Ranks, stdin: bool) -> usize {
        match ranks.size() {
            1 if stdin || self.on_board() || std::io::stdout().is_terminal() => 0,
            1 => BLOCK,
            _ => usize::MAX,
        }
    }

    /// Several ranks score files whole.
    fn check(&self, ranks: &dyn Ranks, stdin: bool) -> Result<()> {
        if ranks.size() > 1 && (stdin || self.stream || self.limit.is_some() || self.on_board()) {
            let bound = "1 where windows come from stdin or go to a board, with --stream, and with --limit";
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
            return Err(Error::input("--stream", "model", "one of signals: an image is there at once"));
        }
        #[cfg(feature = "board")]
        if let Some(port) = &self.device {
            return Ok(Box::new(Board::new(model, Device::open(port)?)?));
        }
        Ok(on_host(model))
    }
}

/// What is said of windows, at once or, as JSON, at the end.
struct Said<'m> {
    scorer: Box<dyn Scorer + 'm>,
    json: bool,
    /// Lines that are not printed yet, and how many bytes of them there may be.
    lines: String,
    most: usize,
    /// The outputs of each event's windows.
    events: Vec<Vec<Vec<f32>>>,
}

impl Said<'_> {
    fn score(&mut self, window: &[f32]) -> Result<()> {
        let scores = self.scorer.score(window)?;
        if !self.json {
            return self.say(&line(&scores));
        }
        self.events.last_mut().into_iter().for_each(|event| event.push(scores.outputs().to_vec()));
        Ok(())
    }

    fn say(&mut self, line: &str) -> Result<()> {
        self.lines.push_str(line);
        if self.lines.len() > self.most { print(&std::mem::take(&mut self.lines)) } else { Ok(()) }
    }

    /// The first rank says what a rank kept.
    fn hand_over(&mut self, ranks: &dyn Ranks, rank: usize) -> Result<()> {
        let lines = if ranks.rank() == rank { std::mem::take(&mut self.lines) } else { String::new() };
        if rank == 0 {
            return print(&lines);
        }
        let unsaid = |why| Error::failed("score", why);
        let outputs = if ranks.rank() == rank { std::mem::take(&mut self.events[0]) } else { Vec::new() };
        let said = postcard::to_allocvec(&(lines, outputs)).map_err(unsaid)?;
        if let Some(heard) = ranks.hand_over(rank, said) {
            let (lines, outputs): (String, Vec<Vec<f32>>) = postcard::from_bytes(&heard).map_err(unsaid)?;
            print(&lines)?;
            self.events[0].extend(outputs);
        }
        Ok(())
    }

    /// The event is over.
    fn end(&mut self) -> Result<()> {
        self.events.push(Vec::new());
        if self.json { Ok(()) } else { self.say("\n") }
    }
}

/// The first so many windows of a file.
pub fn windows_of(path: &Path, samples: usize, limit: usize) -> Result<Array2<f32>> {
    let windows = read_windows(path, limit)?;
    if windows.ncols() != samples {
        let bound = format_args!("{samples} samples as the model's window; it has {}", windows.ncols());
        return Err(Error::input(path.display(), "x", bound));
    }
    Ok(windows)
}

/// A predicted value; or the class and the probability of each, parted by tabs, all of them NaN where an output is not finite.
pub fn line(scores: &Scores) -> String {
    let mut line = String::new();
    let probabilities = scores.probabilities();
    if probabilities.is_empty() {
        let values: Vec<String> = scores.outputs().iter().map(f32::to_string).collect();
        line.push_str(&values.join("\t"));
    } else {
        line.push_str(&scores.class().map_or_else(|| "NaN".into(), |class| class.to_string()));
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

/// The samples of a line.
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
