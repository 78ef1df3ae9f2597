//! Ctrl-C, SIGTERM and SIGHUP, sent to real processes: no half file and no emulator stays behind. Of SIGKILL no emulator does.

use crate::device::Emulated;
use crate::npz::bumps;
use crate::workshop::signal;
use crate::{heartbeats, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Begins `awd` in a folder, where its temporary files go too.
fn begin(folder: &Path, words: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_awd"));
    command.current_dir(folder).env("TMPDIR", folder).args(words.split_whitespace());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
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

/// Waits until something is so.
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_micros(100));
    }
}

#[test]
fn a_file_that_is_being_written_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // The file is there whole or not at all, whichever is faster; it takes some milliseconds to write, and one attempt at
    // least has to come in between.
    let codes: Vec<Option<i32>> = (0..8)
        .map(|_| {
            let mut child = begin(folder, "simulate recovery --n-train 60000 --n-test 2 --out d.npz");
            until("no file is begun", || !names(folder).is_empty());
            signal(child.id(), "INT");
            let code = child.wait().unwrap().code();
            match code {
                Some(130) => assert!(names(folder).iter().all(|name| name == "d.npz"), "{:?}", names(folder)),
                _ => assert_eq!((code, names(folder)), (Some(0), vec!["d.npz".to_owned()])),
            }
            let whole = std::fs::remove_file(folder.join("d.npz")).is_ok();
            if whole { Some(0) } else { code }
        })
        .take_while(|code| *code != Some(130))
        .collect();
    assert!(codes.len() < 8, "it was never interrupted in time");
}

#[test]
fn whoever_waits_for_samples_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    json(folder, "distil d.npz --taps 4 --levels 2 --gamma 0 --out m.awd --json -q");
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let mut child = begin(folder, "score m.awd -");
        // Kept open until it has ended: `wait` would close it.
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all((["0.5"; 24].join(" ") + "\n").as_bytes()).unwrap();
        assert!(first_line(&mut child).trim().parse::<f32>().is_ok());
        signal(child.id(), name);
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}

#[test]
fn the_state_of_a_training_stays() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut child = begin(folder, &format!("teach {} --arch cnn --out t --quiet", heartbeats().display()));
    until("no state was kept", || folder.join("t.part").is_file());
    signal(child.id(), "INT");
    assert_eq!((child.wait().unwrap().code(), names(folder)), (Some(130), vec!["t.part".to_owned()]));
}

/// The processes that a process started.
fn children(process: u32) -> Vec<u32> {
    let listed = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    listed.split_whitespace().map(|word| word.parse().unwrap()).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn the_emulator_ends_with_whoever_started_it() {
    // Is there one at all?
    let Some(board) = Emulated::start() else { return };
    assert_eq!(children(board.process()).len(), 1);
    drop(board);
    for words in ["device emulate -q", "device monitor --port qemu"] {
        for (name, code) in [("INT", Some(130)), ("TERM", Some(143)), ("HUP", Some(129)), ("KILL", None)] {
            let folder = tempfile::tempdir().unwrap();
            let mut child = begin(folder.path(), words);
            assert!(!first_line(&mut child).is_empty(), "{words}");
            let emulator = children(child.id());
            assert_eq!(emulator.len(), 1, "{words}");
            assert!(program(emulator[0]).contains("qemu"), "{words}: {}", program(emulator[0]));
            let watcher = children(emulator[0]);
            signal(child.id(), name);
            assert_eq!(child.wait().unwrap().code(), code, "{words}");
            // Nobody is left to wait for the emulator of a process that was killed.
            let patience = if code.is_none() { Duration::from_secs(5) } else { Duration::ZERO };
            let gone = |process: u32| program(process).is_empty();
            let ended = Instant::now();
            while !gone(emulator[0]) {
                assert!(ended.elapsed() <= patience, "{words}, {name}: the emulator goes on");
                std::thread::sleep(Duration::from_millis(10));
            }
            until("what ends the emulator goes on", || watcher.iter().all(|process| gone(*process)));
            assert_eq!(names(folder.path()), [""; 0], "{words}, {name}");
        }
    }
}

/// What a process runs; nothing of one that has ended, whether or not somebody has waited for it.
fn program(process: u32) -> String {
    std::fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default()
}

#[cfg(target_os = "linux")]
#[test]
fn under_nohup_a_closed_terminal_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    json(folder, "distil d.npz --taps 4 --levels 2 --gamma 0 --out m.awd --json -q");
    let mut command = Command::new("nohup");
    command.current_dir(folder).arg(env!("CARGO_BIN_EXE_awd")).args(["score", "m.awd", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let window = ["0.5"; 24].join(" ") + "\n";
    stdin.write_all(window.as_bytes()).unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = said.next().unwrap().unwrap();
    signal(child.id(), "HUP");
    stdin.write_all(window.as_bytes()).unwrap();
    assert_eq!(said.next().unwrap().unwrap(), first);
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
