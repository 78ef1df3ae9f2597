//! docs/bring-your-own-model.md as it stands: its files are written and its commands run, but for what they install.
//! The network is made with `PyTorch`; `AWD_PYTHON` is a Python that has it, `python3` without.
#![cfg(all(feature = "teacher", feature = "onnx", feature = "board"))]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The fenced blocks of a page: what stands behind the fence, and the text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    page.split("\n```").skip(1).step_by(2).filter_map(|block| block.split_once('\n')).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn python() -> Option<String> {
    let python = std::env::var("AWD_PYTHON").unwrap_or_else(|_| "python3".into());
    let torch = Command::new(&python).args(["-c", "import torch, onnx, onnxscript"]).output();
    torch.is_ok_and(|output| output.status.success()).then_some(python)
}

/// What a command prints; it must succeed.
fn sh(folder: &Path, python: &str, command: &str) -> String {
    let mut sh = Command::new("sh");
    sh.current_dir(folder).args(["-euc", command]).env("awd", env!("CARGO_BIN_EXE_awd")).env("python", python);
    let output = sh.output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn skipped(why: &str) {
    eprintln!("SKIPPED, NOT PASSED: {why}");
}

#[test]
fn the_page_leads_from_a_network_in_pytorch_to_a_score_on_the_board() {
    let page = std::fs::read_to_string(root().join("docs/bring-your-own-model.md")).unwrap();
    let blocks = blocks(&page);
    let commands: Vec<&str> = blocks.iter().filter(|(kind, _)| *kind == "sh").map(|(_, text)| *text).collect();
    assert!(commands.len() >= 4 && blocks.iter().filter(|(kind, _)| kind.starts_with("python ")).count() == 3);
    let Some(python) = python() else {
        return skipped("no Python with torch, onnx and onnxscript; AWD_PYTHON names one");
    };

    let folder = tempfile::tempdir().unwrap();
    for name in ["data", "python"] {
        std::os::unix::fs::symlink(root().join(name), folder.path().join(name)).unwrap();
    }
    for (kind, text) in &blocks {
        if let Some(file) = kind.strip_prefix("python ") {
            std::fs::write(folder.path().join(file), text).unwrap();
        }
    }
    let board = std::env::var_os("AWD_FIRMWARE").is_some();
    if !board {
        skipped("the emulated board: AWD_FIRMWARE is not set");
    }
    for command in commands.iter().flat_map(|text| text.lines()).filter(|line| board || !line.contains("--device")) {
        let said = sh(folder.path(), &python, command);
        println!("$ {command}\n{said}");
        if command.contains("evaluate") {
            let awd = said.lines().find(|line| line.starts_with("awd ")).unwrap();
            let score: f64 = awd.split_whitespace().nth(1).unwrap().parse().unwrap();
            assert!(score > 0.9, "{said}");
        }
        if command.contains("--device") {
            let here = sh(folder.path(), &python, &command.replace("--device qemu", ""));
            assert_eq!((said.lines().count(), &said), (5, &here));
        }
    }
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
