//! `--help`: the verbs fit on a screen, and each has examples that run.

use crate::common::skip::{is_full, skipped};
use crate::tree::{HELP, check, examples, help};
use crate::workshop::Workshop;
use std::process::{Command, Stdio};

#[test]
fn the_verbs_fit_a_screen() {
    let screen = help(&[], 80);
    assert!(screen.lines().count() <= 24, "{} lines:\n{screen}", screen.lines().count());
    assert!(screen.lines().all(|line| line.chars().count() < 80), "{screen}");
    // The screen describes the options that all verbs have; `score`, for one, lists them.
    for option in ["--json", "--quiet", "--seed", "--threads"] {
        assert!(screen.contains(option) && HELP[&["score".to_owned()][..]].contains(option), "{option}");
    }
}

#[test]
fn every_example_of_every_verb_runs() {
    assert!(HELP.len() > 20, "{:?}", HELP.keys());
    let mut workshop = Workshop::new();
    for (path, help) in HELP.iter() {
        let all: Vec<&str> = examples(help).collect();
        assert!(!all.is_empty(), "{path:?} has no example");
        for line in all {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(words[0], "awd", "{line}");
            assert_eq!(check(&words[1..]), Ok(()), "{line}");
            // The example uses the verb that it belongs to.
            assert!(path.iter().zip(&words[1..]).all(|(verb, word)| verb == word), "{path:?}: {line}");
            run(&mut workshop, line);
        }
    }
}

fn run(workshop: &mut Workshop, line: &str) {
    if line.contains(" demo") && !is_full() {
        return skipped(&format!("{line}: it takes a minute; AWD_FULL is not set"));
    }
    let needs_board = ["/dev/ttyACM0", "qemu", "emulate"].iter().any(|word| line.contains(word));
    let Some(port) = (if needs_board { workshop.port() } else { Some(String::new()) }) else { return };
    let line = line.replace("/dev/ttyACM0", &port);
    if line.contains("emulate") {
        assert_eq!(workshop.interrupted(&line), Some(130), "{line}");
    } else {
        assert!(!workshop.stdout(&line).is_empty() || line.contains('>'), "{line} prints nothing");
    }
}

#[test]
fn shells_complete_every_verb() {
    let workshop = Workshop::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = workshop.stdout(&format!("awd completions {shell}"));
        for path in HELP.keys() {
            let verb = path.last().map_or("awd", String::as_str);
            assert!(script.contains(verb), "{shell}: {verb}");
        }
        for option in ["--distance-to", "--port", "--threads"] {
            // fish lists options without their dashes.
            assert!(script.contains(option.trim_start_matches('-')), "{shell}: {option}");
        }
        std::fs::write(workshop.path().join(shell), script).unwrap();
    }
    let parsed = Command::new("bash").arg("-n").arg(workshop.path().join("bash")).stderr(Stdio::piped()).output();
    let parsed = parsed.unwrap();
    assert!(parsed.status.success(), "{}", String::from_utf8_lossy(&parsed.stderr));
}
