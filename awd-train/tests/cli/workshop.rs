//! A folder with typical files of a user, named as in help texts and pages, and a shell in it.

use crate::common::paths::{root, tracks};
use crate::common::process::signal;
use crate::common::program::{AWD, succeeded};
use crate::npz::{bumps, faint_bumps};
use crate::{device, json};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use tempfile::TempDir;

/// The template of every [`Workshop`] folder. It is made once.
static TEMPLATE: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    bumps(&at.join("my.npz"));
    faint_bumps(&at.join("classes.npz"));
    let samples: Vec<String> = (0..48).map(|i| format!("{}", f64::from(i % 24) / 10.0)).collect();
    std::fs::write(at.join("samples.txt"), samples.join("\n") + "\n").unwrap();
    std::fs::copy(tracks("two_colours.mat"), at.join("movie.mat")).unwrap();
    std::fs::write(at.join("spots.csv"), spots()).unwrap();
    std::fs::write(at.join("particles.csv"), particles()).unwrap();
    json(at, "teach my.npz --arch mlp --out teacher.safetensors --json -q");
    json(at, "distil my.npz --gamma 0 --taps 4 --levels 2 --out my.awd --json -q");
    json(at, "distil my.npz --gamma 0 --taps 6 --levels 3 --out before.awd --json -q");
    json(at, "key new --out site.key --json -q");
    folder
});

/// Intensities in two channels of 20 tracks of 12 frames, one of which is missing.
fn intensities() -> impl Iterator<Item = (usize, usize, f64, f64)> {
    let frames = (0..20).flat_map(|track| (0..12).map(move |frame| (track, frame)));
    frames.filter(|&(track, frame)| frame != 3 + track % 5).map(|(track, frame)| {
        let at = frame as f64 - 4.0;
        (track, frame, 100.0 * (-at * at / 9.0).exp(), 50.0 + 10.0 * (track % 7) as f64 + at)
    })
}

/// Spots as TrackMate writes them.
fn spots() -> String {
    let header = "LABEL,ID,TRACK_ID,FRAME,MEAN_INTENSITY_CH1,MEAN_INTENSITY_CH2\n\
                  Label,Spot ID,Track ID,Frame,Mean ch1,Mean ch2\n\
                  Label,Spot ID,Track ID,Frame,Mean ch1,Mean ch2\n,,,,(counts),(counts)\n";
    let row = |(track, frame, own, second)| format!("ID7,7,{track},{frame},{own},{second}\n");
    header.to_owned() + &intensities().map(row).collect::<String>()
}

/// Particles as trackpy writes them, with a label of each.
fn particles() -> String {
    let outcome = |track| if track % 3 == 0 { "abortive" } else { "productive" };
    let row = |(track, frame, own, _)| format!("{own},{frame},{track},{}\n", outcome(track));
    "mass,frame,particle,outcome\n".to_owned() + &intensities().map(row).collect::<String>()
}

/// A temporary folder, and an emulated board once one is requested.
pub struct Workshop {
    folder: TempDir,
    /// `None` until a board is requested; then `Some(None)` if there is no emulator.
    board: Option<Option<device::Emulated>>,
}

impl Workshop {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(TEMPLATE.path()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        std::os::unix::fs::symlink(root().join("data"), folder.path().join("data")).unwrap();
        std::fs::create_dir_all(folder.path().join("target/release")).unwrap();
        std::os::unix::fs::symlink(AWD, folder.path().join("target/release/awd")).unwrap();
        Self { folder, board: None }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A command that runs a line as a user types it.
    pub fn shell(&self, line: &str) -> Command {
        let bin = Path::new(AWD).parent().unwrap().display();
        let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        shell.current_dir(self.path()).args(["-euc", line]).env("PATH", path).env("awd", AWD);
        shell
    }

    /// Runs a line as a user types it. It may read samples from its standard input.
    pub fn run(&self, line: &str) -> Output {
        let samples = std::fs::File::open(self.path().join("samples.txt")).unwrap();
        self.shell(line).stdin(samples).output().unwrap()
    }

    /// What a line prints; it must succeed.
    pub fn stdout(&self, line: &str) -> String {
        succeeded(self.run(line), line)
    }

    /// The port of an emulated board that holds two models; `None`, and a message, if there is no emulator.
    pub fn port(&mut self) -> Option<String> {
        if self.board.is_none() {
            self.board = Some(device::Emulated::start());
            for model in ["before.awd", "my.awd"] {
                if let Some(Some(board)) = &self.board {
                    self.stdout(&format!("awd device push {model} --port {}", board.port()));
                }
            }
        }
        self.board.as_ref()?.as_ref().map(|board| board.port().to_owned())
    }

    /// Runs a line that does not end by itself. Sends it SIGINT after it has printed a line, and returns its exit code.
    pub fn interrupted(&self, line: &str) -> Option<i32> {
        // `exec` replaces the shell, so that the signal goes to the program.
        let mut child = self.shell(&format!("exec {line}")).stdout(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.as_mut().unwrap()), &mut first).unwrap();
        assert!(!first.is_empty(), "{line} printed nothing");
        signal(child.id(), "INT");
        child.wait().unwrap().code()
    }
}
