//! `awd device` as a user types it, against the emulated board at a pseudo-terminal.

use crate::common::program::command;
use crate::common::refusal::refused;
use crate::common::skip::{has_firmware, skipped};
use crate::npz::{Npz, bumps, faint_bumps};
use crate::{awd, awd_with_input, json, stdout};
use awd_core::score::Timing;
use awd_train::device::Device;
use awd_train::model::Model;
use awd_train::progress::silent;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

/// A running `awd device emulate`, and the port that it printed.
pub struct Emulated(Child, String);

impl Emulated {
    /// `None`, and a message, if there is no emulator.
    pub fn start() -> Option<Self> {
        if !has_firmware() {
            return None;
        }
        Self::run(command(Path::new("."), "device emulate -q"))
    }

    /// Starts this command, which is `awd device emulate`.
    pub fn run(mut emulate: Command) -> Option<Self> {
        let mut child = emulate.stdout(Stdio::piped()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut port).unwrap();
        if port.is_empty() {
            let _ = child.wait();
            skipped("the emulated board: it did not start; is qemu-system-arm installed?");
            return None;
        }
        Some(Self(child, port.trim().to_owned()))
    }

    /// The pseudo-terminal that is its port.
    pub fn port(&self) -> &str {
        &self.1
    }

    /// What it reports, if the command that was started has a pipe for that.
    pub fn stderr(&mut self) -> Option<ChildStderr> {
        self.0.stderr.take()
    }

