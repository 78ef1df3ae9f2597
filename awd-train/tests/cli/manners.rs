//! Progress is shown on terminals only, never in pipes, files or results, nor with `--quiet`. If stderr cannot be
//! written, the work and the exit code do not change; if stdout cannot be written, the program fails.

use crate::common::program;
use crate::npz::bumps;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

const DISTIL: &str = "distil d.npz --taps 4 --levels 2 --gamma 0 --out m.awd";

/// What `awd` prints on stdout, and on stderr, which is a terminal.
fn at_terminal(folder: &Path, words: &str, variables: &[(&str, &str)]) -> (String, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).and_then(|()| unlockpt(&master)).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let terminal = File::options().read(true).write(true).open(path).unwrap();
    let mut command = program::command(folder, words);
    command.env("TERM", "xterm").env_remove("NO_COLOR");
    command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(terminal);
    let child = command.spawn().unwrap();
    // The command holds the terminal open too; without this, reading would never end.
    drop(command);
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // Ends with an error once no process holds the other end open.
        let _ = File::from(master).read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let output = child.wait_with_output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), reader.join().unwrap())
}

#[test]
fn progress_is_drawn_on_a_terminal_alone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    let (stdout, stderr) = at_terminal(folder, DISTIL, &[]);
    assert!(stderr.contains('[') && stderr.contains('/'), "no bar: {stderr}");
    assert!(
        stdout.starts_with("m.awd: 80 training windows of 24 samples, values: 4 taps") && stdout.lines().count() == 1,
        "{stdout}"
    );

    let (stdout, stderr) = at_terminal(folder, &format!("{DISTIL} --quiet"), &[]);
    assert_eq!((stdout.lines().count(), stderr.as_str()), (1, ""));
    let (stdout, _) = at_terminal(folder, &format!("{DISTIL} --json"), &[]);
    assert!(serde_json::from_str::<serde_json::Value>(&stdout).unwrap().is_object(), "{stdout}");
    let piped = crate::awd(folder, DISTIL);
    assert!(piped.status.success() && piped.stderr.is_empty(), "{}", String::from_utf8_lossy(&piped.stderr));
}

#[test]
fn colours_are_left_out_where_they_are_unwanted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    // An escape sequence that sets a colour begins with ESC [ and ends with m.
    let coloured = |text: &str| {
        text.split("\x1b[")
            .skip(1)
            .any(|code| code.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m'))
    };
    let typo = "distil d.npz --tops 4";
    assert!(coloured(&at_terminal(folder, typo, &[]).1));
    assert!(!coloured(&at_terminal(folder, typo, &[("NO_COLOR", "1")]).1));
    let (_, bars) = at_terminal(folder, DISTIL, &[("NO_COLOR", "1")]);
    assert!(bars.contains('[') && !coloured(&bars), "{bars}");
    let piped = crate::awd(folder, typo);
    assert!(!coloured(&String::from_utf8_lossy(&piped.stderr)));
}

/// The exit code of a shell line in which `$awd` is the program.
#[cfg(target_os = "linux")]
fn code(folder: &Path, line: &str) -> Option<i32> {
    let mut shell = Command::new("sh");
    shell.current_dir(folder).args(["-c", line]).env("awd", program::AWD);
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().code()
}

// Linux has /dev/full, to which every write fails.
#[cfg(target_os = "linux")]
#[test]
fn an_unwritable_stderr_is_no_reason_to_fail() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    assert_eq!(code(folder, &format!("$awd {DISTIL}")), Some(0));
    for (words, expected) in [
        // Wrong arguments, wrong inputs, failures, and work with a progress bar.
        ("distil", 2),
        ("distil d.npz --tops 4", 2),
        ("inspect no-such.awd", 2),
        ("evaluate m.awd no-such.npz", 2),
        ("device info --port /dev/no-such-port", 2),
        ("simulate recovery --n-train 4 --n-test 2 --out no/such/d.npz", 2),
        ("score m.awd d.npz", 0),
        ("evaluate m.awd d.npz", 0),
        (DISTIL, 0),
        ("teach d.npz --arch mlp --out t", 0),
        ("doctor", 0),
        ("--version", 0),
    ] {
        for stderr in ["2>/dev/full", "2>&-", "2>/dev/full <&-"] {
            assert_eq!(code(folder, &format!("$awd {words} {stderr}")), Some(expected), "awd {words} {stderr}");
        }
    }
    // The log lines of a board go to stderr, too.
    if std::env::var_os("AWD_FIRMWARE").is_some() {
        let line = "$awd score m.awd d.npz --device qemu 2>/dev/full";
        assert_eq!(code(folder, line), code(folder, &line.replace("2>/dev/full", "")));
    }
}

// Linux has /dev/full, to which every write fails.
#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    assert_eq!(code(folder, &format!("$awd {DISTIL}")), Some(0));
    for words in [
        "score m.awd d.npz",
        "inspect m.awd",
        "doctor --json",
        "completions bash",
        "--help",
        "score --help",
        "--version",
    ] {
        assert_eq!(code(folder, &format!("$awd {words} >/dev/full")), Some(1), "awd {words}");
        assert_eq!(code(folder, &format!("$awd {words} >/dev/full 2>/dev/full")), Some(1), "awd {words}");
        // A closed stdout counts as /dev/null. A reader that stops early is no failure either.
        assert_eq!(code(folder, &format!("$awd {words} >&-")), Some(0), "awd {words}");
        assert_eq!(code(folder, &format!("{{ $awd {words}; echo $? >code; }} | true; test $(cat code) = 0")), Some(0));
    }
}

/// The terminal is closed, so drawing on it fails.
#[test]
fn a_terminal_that_has_gone_away_is_no_reason_to_fail() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).and_then(|()| unlockpt(&master)).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let terminal = File::options().read(true).write(true).open(path).unwrap();
    drop(master);
    let mut command = program::command(folder, DISTIL);
    command.env("TERM", "xterm").stdout(Stdio::null()).stderr(terminal);
    assert_eq!(command.status().unwrap().code(), Some(0));
}
