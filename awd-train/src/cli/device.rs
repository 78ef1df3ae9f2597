//! `awd device info|push|rollback|verify|monitor|reset|emulate --port PORT|qemu`

use super::draw::Bars;
use super::score::{line, windows_of};
use super::scorer::on_host;
use super::{Global, print, report};
use awd_core::{Model, Scores};
use awd_embedded::golden::{Digest, Windows};
use awd_embedded::protocol::MAX_GOLDEN;
use awd_train::data::read_windows;
use awd_train::device::{Device, Health, Held, Info};
use awd_train::progress::Event;
use awd_train::{Error, Result, file};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Args)]
struct Port {
    /// The board: a serial port as /dev/ttyACM0 or COM3, or qemu, an emulated one that lasts as long as the command (qemu:microbit is another)
    #[arg(long)]
    port: String,
}

#[derive(Subcommand)]
enum Verb {
    /// What the board is and holds
    Info(Port),
    /// Put a model into service: into the slot that is free, verified, switched to at once
    Push {
        /// The model
        model: PathBuf,
        #[command(flatten)]
        port: Port,
    },
    /// Put the model before this one into service again, for good
    Rollback(Port),
    /// Does the board score as this computer does, bit for bit? With windows that both make by themselves, and those of a file
    Verify {
        /// The model, which has to be in service
        model: PathBuf,
        /// Windows: .npz with x or x_test, or .csv
        windows: Option<PathBuf>,
        /// So many windows that both make, and of the file
        #[arg(long, default_value_t = 64)]
        count: u32,
        #[command(flatten)]
        port: Port,
    },
    /// Watch the board's health and latest scores, or stream a signal to it and watch its scores; until Ctrl-C or the signal's end
    Monitor {
        /// The model in service, to say classes and probabilities in place of raw outputs
        #[arg(long)]
        model: Option<PathBuf>,
        /// A signal to stream: the windows of a .npz or .csv, one behind the other
        signal: Option<PathBuf>,
        /// Score a window at every so many samples of the signal; a window's length without it
        #[arg(long)]
        hop: Option<u16>,
        /// Seconds between two looks, where no signal is given
        #[arg(long, default_value_t = 1.0)]
        every: f64,
        /// Stop after so many looks, or scores
        #[arg(long)]
        count: Option<usize>,
        #[command(flatten)]
        port: Port,
    },
    /// Start the board anew
    Reset(Port),
    /// Run the emulated board at a pseudo-terminal, which serves as its port, until Ctrl-C
    #[cfg(unix)]
    Emulate {
        /// mps2-an386 (Cortex-M4F), mps2-an385 (M3), mps2-an505 (M33) or microbit (M0)
        #[arg(long, default_value = "mps2-an386")]
        board: String,
        /// A path for QEMU's own monitor, a socket that takes commands as `info registers`
        #[arg(long)]
        monitor: Option<PathBuf>,
    },
}

impl Port {
    fn open(&self) -> Result<Device> {
        Device::open(&self.port)
    }

    /// The board, which holds this model if it is an emulated one: that has just begun and holds nothing of its own.
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
            Verb::Info(port) => say_info(global, &port.open()?.info()?),
            Verb::Push { model, port } => {
                // Read here, so that a file that is no model is told by its name.
                let file = file::model_bytes(&file::read_model(model)?);
                let mut device = port.open()?;
                let bars = Bars::new(global);
                let loaded = device.push(&file, &|event| bars.draw(event))?;
                say_held(global, "pushed", loaded.model)
            }
            Verb::Rollback(port) => say_held(global, "rolled back to", port.open()?.roll_back()?.model),
            Verb::Verify { model: path, windows, count, port } => {
                let model = file::read_model(path)?;
                verify(global, &mut port.open_with(Some(&model))?, path, &model, windows.as_deref(), *count)
            }
            Verb::Monitor { model, signal, hop, every, count, port } => {
                let model = model.as_ref().map(|model| file::read_model(model)).transpose()?;
                let every = Duration::try_from_secs_f64(*every)
                    .map_err(|why| Error::input("--every", "seconds", format_args!("at least 0 ({why})")))?;
                let mut device = port.open_with(model.as_ref())?;
                let said = Said { global, model, left: count.unwrap_or(usize::MAX) };
                match signal {
                    Some(signal) => stream(said, &mut device, signal, *hop),
                    None => watch(said, &mut device, every),
                }
            }
            Verb::Reset(port) => say_info(global, &port.open()?.reset()?),
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

fn object(held: Option<Held>) -> Value {
    let object = |held: Held| {
        let Held { number, crc, window, outputs, terms } = held;
        json!({"number": number, "crc": crc, "window": window, "outputs": outputs, "terms": terms})
    };
    held.map_or(Value::Null, object)
}

fn say_info(global: &Global, info: &Info) -> Result<()> {
    let Info { version, format, images, max_model, max_window, max_work, max_payload, model } = info;
    let object = json!({
        "version": version, "format": format, "images": images, "max_model": max_model, "max_window": max_window,
        "max_work": max_work, "max_payload": max_payload, "model": object(*model),
    });
    let scores = if *images { "signals and images" } else { "signals" };
    let words = format!(
        "awd-embedded {version}, models of format 1 to {format}, scores {scores}\nroom for a model of {max_model} bytes, a window of \
         {max_window} samples, {max_work} samples of work space, requests of {max_payload} bytes\nin service: {}\n",
        words(*model)
    );
    report(global, &object, &words)
}

fn say_held(global: &Global, what: &str, held: Held) -> Result<()> {
    report(global, &object(Some(held)), &format!("{what} {}\n", words(Some(held))))
}

/// Compares the board with this computer.
fn verify(
    global: &Global,
    device: &mut Device,
    path: &Path,
    model: &Model,
    windows: Option<&Path>,
    count: u32,
) -> Result<()> {
    let crc = file::model_bytes(model).last_chunk().map_or(0, |trailer| u32::from_le_bytes(*trailer));
    let held = device.info()?.model;
    if held.map(|held| held.crc) != Some(crc) {
        let bound = format_args!("in service on the board, which has {}: awd device push it first", words(held));
        return Err(Error::input(path.display(), "model", bound));
    }
    let mut scorer = on_host(model);
    let differs = |what: String| Err(Error::failed("verify", format_args!("board and host differ in {what}")));
    let bars = Bars::new(global);
    let mut done = 0;
    while done < count {
        let some = u8::try_from(count - done).unwrap_or(u8::MAX).min(MAX_GOLDEN);
        let (mut golden, mut digest) = (Windows::new(done), Digest::default());
        let mut window = vec![0.0; model.window()];
        for _ in 0..some {
            golden.fill(&mut window);
            digest.take(scorer.score(&window)?.outputs());
        }
        if device.golden(done, some)? != digest.finish() {
            return differs(format!("golden windows {done} to {}", done + u32::from(some) - 1));
        }
        done += u32::from(some);
        bars.draw(Event { stage: "golden", done: done as usize, total: count as usize, note: String::new() });
    }
    let mut of_file = 0;
    if let Some(path) = windows {
        for (i, window) in windows_of(path, model.window())?.iter().take(count as usize).enumerate() {
            let bits = |outputs: &[f32]| outputs.iter().map(|output| output.to_bits()).collect::<Vec<_>>();
            if bits(&device.score(window)?) != bits(scorer.score(window)?.outputs()) {
                return differs(format!("{}, window {i}", path.display()));
            }
            of_file += 1;
        }
    }
    let words = format!("equal bit for bit: {done} golden windows, {of_file} of the file\n");
    report(global, &json!({"golden": done, "windows": of_file, "equal": true}), &words)
}

/// What `monitor` says, and how often it still may.
struct Said<'g> {
    global: &'g Global,
    model: Option<Model>,
    left: usize,
}

