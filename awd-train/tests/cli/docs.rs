//! Every command of every page. The word after the `sh` of a fence selects how its block is tested:
//!
//! - none: it runs here, line by line, in a [`Workshop`] folder;
//! - `board`: it runs on the emulated board, whatever port the page names;
//! - `hardware`: it needs a real board; `cluster`: it needs several machines (`tests/mpi.rs` runs ranks on one);
//!   `setup`: it installs or builds something; `long`: it takes minutes.
//!
//! For the last four, and for commands in prose, the test checks only that verbs and options exist; `long` also runs if
//! `AWD_FULL` is set. docs/bring-your-own-model.md makes its network with `PyTorch`; `AWD_PYTHON` names a Python that
//! has it and the package `awd` (default: `python3`).

use crate::common::paths::root;
use crate::common::program::succeeded;
use crate::common::skip::{is_full, skipped};
use crate::pages::{Page, pages, words};
use crate::tree::check;
use crate::workshop::Workshop;
use std::process::{Command, Stdio};

/// Ports that pages name.
const PORTS: [&str; 2] = ["/dev/ttyACM0", "/dev/pts/3"];

fn python() -> Option<String> {
    let python = std::env::var("AWD_PYTHON").unwrap_or_else(|_| "python3".into());
    let torch = Command::new(&python).args(["-c", "import torch, onnx, onnxscript, awd"]).output();
    torch.is_ok_and(|output| output.status.success()).then_some(python)
}

/// Checks that a command exists; the error gives the reason.
fn known(line: &str) -> Result<(), String> {
    match words(line)[..] {
        ["awd", ref verb @ ..]
        | ["mpirun", "-n", _, "awd", ref verb @ ..]
        | ["cargo", "run", "--release", "--", ref verb @ ..]
            if verb.first().is_some_and(|word| !word.starts_with('-')) =>
        {
            check(verb)
        }
        ["cargo", "xtask", verb, ..] => {
            let chores = std::fs::read_to_string(root().join("xtask/src/main.rs")).unwrap();
            let usage = chores.split("\"usage: cargo xtask ").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
            let mut verbs = usage.split('|').filter_map(|usage| usage.split_whitespace().next());
            if verbs.any(|known| known == verb) { Ok(()) } else { Err(format!("no chore of cargo xtask: {verb}")) }
        }
        _ => Ok(()),
    }
}

#[test]
fn every_command_that_a_page_names_is_there() {
    let (mut blocks, mut inline) = (0, 0);
    for page in pages() {
        for block in page.blocks().filter(|block| block.kind.split(' ').next() == Some("sh")) {
            let mark = block.kind.strip_prefix("sh").unwrap().trim();
            let marks = ["", "board", "hardware", "cluster", "setup", "long"];
            assert!(marks.contains(&mark), "{}: the mark {mark} of a fence is none of {marks:?}", page.name);
            block.text.lines().for_each(|line| assert_eq!(known(line), Ok(()), "{}: {line}", page.name));
            blocks += 1;
        }
        // A changelog may name commands that no longer exist.
        for command in page.commands().iter().filter(|_| page.name != "CHANGELOG.md") {
            assert_eq!(known(command), Ok(()), "{}: `{command}`", page.name);
            inline += 1;
        }
    }
    assert!(blocks > 10 && inline > 20, "{blocks} blocks, {inline} commands in prose");
}

#[test]
fn every_block_of_every_page_runs() {
    let ran: usize = pages().iter().map(run).sum();
    // Those of the README and of awd-train's page need nothing that may be missing here.
    assert!(ran >= 9, "{ran} commands");
}

/// Runs the commands of a page and returns how many ran; reports those that were skipped.
fn run(page: &Page) -> usize {
    let marked = |kind: &str| ["sh", "sh board", "sh long"].contains(&kind);
    if !page.blocks().any(|block| marked(block.kind)) {
        return 0;
    }
    let mut workshop = Workshop::new();
    // Files that the page tells its reader to write.
    let files: Vec<_> =
        page.blocks().filter_map(|block| Some((block.kind.strip_prefix("python ")?, block.text))).collect();
    files.iter().for_each(|(name, text)| std::fs::write(workshop.path().join(name), text).unwrap());
    let python = python();
    let report_skipped = |why: &str| skipped(&format!("commands of {}: {why}", page.name));
    if !files.is_empty() && python.is_none() {
        report_skipped("no Python with torch, onnx, onnxscript and awd; AWD_PYTHON names one");
        return 0;
    }
    let mut ran = 0;
    for block in page.blocks().filter(|block| marked(block.kind)) {
        for line in block.text.lines().filter(|line| !words(line).is_empty()) {
            // Commands of cargo are skipped: whatever runs this test also tests those.
            if block.kind == "sh long" && words(line)[0] != "awd" {
                continue;
            }
            if block.kind == "sh long" && !is_full() {
                report_skipped(&format!("{}: AWD_FULL is not set", words(line).join(" ")));
                continue;
            }
            let needs_board = block.kind == "sh board" || words(line).contains(&"qemu");
            let Some(port) = (if needs_board { workshop.port() } else { Some(String::new()) }) else {
                report_skipped(&format!("{}: the emulated board", words(line).join(" ")));
                continue;
            };
            match block.kind {
                "sh board" => at_board(&workshop, line, &port),
                _ => here(&workshop, line, python.as_deref()),
            }
            ran += 1;
        }
    }
    ran
}

/// Runs a line as it is.
fn here(workshop: &Workshop, line: &str, python: Option<&str>) {
    let shell = |line: &str| {
        let samples = std::fs::File::open(workshop.path().join("samples.txt")).unwrap();
        let mut shell = workshop.shell(line);
        shell.env("python", python.unwrap_or_default()).stdin(samples).stderr(Stdio::piped());
        succeeded(shell.output().unwrap(), line)
    };
    let printed = shell(line);
    if words(line).contains(&"evaluate") {
        let row = printed.lines().find(|line| line.starts_with("awd ")).unwrap_or_else(|| panic!("{line}: {printed}"));
        let score: f64 = row.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert!(score > 0.9, "{line}: {printed}");
    }
    if words(line).contains(&"--device") {
        assert_eq!(printed, shell(&line.replace("--device qemu", "")), "{line}");
    }
}

/// Runs a line with the port of the emulated board in place of the page's. First runs it with a port that does not
/// exist, which it must report.
fn at_board(workshop: &Workshop, line: &str, board: &str) {
    let at = |port: &str| PORTS.iter().fold(line.to_owned(), |line, named| line.replace(named, port));
    if words(line).contains(&"emulate") {
        // The board is already emulated; this command runs until it is interrupted.
        return;
    }
    let absent = workshop.run(&at("/no/such/port"));
    let why = String::from_utf8_lossy(&absent.stderr);
    assert!(absent.status.code() == Some(2) && why.starts_with("awd: /no/such/port: port:"), "{line}: {why}");
    let line = at(board);
    // `monitor` does not end by itself.
    let endless = words(&line).contains(&"monitor") && !line.contains("--count");
    let line = if endless { format!("{} --count 1", words(&line).join(" ")) } else { line };
    assert!(!workshop.stdout(&line).is_empty(), "{line} prints nothing");
}
