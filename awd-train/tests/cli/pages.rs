//! The repository's pages: their fenced blocks, and the commands that stand in their prose.

use crate::workshop::root;
use std::process::Command;

/// A page.
pub struct Page {
    pub name: String,
    text: String,
}

/// A fenced block: what stands behind the fence, and the text.
pub struct Block<'p> {
    pub kind: &'p str,
    pub text: &'p str,
}

/// Every page that git knows.
pub fn pages() -> Vec<Page> {
    let listed = Command::new("git").current_dir(root()).args(["ls-files", "*.md"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let pages = listed.lines().map(|name| Page {
        name: name.to_owned(),
        // The first fence, too, stands behind a new line.
        text: format!("\n{}", std::fs::read_to_string(root().join(name)).unwrap()),
    });
    pages.collect()
}

impl Page {
    pub fn blocks(&self) -> impl Iterator<Item = Block<'_>> {
        let inside = self.text.split("\n```").skip(1).step_by(2);
        inside.filter_map(|block| block.split_once('\n')).map(|(kind, text)| Block { kind, text })
    }

    /// Commands in backticks outside of blocks, on one line each: those of `awd` and of `cargo`.
    pub fn commands(&self) -> Vec<String> {
        let outside: String = self.text.split("\n```").step_by(2).collect();
        let spans = outside.split('`').skip(1).step_by(2);
        let spans = spans.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "));
        spans.filter(|span| ["awd ", "cargo "].iter().any(|program| span.starts_with(program))).collect()
    }
}

/// The words of a command and what it is of, without variables before it, a comment behind it, or what follows in a pipe.
pub fn words(line: &str) -> Vec<&str> {
    let line = line.split(" #").next().unwrap_or_default();
    let all = line.split_whitespace().map(|word| if word == "$awd" { "awd" } else { word });
    let words = all.skip_while(|word| word.contains('=') && !word.starts_with('-'));
    words.take_while(|word| !["|", "&", "&&", ">", "<"].contains(word)).collect()
}