impl Said<'_> {
    /// Outputs as they are, or as the model has them. JSON is a line each here, as there is no end to wait for.
    fn line(&mut self, what: &str, fields: &[(&str, Value)], outputs: &[f32]) -> Result<bool> {
        let scores = self.model.as_ref().filter(|model| model.spec().readout.bias.len() == outputs.len());
        if self.global.json {
            let mut object: serde_json::Map<String, Value> =
                fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            object.insert("outputs".into(), json!(outputs));
            print(&format!("{}\n", Value::Object(object)))?;
        } else {
            let said = match scores {
                Some(model) => line(&Scores::of(model, outputs)),
                None => outputs.iter().map(f32::to_string).collect::<Vec<_>>().join("\t") + "\n",
            };
            print(&format!("{what}{said}"))?;
        }
        self.left = self.left.saturating_sub(1);
        Ok(self.left > 0)
    }
}

/// Looks at the board's health again and again.
fn watch(mut said: Said<'_>, device: &mut Device, every: Duration) -> Result<()> {
    loop {
        let Health { windows, not_finite, out_of_range, drift, lost, bad_frames, latest } = device.health()?;
        let shown = drift.map_or("-".into(), |drift| format!("{drift:.2}"));
        let what = format!(
            "windows {windows}, not finite {not_finite}, out of range {out_of_range}, drift {shown}, lost {lost}, bad frames \
             {bad_frames}; latest\t"
        );
        let fields = [
            ("windows", json!(windows)),
            ("not_finite", json!(not_finite)),
            ("out_of_range", json!(out_of_range)),
            ("drift", json!(drift)),
            ("lost", json!(lost)),
            ("bad_frames", json!(bad_frames)),
        ];
        if !said.line(&what, &fields, &latest)? {
            return Ok(());
        }
        std::thread::sleep(every);
    }
}

/// Streams a signal and says each score with the number of samples at its window's end.
fn stream(mut said: Said<'_>, device: &mut Device, path: &Path, hop: Option<u16>) -> Result<()> {
    let signal: Vec<f32> = read_windows(path)?.iter().copied().collect();
    let held =
        device.info()?.model.ok_or_else(|| Error::input("board", "model", "in service: awd device push one first"))?;
    let hop = hop.unwrap_or(held.window);
    device.open_signal(hop)?;
    let mut next = 0;
    while let Some(rest) = signal.get(next..).filter(|rest| !rest.is_empty()) {
        // Counts come around at 2³² on the line, not here.
        let scored = device.push_samples(next as u32, rest)?;
        let mut end = next + scored.first.wrapping_sub(next as u32) as usize;
        next += scored.next.wrapping_sub(next as u32) as usize;
        for outputs in scored.outputs.chunks(usize::from(held.outputs.max(1))) {
            if !said.line(&format!("{end}\t"), &[("sample", json!(end))], outputs)? {
                return device.close_signal();
            }
            end += usize::from(hop);
        }
    }
    device.close_signal()
}

/// Runs the emulated board.
#[cfg(unix)]
fn emulate(global: &Global, board: &str, monitor: Option<&Path>) -> Result<()> {
    let mut terminal = awd_train::device::terminal::Terminal::start(board, monitor)?;
    let path = terminal.path().display().to_string();
    report(global, &json!({"port": path}), &format!("{path}\n"))?;
    if !global.quiet {
        eprintln!("an emulated {board}: awd device info --port {path}; Ctrl-C ends it");
    }
    terminal.wait(|line| {
        if !global.quiet {
            eprintln!("board: {line}");
        }
    })
}
