//! Progress is for people at a terminal: nothing of it in pipes, in files, with `--quiet`, or in results.

use crate::npz::bumps;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

const DISTIL: &str = "distil d.npz --taps 4 --levels 2 --gamma 0 --out m.awd";

/// What `awd` prints on stdout, and on a terminal that is its stderr.
fn at_terminal(folder: &Path, words: &str, variables: &[(&str, &str)]) -> (String, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).and_then(|()| unlockpt(&master)).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let terminal = File::options().read(true).write(true).open(path).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_awd"));
    command.current_dir(folder).args(words.split_whitespace()).env("TERM", "xterm").env_remove("NO_COLOR");
    command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(terminal);
    let child = command.spawn().unwrap();
    // It has the terminal's other end too, and would wait for itself.
    drop(command);
    let reader = std::thread::spawn(move || {
        let mut said = Vec::new();
        // Ends with an error once nobody has the other end open.
        let _ = File::from(master).read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
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
    assert!(stdout.starts_with("m.awd: 4 taps") && stdout.lines().count() == 1, "{stdout}");

    let (stdout, stderr) = at_terminal(folder, &format!("{DISTIL} --quiet"), &[]);
    assert_eq!((stdout.lines().count(), stderr.as_str()), (1, ""));
    let (stdout, _) = at_terminal(folder, &format!("{DISTIL} --json"), &[]);
    assert!(serde_json::from_str::<serde_json::Value>(&stdout).unwrap().is_object(), "{stdout}");
    let piped = crate::awd(folder, DISTIL);
    assert!(piped.status.success() && piped.stderr.is_empty(), "{}", String::from_utf8_lossy(&piped.stderr));
}

#[test]
fn colours_are_left_out_where_nobody_wants_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    // What sets a colour begins so, and ends with m.
    let coloured = |said: &str| {
        said.split("\x1b[")
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
