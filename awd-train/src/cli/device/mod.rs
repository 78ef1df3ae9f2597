//! `awd device info|push|rollback|verify|monitor|reset|emulate --port PORT|qemu`

mod monitor;
mod verify;

use super::draw::Bars;
use super::{Global, report, say};
use awd_train::device::signing::{Key, Signature, number_now};
use awd_train::device::{Device, Held, Info, Policy};
use awd_train::model::Model;
use awd_train::{Error, Result, file};
use clap::Subcommand;
use monitor::{Printer, Watch, stream, tracks, watch};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use verify::verify;

const MONITOR: &str = "\
Examples:
  awd device monitor --count 3 --port /dev/ttyACM0
  awd device monitor my.npz --model my.awd --port qemu
  awd device monitor my.npz --model my.awd --hop 10 --above 0.5 --port qemu
  awd device monitor my.npz --model my.awd --tracks --hop 6 --count 40 --port qemu
  awd device monitor - --model my.awd --port qemu < samples.txt";

const EXAMPLE: &str = "\
Examples:
  awd device info --port qemu
  awd device push my.awd --port /dev/ttyACM0";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Args)]
struct Port {
    /// The board: a serial port such as /dev/ttyACM0 or COM3, or qemu for an emulated board that ends with the command (qemu:microbit for another)
    #[arg(long)]
    port: String,
}

#[derive(Subcommand)]
enum Verb {
    /// Print the version and limits of the firmware, and the model in service
    #[command(after_help = "Example:\n  awd device info --port qemu")]
    Info(Port),
    /// Push a model: write it to a free slot, verify it and put it into service
    ///
    /// A board may take only models that are signed with its key: `awd key new` makes a key, `awd sign` signs a model. The signature is
    /// read from the file beside the model that ends with .sig, if there is one.
    #[command(after_help = "Example:\n  awd device push my.awd --port /dev/ttyACM0")]
    Push {
        /// The model
        model: PathBuf,
        /// Sign the model with this private key
        #[arg(long)]
        key: Option<PathBuf>,
        /// The signature of the model, from awd sign
        #[arg(long, conflicts_with = "key")]
        signature: Option<PathBuf>,
        #[command(flatten)]
        port: Port,
    },
    /// Return to the previous model
    #[command(after_help = "Example:\n  awd device rollback --port /dev/ttyACM0")]
    Rollback(Port),
    /// Compare the scores of board and computer bit for bit, on generated windows and on windows from a file
    #[command(after_help = "Example:\n  awd device verify my.awd my.npz --port qemu")]
    Verify {
        /// The model, which must be in service
        model: PathBuf,
        /// Windows: .npz with x or x_test, or .csv
        windows: Option<PathBuf>,
        /// Number of generated windows, and of windows from the file
        #[arg(long, default_value_t = 64)]
        count: u32,
        #[command(flatten)]
        port: Port,
    },
    /// Print the board's health and latest scores, or stream a signal to it and print the scores, until Ctrl-C or the end of the signal
    #[command(after_help = MONITOR)]
    Monitor {
        /// The model in service, to print classes and probabilities instead of raw outputs
        #[arg(long)]
        model: Option<PathBuf>,
        /// A signal to stream: the windows of an .npz or .csv one after another; - reads stdin, samples separated by commas or spaces,
        /// sent line by line as they arrive
        signal: Option<PathBuf>,
        /// Send the windows of the file at the same time, each as a signal that is scored while it grows, as tracks of a microscope are
        #[arg(long, requires = "signal")]
        tracks: bool,
        /// Number of samples between the windows that are scored; by default the length of a window, with --tracks 1
        #[arg(long)]
        hop: Option<u16>,
        #[command(flatten)]
        watch: Watch,
        /// Seconds between two readings, without a signal
        #[arg(long, default_value_t = 1.0)]
        every: f64,
        /// Stop after this many readings or scores
        #[arg(long)]
        count: Option<usize>,
        #[command(flatten)]
        port: Port,
    },
    /// Reset the board
    #[command(after_help = "Example:\n  awd device reset --port /dev/ttyACM0")]
    Reset(Port),
    /// Run an emulated board with a pseudo-terminal as its port, until Ctrl-C
    #[cfg(unix)]
    #[command(after_help = "Example:\n  awd device emulate --board mps2-an386")]
    Emulate {
        /// mps2-an386 (Cortex-M4F), mps2-an385 (M3), mps2-an505 (M33), microbit (M0) or virt (RISC-V)
        #[arg(long, default_value = "mps2-an386")]
        board: String,
        /// Path of a socket for QEMU's monitor, which takes commands such as `info registers`
        #[arg(long)]
        monitor: Option<PathBuf>,
    },
}

