//! Firmware of the emulated board with optional features: the server as a task of Embassy's executor, and a limit on erases of the
//! flash.

use crate::common::program::command;
use crate::common::refusal::refused;
use crate::common::skip::skipped;
use crate::device::{Emulated, two_models};
use crate::{json, stdout};
use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn a_task_of_embassys_executor_serves_as_the_loop_does() {
    let Some(firmware) = std::env::var_os("AWD_EMBASSY_FIRMWARE") else {
        return skipped("the board with Embassy's executor: AWD_EMBASSY_FIRMWARE is not set");
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    two_models(folder);
    let mut emulate = command(folder, "device emulate");
    emulate.env("AWD_FIRMWARE", firmware).stderr(Stdio::piped());
    let Some(mut board) = Emulated::run(emulate) else { return };
    let port = format!("--port {}", board.port());

    assert_eq!(json(folder, &format!("device push a.awd {port} --json -q"))["number"], 1);
    let verified = json(folder, &format!("device verify a.awd d.npz {port} --count 40 --json -q"));
    assert_eq!((&verified["golden"], &verified["windows"]), (&40.into(), &40.into()));
    let scored = stdout(folder, "score a.awd d.npz");
    assert_eq!(stdout(folder, &format!("score a.awd d.npz --device {}", board.port())), scored);
    let monitored = stdout(folder, &format!("device monitor d.npz {port} --model a.awd --count 30"));
    let monitored: Vec<&str> = monitored.lines().map(|line| line.split_once('\t').unwrap().1).collect();
    assert_eq!(monitored, scored.lines().take(30).collect::<Vec<_>>());

    // The task restarts the board, which keeps both models.
    assert_eq!(json(folder, &format!("device push b.awd {port} --json -q"))["number"], 2);
    assert_eq!(json(folder, &format!("device reset {port} --json"))["model"]["number"], 2);
    stdout(folder, &format!("device verify b.awd {port} -q"));
    assert_eq!(json(folder, &format!("device rollback {port} --json"))["number"], 1);
    stdout(folder, &format!("device verify a.awd {port} -q"));
    refused(folder, &format!("device rollback {port}"), &["there is no other valid model"]);

    // The log, which ends with the board: it was this executor, twice because of the reset, and no fault.
    let mut pipe = board.stderr().unwrap();
    drop(board);
    let mut log = String::new();
    pipe.read_to_string(&mut log).unwrap();
    assert_eq!(log.matches("Embassy's executor runs").count(), 2, "{log}");
    assert!(!log.contains("restarted after"), "{log}");
}

#[test]
fn a_board_that_limits_its_erases_takes_each_model_after_a_while() {
    let Some(firmware) = std::env::var_os("AWD_LIMITED_FIRMWARE") else {
        return skipped("the board that limits erases: AWD_LIMITED_FIRMWARE is not set");
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    two_models(folder);
    let mut emulate = command(folder, "device emulate -q");
    emulate.env("AWD_FIRMWARE", firmware);
    let started = Instant::now();
    let Some(board) = Emulated::run(emulate) else { return };
    // Three seconds from the start to the first erase, and to the next.
    let push =
        |model: &str| json(folder, &format!("device push {model} --port {} --json -q", board.port()))["number"].clone();
    assert_eq!(push("a.awd"), 1);
    let first = started.elapsed();
    // What is in service needs no erase.
    assert_eq!(push("a.awd"), 1);
    let again = started.elapsed();
    assert_eq!(push("b.awd"), 2);
    let second = started.elapsed();
    assert!(first > Duration::from_secs(2) && again - first < Duration::from_secs(2), "{first:?} {again:?}");
    assert!(second - again > Duration::from_secs(1) && second > Duration::from_secs(5), "{again:?} {second:?}");
}
