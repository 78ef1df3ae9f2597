//! The tree of verbs and their options, as `--help` lists them.

use crate::awd;
use crate::common::program::{command, succeeded};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

/// The help of every verb, by the words that lead to it, including verbs that `awd --help` hides.
pub static HELP: LazyLock<BTreeMap<Vec<String>, String>> = LazyLock::new(|| {
    let mut found = BTreeMap::new();
    let hidden = ["completions", "key", "sign"].map(|verb| vec![verb.to_owned()]);
    let mut pending = [&[Vec::new()], &hidden[..]].concat();
    while let Some(path) = pending.pop() {
        let help = help(&path, 200);
        pending.extend(verbs(&help).map(|verb| [&path[..], &[verb.to_owned()]].concat()));
        found.insert(path, help);
    }
    found
});

/// The help of a verb on a screen of `columns` columns.
pub fn help(path: &[String], columns: usize) -> String {
    let line = format!("{} --help", path.join(" "));
    succeeded(command(Path::new("."), &line).env("COLUMNS", columns.to_string()).output().unwrap(), &line)
}

/// The verbs that a help lists.
fn verbs(help: &str) -> impl Iterator<Item = &str> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help")
}

/// The commands under "Example:" or "Examples:" at the end of a help text.
pub fn examples(help: &str) -> impl Iterator<Item = &str> {
    let below = help.lines().skip_while(|line| !matches!(*line, "Example:" | "Examples:")).skip(1);
    below.map(|line| line.strip_prefix("  ").unwrap_or_else(|| panic!("text after the examples: {line}")))
}

/// The options that a help lists.
fn options(help: &str) -> BTreeSet<&str> {
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    lines.flat_map(str::split_whitespace).filter(|word| word.starts_with("--")).collect()
}

/// Checks that these words, which follow `awd`, name an existing verb and options; the error gives the reason.
pub fn check(words: &[&str]) -> Result<(), String> {
    let mut path: Vec<String> = Vec::new();
    for word in words {
        let word = if *word == "distill" { "distil" } else { word };
        let longer = [&path[..], &[word.to_owned()]].concat();
        if !HELP.contains_key(&longer) {
            break;
        }
        path = longer;
    }
    if path.is_empty() {
        return Err(format!("no verb of awd: {words:?}"));
    }
    let known = options(&HELP[&path]);
    let used = words.iter().filter(|word| word.starts_with("--") && word.len() > 2);
    let unknown = used.map(|word| word.split('=').next().unwrap_or_default()).find(|option| !known.contains(option));
    unknown.map_or(Ok(()), |option| Err(format!("{option} is no option of awd {}", path.join(" "))))
}

#[test]
fn unknown_verbs_and_options_are_refused() {
    assert_eq!(check(&["device", "monitor", "--hop", "3", "--port=x"]), Ok(()));
    assert!(check(&["distil", "my.npz", "--tops", "3"]).unwrap_err().contains("--tops"));
    assert!(check(&["distal"]).is_err());
    // clap agrees.
    assert_eq!(awd(Path::new("."), "distil my.npz --tops 3 --out m").status.code(), Some(2));
}
