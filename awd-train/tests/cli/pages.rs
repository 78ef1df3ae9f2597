//! The repository's pages: their fenced blocks, and the commands in their prose.

use crate::common::paths::root;
use std::process::Command;

/// A Markdown page.
pub struct Page {
    pub name: String,
    text: String,
}

/// A fenced block: the info string after the fence, and the text.
pub struct Block<'p> {
    pub kind: &'p str,
    pub text: &'p str,
}

/// Every page that git tracks.
pub fn pages() -> Vec<Page> {
    let listed = Command::new("git").current_dir(root()).args(["ls-files", "*.md"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let pages = listed.lines().map(|name| Page {
        name: name.to_owned(),
        // Fences are found after a line break; this adds one before the first line.
        text: format!("\n{}", std::fs::read_to_string(root().join(name)).unwrap()),
    });
    pages.collect()
}

impl Page {
    pub fn blocks(&self) -> impl Iterator<Item = Block<'_>> {
        let inside = self.text.split("\n```").skip(1).step_by(2);
        inside.filter_map(|block| block.split_once('\n')).map(|(kind, text)| Block { kind, text })
    }

    /// The commands of `awd` and `cargo` in backticks outside of blocks, each joined to one line.
    pub fn commands(&self) -> Vec<String> {
        let outside: String = self.text.split("\n```").step_by(2).collect();
        let spans = outside.split('`').skip(1).step_by(2);
        let spans = spans.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "));
        spans.filter(|span| ["awd ", "cargo "].iter().any(|program| span.starts_with(program))).collect()
    }
}

/// The words of a command, without variables before it, a comment after it, or what follows in a pipeline.
pub fn words(line: &str) -> Vec<&str> {
    let line = line.split(" #").next().unwrap_or_default();
    let all = line.split_whitespace().map(|word| if word == "$awd" { "awd" } else { word });
    let words = all.skip_while(|word| word.contains('=') && !word.starts_with('-'));
    words.take_while(|word| !["|", "&", "&&", ">", "<"].contains(word)).collect()
}
