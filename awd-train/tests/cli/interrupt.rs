//! Ctrl-C, SIGTERM and SIGHUP, sent to real processes: no partial file and no emulator is left. SIGKILL leaves no
//! emulator either.

use crate::common::process::{children, ended, signal, until};
use crate::common::program::{AWD, command};
use crate::device::Emulated;
use crate::npz::bumps;
use crate::{heartbeats, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long an expected change may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts `awd` in a folder, which also takes its temporary files.
fn start(folder: &Path, words: &str) -> Child {
    let mut command = command(folder, words);
    command.env("TMPDIR", folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line
}

fn names(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn an_interrupted_write_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // The file is complete or absent, depending on whether the write or the signal is faster. Writing takes some
    // milliseconds; at least one attempt must be interrupted in time.
    let codes: Vec<Option<i32>> = (0..8)
        .map(|_| {
            let mut child = start(folder, "simulate recovery --n-train 60000 --n-test 2 --out d.npz");
            until(PATIENCE, "no file is begun", || !names(folder).is_empty());
            signal(child.id(), "INT");
            let code = ended(&mut child, PATIENCE);
            match code {
                Some(130) => assert!(names(folder).iter().all(|name| name == "d.npz"), "{:?}", names(folder)),
                _ => assert_eq!((code, names(folder)), (Some(0), vec!["d.npz".to_owned()])),
            }
            let complete = std::fs::remove_file(folder.join("d.npz")).is_ok();
            if complete { Some(0) } else { code }
        })
        .take_while(|code| *code != Some(130))
        .collect();
    assert!(codes.len() < 8, "it was never interrupted in time");
}

#[test]
fn waiting_for_samples_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    json(folder, "distil d.npz --taps 4 --levels 2 --gamma 0 --out m.awd --json -q");
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let mut child = start(folder, "score m.awd -");
        // Taken out of the child to keep it open: `wait` would close it.
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all((["0.5"; 24].join(" ") + "\n").as_bytes()).unwrap();
        assert!(first_line(&mut child).trim().parse::<f32>().is_ok());
        signal(child.id(), name);
        assert_eq!(ended(&mut child, PATIENCE), Some(code));
    }
}

#[test]
fn an_interrupted_training_keeps_its_state() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut child = start(folder, &format!("teach {} --arch cnn --out t --quiet", heartbeats().display()));
    until(PATIENCE, "no state was kept", || folder.join("t.part").is_file());
    signal(child.id(), "INT");
    assert_eq!((ended(&mut child, PATIENCE), names(folder)), (Some(130), vec!["t.part".to_owned()]));
}

#[cfg(target_os = "linux")]
#[test]
fn the_emulator_ends_with_its_parent() {
    // Skips the test without an emulator.
    let Some(board) = Emulated::start() else { return };
    assert_eq!(children(board.process()).len(), 1);
    drop(board);
    for words in ["device emulate -q", "device monitor --port qemu"] {
        for (name, code) in [("INT", Some(130)), ("TERM", Some(143)), ("HUP", Some(129)), ("KILL", None)] {
            let folder = tempfile::tempdir().unwrap();
            let mut child = start(folder.path(), words);
            assert!(!first_line(&mut child).is_empty(), "{words}");
            let emulator = children(child.id());
            assert_eq!(emulator.len(), 1, "{words}");
            assert!(program(emulator[0]).contains("qemu"), "{words}: {}", program(emulator[0]));
            let watcher = children(emulator[0]);
            signal(child.id(), name);
            assert_eq!(ended(&mut child, PATIENCE), code, "{words}");
            // A process that was killed cannot wait for its emulator.
            let patience = if code.is_none() { Duration::from_secs(5) } else { Duration::ZERO };
            let gone = |process: u32| program(process).is_empty();
            until(patience, &format!("{words}, {name}: the emulator still runs"), || gone(emulator[0]));
            until(PATIENCE, "the process that ends the emulator still runs", || {
                watcher.iter().all(|process| gone(*process))
            });
            assert_eq!(names(folder.path()), [""; 0], "{words}, {name}");
        }
    }
}

/// The command line of a process; empty if the process has ended, even if nobody has waited for it.
fn program(process: u32) -> String {
    std::fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default()
}

#[cfg(target_os = "linux")]
#[test]
fn with_nohup_a_closed_terminal_does_not_end_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    json(folder, "distil d.npz --taps 4 --levels 2 --gamma 0 --out m.awd --json -q");
    let mut command = Command::new("nohup");
    command.current_dir(folder).arg(AWD).args(["score", "m.awd", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let window = ["0.5"; 24].join(" ") + "\n";
    stdin.write_all(window.as_bytes()).unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    signal(child.id(), "HUP");
    stdin.write_all(window.as_bytes()).unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), first);
    drop(stdin);
    assert_eq!(ended(&mut child, PATIENCE), Some(0));
}
