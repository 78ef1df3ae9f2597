//! Every command of every page. What stands behind the `sh` of a fence says how it is tested:
//!
//! - nothing: it runs here, line by line, in a folder with what a user has at hand;
//! - `board`: it runs at the emulated board, whatever port the page names;
//! - `hardware`: it needs a real board; `cluster`: several machines (`tests/mpi.rs` runs ranks on one); `setup`: it installs or builds
//!   something; `long`: it takes minutes.
//!
//! Of the last four, and of commands in prose, verbs and options must be there; `long` runs too where `AWD_FULL` is set.
//! docs/bring-your-own-model.md makes its network with `PyTorch`; `AWD_PYTHON` is a Python that has it, `python3` without.

use crate::pages::{Page, pages, words};
use crate::tree::check;
use crate::workshop::{Workshop, root, skipped};
use std::process::{Command, Stdio};

/// Ports that pages name.
const PORTS: [&str; 2] = ["/dev/ttyACM0", "/dev/pts/3"];

fn python() -> Option<String> {
    let python = std::env::var("AWD_PYTHON").unwrap_or_else(|_| "python3".into());
    let torch = Command::new(&python).args(["-c", "import torch, onnx, onnxscript"]).output();
    torch.is_ok_and(|output| output.status.success()).then_some(python)
}

/// Whether a command is one that there is; why not, in words.
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
            assert!(marks.contains(&mark), "{}: a fence is marked {mark}, which is none of {marks:?}", page.name);
            block.text.lines().for_each(|line| assert_eq!(known(line), Ok(()), "{}: {line}", page.name));
            blocks += 1;
        }
        // A changelog tells of what was.
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
    // The README's and awd-train's, which need no more than is here.
    assert!(ran >= 9, "{ran} commands");
}

/// How many commands of a page ran; what is left out is said loudly.
fn run(page: &Page) -> usize {
    let marked = |kind: &str| ["sh", "sh board", "sh long"].contains(&kind);
    if !page.blocks().any(|block| marked(block.kind)) {
        return 0;
    }
    let mut workshop = Workshop::new();
    // Files that the page has its reader write.
    let files: Vec<_> =
        page.blocks().filter_map(|block| Some((block.kind.strip_prefix("python ")?, block.text))).collect();
    files.iter().for_each(|(name, text)| std::fs::write(workshop.path().join(name), text).unwrap());
    let python = python();
    let left = |why: &str| skipped(&format!("commands of {}: {why}", page.name));
    if !files.is_empty() && python.is_none() {
        left("no Python with torch, onnx and onnxscript; AWD_PYTHON names one");
        return 0;
    }
    let mut ran = 0;
    for block in page.blocks().filter(|block| marked(block.kind)) {
        for line in block.text.lines().filter(|line| !words(line).is_empty()) {
            // What cargo is told to do is tested by whoever runs this.
            if block.kind == "sh long" && words(line)[0] != "awd" {
                continue;
            }
            if block.kind == "sh long" && std::env::var_os("AWD_FULL").is_none() {
                left(&format!("{}: AWD_FULL is not set", words(line).join(" ")));
                continue;
            }
            let needs_board = block.kind == "sh board" || words(line).contains(&"qemu");
            let Some(port) = (if needs_board { workshop.port() } else { Some(String::new()) }) else {
                left(&format!("{}: the emulated board", words(line).join(" ")));
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

/// Runs a line as it stands.
fn here(workshop: &Workshop, line: &str, python: Option<&str>) {
    let shell = |line: &str| {
        let samples = std::fs::File::open(workshop.path().join("samples.txt")).unwrap();
        let mut shell = workshop.shell(line);
        shell.env("python", python.unwrap_or_default()).stdin(samples).stderr(Stdio::piped());
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let said = shell(line);
    if words(line).contains(&"evaluate") {
        let row = said.lines().find(|line| line.starts_with("awd ")).unwrap_or_else(|| panic!("{line}: {said}"));
        let score: f64 = row.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert!(score > 0.9, "{line}: {said}");
    }
    if words(line).contains(&"--device") {
        assert_eq!(said, shell(&line.replace("--device qemu", "")), "{line}");
    }
}

/// Runs a line at the board in place of the page's; where there is no port of that name it says so.
fn at_board(workshop: &Workshop, line: &str, board: &str) {
    let at = |port: &str| PORTS.iter().fold(line.to_owned(), |line, named| line.replace(named, port));
    if words(line).contains(&"emulate") {
        // It is there already, and runs until it is interrupted.
        return;
    }
    let absent = workshop.run(&at("/no/such/port"));
    let why = String::from_utf8_lossy(&absent.stderr);
    assert!(absent.status.code() == Some(2) && why.starts_with("awd: /no/such/port: port:"), "{line}: {why}");
    let line = at(board);
    // It has no end of its own.
    let endless = words(&line).contains(&"monitor") && !line.contains("--count");
    let line = if endless { format!("{} --count 1", words(&line).join(" ")) } else { line };
    assert!(!workshop.said(&line).is_empty(), "{line} says nothing");
}

#[test]
fn the_exporter_for_pytorch_passes_its_own_tests() {
    let Some(python) = python() else {
        return skipped("no Python with torch, onnx and onnxscript; AWD_PYTHON names one");
    };
    let output =
        Command::new(python).current_dir(root().join("python")).args(["-B", "-m", "unittest"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("Ran 4 tests"), "{said}");
}
