//! The sections of docs/results.md.

use crate::run::{Outcome, root};

/// The title of the section about re-splits.
pub const RESPLITS: &str = "UCR archive, re-split";

/// The title of the section about models without a teacher.
pub const WITHOUT_TEACHER: &str = "UCR archive, without a teacher";

/// The title of the section about teachers.
pub const TEACHERS: &str = "UCR archive, with teachers";

/// The sections with their own commands, in the order of the page.
pub const ARCHIVE_SECTIONS: [&str; 3] = [RESPLITS, WITHOUT_TEACHER, TEACHERS];

/// Writes one of these sections into the page. It replaces the section of the same title, or becomes the first section.
pub fn put(title: &str, text: &str) -> Outcome<()> {
    let path = root().join("docs/results.md");
    let page = std::fs::read_to_string(&path).map_err(|why| format!("docs/results.md: {why}"))?;
    let heading = format!("{title}\n");
    let mut sections: Vec<&str> = page.split("\n## ").map(str::trim_end).collect();
    let new = format!("{heading}{}", text.trim_end());
    match sections.iter_mut().skip(1).find(|section| section.starts_with(&heading)) {
        Some(section) => *section = &new,
        // After the introduction.
        None => sections.insert(1, &new),
    }
    std::fs::write(&path, sections.join("\n\n## ") + "\n").map_err(|why| format!("docs/results.md: {why}"))
}