impl Port {
    fn open(&self) -> Result<Device> {
        Device::open(&self.port)
    }

    /// Opens the board and, if it is emulated, loads the model: an emulated board starts without one.
    fn open_with(&self, model: Option<&Model>) -> Result<Device> {
        let mut device = self.open()?;
        if let Some(model) = model.filter(|_| device.is_emulated()) {
            device.load(model)?;
        }
        Ok(device)
    }
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        match &self.verb {
            Verb::Info(port) => print_info(global, &port.open()?.info()?),
            Verb::Push { model: path, key, signature, port } => {
                let model = file::read_model(path)?;
                let beside = Some(file::beside(path, ".sig")).filter(|path| path.exists());
                let signature = match (key, signature.as_ref().or(beside.as_ref())) {
                    (Some(key), _) => Some(Key::read(key)?.sign(model.file(), number_now())),
                    (None, Some(path)) => Some(Signature::read(path)?),
                    (None, None) => None,
                };
                let mut device = port.open()?;
                let bars = Bars::new(global);
                let loaded = device.push(model.file(), signature.as_ref(), &|event| bars.draw(event))?;
                print_held(global, "pushed", loaded.model)
            }
            Verb::Rollback(port) => print_held(global, "rolled back to", port.open()?.roll_back()?.model),
            Verb::Verify { model: path, windows, count, port } => {
                let model = file::read_model(path)?;
                verify(global, port.open_with(Some(&model))?, path, &model, windows.as_deref(), *count)
            }
            Verb::Monitor { model, signal, tracks: growing, hop, watch: events, every, count, port } => {
                let model = model.as_ref().map(|model| file::read_model(model)).transpose()?;
                let every = Duration::try_from_secs_f64(*every)
                    .map_err(|why| Error::input("--every", "seconds", format_args!("at least 0 ({why})")))?;
                let mut device = port.open_with(model.as_ref())?;
                let printer = Printer { global, model, remaining: count.unwrap_or(usize::MAX) };
                match signal {
                    Some(signal) if *growing => tracks(printer, &mut device, signal, *hop, events),
                    Some(signal) => stream(printer, &mut device, signal, *hop, events),
                    None => watch(printer, device, every, || port.open()),
                }
            }
            Verb::Reset(port) => print_info(global, &port.open()?.reset()?),
            #[cfg(unix)]
            Verb::Emulate { board, monitor } => emulate(global, board, monitor.as_deref()),
        }
    }
}

/// The model in service, in words.
fn words(held: Option<Held>) -> String {
    let words = |held: Held| {
        let Held { number, crc, window, outputs, terms } = held;
        format!("model {number} (crc {crc:08x}): window {window}, {terms} features, {outputs} outputs")
    };
    held.map_or("no model".into(), words)
}

fn print_info(global: &Global, info: &Info) -> Result<()> {
    let Info {
        version,
        format,
        integers,
        images,
        max_model,
        max_window,
        max_work,
        max_payload,
        max_signals,
        max_samples,
        updates,
        model,
    } = info;
    let updates = match updates {
        Policy::Any => "every valid model".into(),
        Policy::Never => "none".into(),
        Policy::Signed { key } => format!("signed with key {key:08x}"),
    };
    let scores = if *images { "signals and images" } else { "signals" };
    let arithmetic = if *integers { "; of models in fixed point, in integers" } else { "" };
    let words = format!(
        "awd-embedded {version}, models of format 1 to {format}, scores {scores}{arithmetic}\nlimits: model {max_model} bytes, window {max_window} \
         samples, work space {max_work} samples, request {max_payload} bytes, {max_signals} signals with \
         {max_samples} samples in all\nmodels accepted: {updates}\nin service: {}\n",
        words(*model)
    );
    report(global, &json!(info), &words)
}

fn print_held(global: &Global, action: &str, held: Held) -> Result<()> {
    report(global, &json!(held), &format!("{action} {}\n", words(Some(held))))
}

/// Runs the emulated board.
#[cfg(unix)]
fn emulate(global: &Global, board: &str, monitor: Option<&Path>) -> Result<()> {
    let mut terminal = awd_train::device::terminal::Terminal::start(board, monitor)?;
    let path = terminal.path().display().to_string();
    report(global, &json!({"port": path}), &format!("{path}\n"))?;
    if !global.quiet {
        say(&format!("emulated {board}: try awd device info --port {path}; Ctrl-C ends it"));
    }
    terminal.wait(|line| {
        if !global.quiet {
            say(&format!("board: {line}"));
        }
    })
}
