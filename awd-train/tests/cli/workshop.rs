//! A folder with what a user has at hand, in the names that help and pages use, and a shell in it.

use crate::npz::{bumps, faint_bumps};
use crate::{device, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use tempfile::TempDir;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Made once.
static PATTERN: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    bumps(&at.join("my.npz"));
    faint_bumps(&at.join("classes.npz"));
    let samples: Vec<String> = (0..48).map(|i| format!("{}", f64::from(i % 24) / 10.0)).collect();
    std::fs::write(at.join("samples.txt"), samples.join("\n") + "\n").unwrap();
    std::fs::copy(root().join("tests/tracks/two_colours.mat"), at.join("movie.mat")).unwrap();
    json(at, "teach my.npz --arch mlp --out teacher.safetensors --json -q");
    json(at, "distil my.npz --gamma 0 --taps 4 --levels 2 --out my.awd --json -q");
    json(at, "distil my.npz --gamma 0 --taps 6 --levels 3 --out before.awd --json -q");
    folder
});

/// A folder of its own, and a board once one is asked for.
pub struct Workshop {
    folder: TempDir,
    /// Nothing until one is asked for; then nothing again where there is none.
    board: Option<Option<device::Emulated>>,
}

impl Workshop {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(PATTERN.path()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        // What is there in the repository.
        for name in ["data", "python"] {
            std::os::unix::fs::symlink(root().join(name), folder.path().join(name)).unwrap();
        }
        std::fs::create_dir_all(folder.path().join("target/release")).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_awd"), folder.path().join("target/release/awd")).unwrap();
        Self { folder, board: None }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A line as a user types it, begun.
    pub fn shell(&self, line: &str) -> Command {
        let bin = Path::new(env!("CARGO_BIN_EXE_awd")).parent().unwrap().display();
        let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        shell.current_dir(self.path()).args(["-euc", line]).env("PATH", path).env("awd", env!("CARGO_BIN_EXE_awd"));
        shell
    }

    /// A line as a user types it, which may read samples from its standard input.
    pub fn run(&self, line: &str) -> Output {
        let samples = std::fs::File::open(self.path().join("samples.txt")).unwrap();
        self.shell(line).stdin(samples).output().unwrap()
    }

    /// What a line prints that must succeed.
    pub fn said(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The port of an emulated board that two models were pushed to; nothing, and a loud line, where there is none.
    pub fn port(&mut self) -> Option<String> {
        if self.board.is_none() {
            self.board = Some(device::Emulated::start());
            for model in ["before.awd", "my.awd"] {
                if let Some(Some(board)) = &self.board {
                    self.said(&format!("awd device push {model} --port {}", board.port()));
                }
            }
        }
        self.board.as_ref()?.as_ref().map(|board| board.port().to_owned())
    }

    /// Runs a line that has no end until it has printed one of its own, then sends it SIGINT; its exit code.
    pub fn interrupted(&self, line: &str) -> Option<i32> {
        // In place of the shell, so that the signal is for the program.
        let mut child = self.shell(&format!("exec {line}")).stdout(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.as_mut().unwrap()), &mut first).unwrap();
        assert!(!first.is_empty(), "{line} printed nothing");
        signal(child.id(), "INT");
        child.wait().unwrap().code()
    }
}

/// Sends a signal to a process.
pub fn signal(process: u32, name: &str) {
    assert!(Command::new("kill").args([format!("-{name}"), process.to_string()]).status().unwrap().success());
}

/// Says loudly that something was left out. Not by a macro: what those print is hidden when a test passes.
pub fn skipped(why: &str) {
    let _ = std::io::stderr().write_all(format!("SKIPPED, NOT PASSED: {why}\n").as_bytes());
}
