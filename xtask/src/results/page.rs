//! The sections of docs/results.md.

use crate::run::{Outcome, root};

/// The title of the section about re-splits.
pub const RESPLITS: &str = "UCR archive, re-split";

/// The title of the section about models without a teacher.
pub const WITHOUT_TEACHER: &str = "UCR archive, without a teacher";

/// The title of the section about teachers.
pub const TEACHERS: &str = "UCR archive, with teachers";

/// The sections that have commands of their own, in the order of the page.
pub const ARCHIVE_SECTIONS: [&str; 3] = [RESPLITS, WITHOUT_TEACHER, TEACHERS];

/// Writes one of those sections into the page, in place of the one that was there, or before all others.
pub fn put(title: &str, text: &str) -> Outcome<()> {
    let place = root().join("docs/results.md");
    let page = std::fs::read_to_string(&place).map_err(|why| format!("docs/results.md: {why}"))?;
    let heading = format!("{title}\n");
    let mut sections: Vec<&str> = page.split("\n## ").map(str::trim_end).collect();
    let new = format!("{heading}{}", text.trim_end());
    match sections.iter_mut().skip(1).find(|section| section.starts_with(&heading)) {
        Some(section) => *section = &new,
        // Behind the words at the top.
        None => sections.insert(1, &new),
    }
    std::fs::write(&place, sections.join("\n\n## ") + "\n").map_err(|why| format!("docs/results.md: {why}"))
}
