//! Where the emulated board's firmware is looked for, and where nothing is looked for, let alone run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with a copy of the program, programs that note that they ran in place of cargo and the emulator, and clones.
struct Elsewhere(tempfile::TempDir);

impl Elsewhere {
    fn new() -> Self {
        let elsewhere = Self(tempfile::tempdir().unwrap());
        fs::copy(env!("CARGO_BIN_EXE_awd"), elsewhere.at("bin/awd")).unwrap();
        // As cargo does: the last line is the firmware that it built.
        elsewhere.program("tools/cargo", "pwd >>\"$NOTES\"; echo \"$PWD/target/board/awd-mps2-an386\"");
        elsewhere.program("tools/qemu-system-arm", "echo \"$@\" >>\"$NOTES\"");
        elsewhere
    }

    /// A path in it, whose folder is there.
    fn at(&self, path: &str) -> PathBuf {
        let path = self.0.path().canonicalize().unwrap().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn program(&self, path: &str, text: &str) {
        fs::write(self.at(path), format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(self.at(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What passes for a clone.
    fn clone(&self, name: &str) -> PathBuf {
        for file in ["Cargo.toml", "xtask/Cargo.toml", "awd-embedded/boards/mps2/Cargo.toml", "awd-train/Cargo.toml"] {
            fs::write(self.at(&format!("{name}/{file}")), "").unwrap();
        }
        fs::write(self.at(&format!("{name}/target/board/awd-mps2-an386")), "a program").unwrap();
        self.at(name)
    }

    /// What a program says in a folder, and what ran.
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
    let elsewhere = Elsewhere::new();
    let (awd, clone) = (elsewhere.at("bin/awd"), elsewhere.clone("clone"));
    let info = "device info --port qemu";

    // The folder where the program was built is there, and so is a clone where the user stands: neither counts.
    let (output, ran) = elsewhere.run(&awd, &clone, info, &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("`cargo xtask firmware` in the sources"), "{said}");
    assert!(said.contains("AWD_FIRMWARE") && said.contains("awd-mps2-an386 lies beside this program"), "{said}");
    assert_eq!(ran.trim(), "--version");
    let (output, ran) = elsewhere.run(&awd, &clone, "doctor", &[]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.lines().any(|line| line.starts_with("missing  firmware")), "{said}");
    assert!(!ran.contains("clone"), "{ran}");

    // `cargo run` in a clone.
    let of_cargo = [("CARGO_MANIFEST_DIR", &*clone.join("awd-train"))];
    let (output, ran) = elsewhere.run(&awd, &elsewhere.at("bin"), info, &of_cargo);
    assert!(ran.lines().nth(1) == Some(clone.to_str().unwrap()), "{ran}: {output:?}");
    // The program of a clone, from wherever it is called.
    let of_clone = elsewhere.at("clone/target/release/awd");
    fs::copy(&awd, &of_clone).unwrap();
    let (output, ran) = elsewhere.run(&of_clone, &elsewhere.at("bin"), info, &[]);
    assert!(ran.lines().nth(1) == Some(clone.to_str().unwrap()), "{ran}: {output:?}");
    let (output, _) = elsewhere.run(&of_clone, &elsewhere.at("bin"), "doctor", &[]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains(clone.join("target/board/awd-mps2-an386").to_str().unwrap()), "{said}");
    // Some other project's.
    let other = elsewhere.at("other/Cargo.toml");
    let (output, ran) = elsewhere.run(&awd, &clone, info, &[("CARGO_MANIFEST_DIR", other.parent().unwrap())]);
    assert!(output.status.code() == Some(1) && ran.trim() == "--version", "{ran}: {output:?}");

    // A file that is named comes before all, and one beside the program before the clone.
    let elf = clone.join("target/board/awd-mps2-an386");
    let named = [("AWD_FIRMWARE", &*elf)];
    for program in [&awd, &of_clone] {
        let (output, _) = elsewhere.run(program, &elsewhere.at("bin"), "doctor --json", &named);
        assert!(String::from_utf8_lossy(&output.stdout).contains(elf.to_str().unwrap()), "{output:?}");
    }
    for (program, folder) in [(&awd, "bin"), (&of_clone, "clone/target/release")] {
        let beside = elsewhere.at(&format!("{folder}/awd-mps2-an386"));
        fs::copy(&elf, &beside).unwrap();
        let (output, ran) = elsewhere.run(program, &elsewhere.at("bin"), info, &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!ran.contains(clone.to_str().unwrap()) || folder.contains("clone"), "{ran}");
        assert_eq!(ran.lines().filter(|line| Path::new(line) == clone).count(), 0, "{ran}");
        // It is no ELF, which is told before the emulator starts.
        assert!(output.status.code() == Some(2) && said.contains("firmware: an ELF file"), "{said}");
    }
}

#[test]
fn the_demo_finds_its_data_in_the_clone_that_it_is_run_from() {
    let elsewhere = Elsewhere::new();
    let (awd, clone) = (elsewhere.at("bin/awd"), elsewhere.clone("clone"));
    // Data that are none: found, they are refused by name before anything is learnt.
    let data = elsewhere.at("clone/data/ecg5000.npz");
    fs::write(&data, "").unwrap();
    let (output, _) = elsewhere.run(&awd, &elsewhere.at("bin"), "demo", &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("run the demo in a clone of the sources"), "{said}");
    for (folder, variables) in
        [(clone.clone(), &[][..]), (elsewhere.at("bin"), &[("CARGO_MANIFEST_DIR", &*clone.join("awd-train"))])]
    {
        let (output, _) = elsewhere.run(&awd, &folder, "demo", variables);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains("data/ecg5000.npz"), "{said}");
        assert!(!said.contains("run the demo in a clone"), "{said}");
    }
}