    pub fn process(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Emulated {
    fn drop(&mut self) {
        // End it as a user does, which ends the emulator too. This fails only if it has already ended.
        let _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

/// Distils two models of the same windows.
pub fn two_models(folder: &Path) {
    bumps(&folder.join("d.npz"));
    json(folder, "distil d.npz --taps 4 --levels 2 --gamma 0 --out a.awd --json -q");
    json(folder, "distil d.npz --taps 6 --levels 3 --gamma 0 --out b.awd --json -q");
}

#[test]
fn a_board_is_queried_given_a_model_verified_and_monitored() {
    let Some(board) = Emulated::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    two_models(folder);
    let port = format!("--port {}", board.1);

    let info = json(folder, &format!("device info {port} --json"));
    assert!(info["model"].is_null() && info["updates"]["accepts"] == "any" && info["integers"] == false, "{info}");
    refused(folder, &format!("device verify a.awd {port}"), &["push it with awd device push"]);
    let pushed = json(folder, &format!("device push a.awd {port} --json -q"));
    assert_eq!((&pushed["number"], &pushed["window"]), (&1.into(), &24.into()));
    let verified = json(folder, &format!("device verify a.awd d.npz {port} --count 40 --json -q"));
    assert_eq!((&verified["golden"], &verified["windows"]), (&40.into(), &40.into()));

    // The board and the host give the same scores.
    assert_eq!(stdout(folder, &format!("score a.awd d.npz --device {}", board.1)), stdout(folder, "score a.awd d.npz"));
    let health = json(folder, &format!("device monitor {port} --count 1 --json"));
    assert_eq!((&health["windows"], &health["not_finite"], &health["lost"]), (&80.into(), &0.into(), &0.into()));
    assert!(health["drift"].as_f64().unwrap() < 2.0, "{health}");

    // The windows in a row are a signal. At a hop of one window, its scores are those of the windows.
    let monitored = stdout(folder, &format!("device monitor d.npz {port} --model a.awd --count 30"));
    let scores: Vec<&str> = monitored.lines().map(|line| line.split_once('\t').unwrap().1).collect();
    assert_eq!(scores, stdout(folder, "score a.awd d.npz --limit 30").lines().collect::<Vec<_>>());
    assert!(monitored.starts_with("24\t") && monitored.contains("\n48\t"), "{monitored}");

    // Samples from stdin, two in each line.
    let samples: Vec<f32> = (0..96_u8).map(|i| (f32::from(i) * 0.37).sin()).collect();
    let lines: String = samples.chunks(2).map(|pair| format!("{},{}\n", pair[0], pair[1])).collect();
    let streamed = awd_with_input(folder, &format!("device monitor - {port} --hop 12"), &lines);
    let ends = String::from_utf8(streamed.stdout).unwrap();
    let ends: Vec<&str> = ends.lines().map(|line| line.split_once('\t').unwrap().0).collect();
    assert_eq!(ends, ["24", "36", "48", "60", "72", "84", "96"]);

    // After a host stops in the middle of a signal, the board still serves the next host.
    let gone = awd_with_input(folder, &format!("device monitor - {port} --hop 12"), "1,2,3\nfour\n");
    assert!(gone.status.code() == Some(2) && String::from_utf8_lossy(&gone.stderr).contains("line 2"), "{gone:?}");
    stdout(folder, &format!("device verify a.awd {port} -q"));

    // The models survive a reset; after it, a rollback is still possible.
    assert_eq!(json(folder, &format!("device push b.awd {port} --json -q"))["number"], 2);
    assert_eq!(json(folder, &format!("device reset {port} --json"))["model"]["number"], 2);
    stdout(folder, &format!("device verify b.awd {port} -q"));
    assert_eq!(json(folder, &format!("device rollback {port} --json"))["number"], 1);
    stdout(folder, &format!("device verify a.awd {port} -q"));
    refused(folder, &format!("device rollback {port}"), &["there is no other valid model"]);
}

#[test]
fn scores_of_a_signal_are_events() {
    let Some(board) = Emulated::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let port = format!("--port {}", board.1);
    faint_bumps(&folder.join("c.npz"));
    json(folder, "distil c.npz --taps 4 --levels 2 --gamma 0 --out c.awd --json -q");
    stdout(folder, &format!("device push c.awd {port} -q"));
    // The first output of each score, and whether it is an event.
    let scored = |options: &str| -> Vec<(u64, f64, bool)> {
        let lines = stdout(folder, &format!("device monitor c.npz {port} --hop 3 --count 400 --json {options}"));
        let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let fields = |line: serde_json::Value| {
            Some((line["sample"].as_u64()?, line["outputs"][0].as_f64()?, line["event"].as_bool()?))
        };
        lines.map(|line| fields(line).unwrap()).collect()
    };
    // An event is the first of several scores above the threshold, and not within the refractory time of another.
    let check = |scored: &[(u64, f64, bool)], threshold: f64, refractory: u64| {
        let (mut high, mut latest, mut count) = (false, None, 0);
        for &(sample, output, event) in scored {
            high &= output >= threshold;
            let quiet = latest.is_some_and(|latest| sample - latest < refractory);
            let expected = output >= threshold && !high && !quiet;
            assert_eq!(event, expected, "{sample}: {output}");
            if event {
                (high, latest, count) = (true, Some(sample), count + 1);
            }
        }
        count
    };
    let all = check(&scored("--model c.awd --event 1 --probability .6"), 1.5_f64.ln(), 0);
    let fewer = check(&scored("--model c.awd --event 1 --probability .6 --refractory 100"), 1.5_f64.ln(), 100);
    assert!(all > fewer && fewer > 3, "{all} {fewer}");
    let text = stdout(folder, &format!("device monitor c.npz {port} --model c.awd --hop 3 --event 1 --count 400"));
    assert!(text.contains("\tevent\t"), "{text}");
    let with = |options: &str| format!("device monitor c.npz {port} --model c.awd {options}");
    refused(folder, &with("--event 2"), &["--event: class: one of 0 to 1; it is 2"]);
    let bound = "--probability: probability: more than 0 and less than 1; it is 1";
    refused(folder, &with("--event 1 --probability 1"), &[bound]);
    refused(folder, &with("--above 2"), &["--above: model: one that predicts values"]);

    // Predicted values.
    bumps(&folder.join("c.npz"));
    json(folder, "distil c.npz --taps 4 --levels 2 --gamma 0 --out v.awd --json -q");
    stdout(folder, &format!("device push v.awd {port} -q"));
    assert!(check(&scored("--model v.awd --above 2.5"), 2.5, 0) > 3);
    refused(
        folder,
        &format!("device monitor c.npz {port} --model v.awd --event 1"),
        &["--event: model: one of classes"],
    );
}

#[test]
fn a_swap_in_the_middle_of_a_signal_loses_no_sample() {
    let Some(board) = Emulated::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    two_models(folder);
    let files = ["a.awd", "b.awd"].map(|name| std::fs::read(folder.join(name)).unwrap());
    let models = files.each_ref().map(|file| Model::from_bytes(file).unwrap());

    let mut device = Device::open(&board.1).unwrap();
    device.push(&files[0], None, &silent).unwrap();
    let (hop, count) = (5, 1000_usize);
    device.open_signal(7, Timing::every(hop)).unwrap();
    let signal: Vec<f32> = (0..count as u16).map(|i| (f32::from(i) * 0.37).sin() + f32::from(i) / 1000.0).collect();
    let (mut next, mut swapped, mut ends) = (0, None, Vec::new());
    while next < count {
        if next >= 500 && swapped.is_none() {
            // The new model scores the next window that is due.
            assert_eq!(device.push(&files[1], None, &silent).unwrap().signals, 1);
            swapped = Some(next);
        }
        let part = &signal[next..count.min(next + 17)];
        let scored = device.push_samples(7, next as u32, part).unwrap();
        let mut end = scored.first as usize;
        for outputs in scored.outputs.chunks(1) {
            let model = &models[usize::from(swapped.is_some_and(|swapped| end > swapped))];
            let expected = model.view().score(&signal[end - 24..end], &mut vec![0.0; model.work_len()]).unwrap();
            assert_eq!(outputs[0].to_bits(), expected.outputs()[0].to_bits(), "{end}");
            ends.push(end);
            end += usize::from(hop);
        }
        next = scored.next as usize;
    }
    assert_eq!(ends, (24..=count).step_by(5).collect::<Vec<_>>());
}

#[test]
fn an_emulated_board_for_one_command_is_given_the_model() {
    if Emulated::start().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    two_models(folder);
    assert_eq!(json(folder, "device push a.awd --port qemu --json -q")["number"], 1);
    assert_eq!(json(folder, "device verify a.awd d.npz --port qemu --count 20 --json -q")["windows"], 20);
    let monitored = stdout(folder, "device monitor d.npz --model a.awd --port qemu --count 5 -q");
    assert_eq!(monitored.lines().count(), 5);
    refused(folder, "device monitor d.npz --port qemu --count 5", &["push one with awd device push"]);
    refused(folder, "device info --port qemu:toaster", &["one of mps2-an386"]);
}

#[test]
fn the_fault_of_a_port_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let why = refused(folder, "device info --port /dev/no-such-port", &[]);
    assert!(why.starts_with("awd: /dev/no-such-port: port: a serial port, or qemu"), "{why}");
    std::fs::write(folder.join("file"), "no terminal").unwrap();
    refused(folder, "device info --port file", &["file: port: a serial port"]);
    Npz::new(&folder.join("m.awd")).finish();
    let why = refused(folder, "device push m.awd --port qemu", &[]);
    assert!(why.starts_with("awd: m.awd"), "{why}");

    let Some(board) = Emulated::start() else { return };
    let _connected = Device::open(&board.1).unwrap();
    let output = awd(folder, &format!("device info --port {}", board.1));
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && why.contains("busy: another program has opened this port"), "{why}");
}

#[test]
fn windows_run_at_the_same_time_as_growing_signals() {
    let Some(board) = Emulated::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    two_models(folder);
    let port = format!("--port {}", board.1);
    stdout(folder, &format!("device push a.awd {port} -q"));
    let line = format!("device monitor d.npz {port} --model a.awd --tracks --hop 8");
    let monitored = stdout(folder, &format!("{line} --count 300"));
    let mut ends: Vec<[usize; 2]> = Vec::new();
    let mut whole = Vec::new();
    for line in monitored.lines() {
        let mut fields = line.splitn(3, '\t');
        let [window, sample] = [(); 2].map(|()| fields.next().unwrap().parse().unwrap());
        ends.push([sample, window]);
        if sample == 24 {
            whole.push(fields.next().unwrap());
        }
    }
    // At each step a sample of every window; the scores of whole windows are those of `awd score`.
    let expected: Vec<[usize; 2]> =
        [8, 16, 24].iter().flat_map(|sample| (0..40).map(|window| [*sample, window])).collect();
    assert_eq!(ends, &expected[..ends.len()]);
    assert_eq!(whole, stdout(folder, "score a.awd d.npz --limit 40").lines().collect::<Vec<_>>());
    let json = stdout(folder, &format!("{line} --count 1 --json --above -100"));
    assert!(json.contains("\"window\":0") && json.contains("\"sample\":8") && json.contains("\"event\":"), "{json}");
}

#[test]
fn a_monitor_waits_until_a_lost_board_is_back() {
    let Some(board) = Emulated::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let port = folder.join("port");
    std::os::unix::fs::symlink(board.port(), &port).unwrap();
    let line = "device monitor --port port --every 0.05 --count 30";
    let mut monitor = command(folder, line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(monitor.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("windows 0"));
    drop(board);
    let board = Emulated::start().expect("it started before");
    std::fs::remove_file(&port).unwrap();
    std::os::unix::fs::symlink(board.port(), &port).unwrap();
    let lines: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(1 + lines.len(), 30);
    let ended = monitor.wait_with_output().unwrap();
    let errors = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{errors}");
    assert!(errors.contains("; waiting until it is back") && errors.contains("awd: the board is back"), "{errors}");
}
