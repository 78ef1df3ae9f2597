//! Where `awd` looks for the emulated board's firmware, and where it neither looks nor runs anything.

use crate::common::program::AWD;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with a copy of the program, clones, and stand-ins for cargo and the emulator that record their runs.
struct Sandbox(tempfile::TempDir);

impl Sandbox {
    fn new() -> Self {
        let sandbox = Self(tempfile::tempdir().unwrap());
        fs::copy(AWD, sandbox.at("bin/awd")).unwrap();
        // Like cargo, its last line is the firmware that it built.
        sandbox.program("tools/cargo", "pwd >>\"$NOTES\"; echo \"$PWD/target/board/awd-mps2-an386\"");
        sandbox.program("tools/qemu-system-arm", "echo \"$@\" >>\"$NOTES\"");
        sandbox
    }

    /// A path in the folder; its parent folder is created.
    fn at(&self, path: &str) -> PathBuf {
        let path = self.0.path().canonicalize().unwrap().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn program(&self, path: &str, text: &str) {
        fs::write(self.at(path), format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(self.at(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A folder that passes for a clone of the repository.
    fn clone(&self, name: &str) -> PathBuf {
        for file in ["Cargo.toml", "xtask/Cargo.toml", "awd-embedded/boards/mps2/Cargo.toml", "awd-train/Cargo.toml"] {
            fs::write(self.at(&format!("{name}/{file}")), "").unwrap();
        }
        fs::write(self.at(&format!("{name}/target/board/awd-mps2-an386")), "a program").unwrap();
        self.at(name)
    }

    /// Runs a program in a folder. Returns its output and what the stand-ins recorded.
    fn run(&self, program: &Path, folder: &Path, words: &str, variables: &[(&str, &Path)]) -> (Output, String) {
        let notes = self.at("notes");
        fs::write(&notes, "").unwrap();
        let mut command = Command::new(program);
        command.current_dir(folder).args(words.split_whitespace()).env_clear().env("PATH", self.at("tools"));
        let output = command.env("NOTES", &notes).envs(variables.iter().copied()).output().unwrap();
        (output, fs::read_to_string(notes).unwrap())
    }
}

#[test]
fn firmware_comes_from_a_named_file_from_beside_the_program_or_from_its_clone() {
    let sandbox = Sandbox::new();
    let (awd, clone) = (sandbox.at("bin/awd"), sandbox.clone("clone"));
    let info = "device info --port qemu";

    // The folder where the program was built exists, and the current folder is a clone. Neither is searched.
    let (output, ran) = sandbox.run(&awd, &clone, info, &[]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && stderr.contains("`cargo xtask firmware` in the sources"), "{stderr}");
    assert!(stderr.contains("AWD_FIRMWARE") && stderr.contains("awd-mps2-an386 next to this program"), "{stderr}");
    assert_eq!(ran.trim(), "--version");
    let (output, ran) = sandbox.run(&awd, &clone, "doctor", &[]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.lines().any(|line| line.starts_with("missing  firmware")), "{stdout}");
    assert!(!ran.contains("clone"), "{ran}");

    // `cargo run` in a clone.
    let of_cargo = [("CARGO_MANIFEST_DIR", &*clone.join("awd-train"))];
    let (output, ran) = sandbox.run(&awd, &sandbox.at("bin"), info, &of_cargo);
    assert!(ran.lines().nth(1) == Some(clone.to_str().unwrap()), "{ran}: {output:?}");
    // The program of a clone, called from elsewhere.
    let of_clone = sandbox.at("clone/target/release/awd");
    fs::copy(&awd, &of_clone).unwrap();
    let (output, ran) = sandbox.run(&of_clone, &sandbox.at("bin"), info, &[]);
    assert!(ran.lines().nth(1) == Some(clone.to_str().unwrap()), "{ran}: {output:?}");
    let (output, _) = sandbox.run(&of_clone, &sandbox.at("bin"), "doctor", &[]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains(clone.join("target/board/awd-mps2-an386").to_str().unwrap()), "{stdout}");
    // `cargo run` in another project.
    let other = sandbox.at("other/Cargo.toml");
    let (output, ran) = sandbox.run(&awd, &clone, info, &[("CARGO_MANIFEST_DIR", other.parent().unwrap())]);
    assert!(output.status.code() == Some(1) && ran.trim() == "--version", "{ran}: {output:?}");

    // The file that `AWD_FIRMWARE` names takes precedence; then one beside the program, then the clone.
    let elf = clone.join("target/board/awd-mps2-an386");
    let named = [("AWD_FIRMWARE", &*elf)];
    for program in [&awd, &of_clone] {
        let (output, _) = sandbox.run(program, &sandbox.at("bin"), "doctor --json", &named);
        assert!(String::from_utf8_lossy(&output.stdout).contains(elf.to_str().unwrap()), "{output:?}");
    }
    for (program, folder) in [(&awd, "bin"), (&of_clone, "clone/target/release")] {
        let beside = sandbox.at(&format!("{folder}/awd-mps2-an386"));
        fs::copy(&elf, &beside).unwrap();
        let (output, ran) = sandbox.run(program, &sandbox.at("bin"), info, &[]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!ran.contains(clone.to_str().unwrap()) || folder.contains("clone"), "{ran}");
        assert_eq!(ran.lines().filter(|line| Path::new(line) == clone).count(), 0, "{ran}");
        // The file is no ELF, which is reported before the emulator starts.
        assert!(output.status.code() == Some(2) && stderr.contains("firmware: an ELF file"), "{stderr}");
    }
}

#[test]
fn the_demo_finds_its_data_in_the_clone_that_it_is_run_from() {
    let sandbox = Sandbox::new();
    let (awd, clone) = (sandbox.at("bin/awd"), sandbox.clone("clone"));
    // Invalid data: if found, they are refused by name before any training.
    let data = sandbox.at("clone/data/ecg5000.npz");
    fs::write(&data, "").unwrap();
    let (output, _) = sandbox.run(&awd, &sandbox.at("bin"), "demo", &[]);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.code() == Some(2) && stderr.contains("run the demo in a clone of the repository"),
        "{stderr}"
    );
    for (folder, variables) in
        [(clone.clone(), &[][..]), (sandbox.at("bin"), &[("CARGO_MANIFEST_DIR", &*clone.join("awd-train"))])]
    {
        let (output, _) = sandbox.run(&awd, &folder, "demo", variables);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && stderr.contains("data/ecg5000.npz"), "{stderr}");
        assert!(!stderr.contains("run the demo in a clone"), "{stderr}");
    }
}
