//! docs/performance.md: the cost of scoring on emulated boards and on the host, and of distilling.

mod building;
mod cost;
mod distilled;
mod firmware;
mod fit;
mod generated;
mod growth;
mod host;
mod memory;
mod ranks;

use crate::awd::Awd;
use crate::needs;
use crate::run::{Outcome, output_or_unknown, root};
use memory::BOARDS;
use std::path::Path;

pub use cost::json;
pub use distilled::instructions;
pub use fit::tables;
pub use growth::check;

/// The argument that regenerates the sections of [`BOARDS`].
const BOARDS_TITLE: &str = "Boards";

/// The argument that regenerates the section about distilled models.
const DISTILLED_TITLE: &str = "Distilled";

/// Measures and writes the page, or only the section of this title.
pub fn write(title: Option<&str>) -> Outcome<()> {
    needs::install()?;
    Awd::build()?;
    let path = root().join("docs/performance.md");
    let failed = |why: std::io::Error| format!("docs/performance.md: {why}");
    let commit = output_or_unknown("git", &["rev-parse", "--short", "HEAD"]);
    let page = match title {
        None => {
            let mut page = format!("# Performance\n\nMade by `cargo xtask performance`. Commit {commit}.\n");
            for (target, what) in BOARDS {
                page += &cost::section(target, what)?;
            }
            page += &distilled::section()?;
            for title in generated::TITLES {
                page += &format!("\n## {}", generated::section(title)?);
            }
            page += &format!("\n## {}", firmware::section()?);
            page += &host::on_host()?;
            page += &host::distilling()?;
            page += &format!("\n## {}", ranks::section()?);
            page + &format!("\n## {}", building::section()?)
        }
        Some(title) => {
            let section = match title {
                BOARDS_TITLE => return write_boards(&path),
                DISTILLED_TITLE => distilled::section()?.trim_start_matches("\n## ").to_owned(),
                building::TITLE => building::section()?,
                _ if generated::TITLES.contains(&title) => generated::section(title)?,
                firmware::TITLE => firmware::section()?,
                ranks::TITLE => ranks::section()?,
                _ => {
                    let known = [
                        BOARDS_TITLE,
                        DISTILLED_TITLE,
                        generated::TITLES[0],
                        generated::TITLES[1],
                        building::TITLE,
                        firmware::TITLE,
                        ranks::TITLE,
                    ]
                    .join(", ");
                    return Err(format!("unknown section {title}; these can be made separately: {known}"));
                }
            };
            let section = format!("{section}\nCommit {commit}.\n");
            replace(&std::fs::read_to_string(&path).map_err(failed)?, &section)
        }
    };
    std::fs::write(path, page).map_err(failed)
}

/// Measures single calls on each board again, and writes their sections.
fn write_boards(path: &Path) -> Outcome<()> {
    let failed = |why: std::io::Error| format!("docs/performance.md: {why}");
    let commit = output_or_unknown("git", &["rev-parse", "--short", "HEAD"]);
    let mut page = std::fs::read_to_string(path).map_err(failed)?;
    for (target, what) in BOARDS {
        let section = cost::section(target, what)?;
        page = replace(&page, &format!("{}\nCommit {commit}.\n", section.trim_start_matches("\n## ")));
    }
    std::fs::write(path, page).map_err(failed)
}

/// Returns the page with the section of the same title replaced; a new section is inserted before that of the host.
fn replace(page: &str, section: &str) -> String {
    let title = section.lines().next().unwrap_or_default();
    let mut sections: Vec<&str> = page.split("\n## ").collect();
    match sections.iter().position(|old| old.lines().next() == Some(title)) {
        Some(index) => sections[index] = section,
        None => {
            let host = sections.iter().position(|old| old.starts_with("Host")).unwrap_or(sections.len());
            sections.insert(host, section);
        }
    }
    sections.join("\n## ")
}
