//! docs/performance.md: what scoring costs, on the emulated board and on the host, and what distilling costs.

mod building;
mod cost;
mod distilled;
mod firmware;
mod growth;
mod host;
mod memory;
mod ranks;

use crate::awd::Awd;
use crate::needs;
use crate::run::{Outcome, root, said};
use memory::BOARDS;
use std::path::Path;

pub use cost::json;
pub use distilled::instructions;
pub use growth::check;

/// What makes the sections of [`BOARDS`] anew.
const BOARDS_TITLE: &str = "Boards";

/// What makes the section about distilled models anew.
const DISTILLED_TITLE: &str = "Distilled";

/// Measures and writes the page; or the section of this title alone, the others as they are.
pub fn write(title: Option<&str>) -> Outcome<()> {
    needs::install()?;
    Awd::build()?;
    let place = root().join("docs/performance.md");
    let failed = |why: std::io::Error| format!("docs/performance.md: {why}");
    let commit = said("git", &["rev-parse", "--short", "HEAD"]);
    let page = match title {
        None => {
            let mut page = format!("# Performance\n\nMade by `cargo xtask performance`. Commit {commit}.\n");
            for (target, what) in BOARDS {
                page += &cost::section(target, what)?;
            }
            page += &distilled::section()?;
            page += &format!("\n## {}", firmware::section()?);
            page += &host::on_host()?;
            page += &host::distilling()?;
            page += &format!("\n## {}", ranks::section()?);
            page + &format!("\n## {}", building::section()?)
        }
        Some(title) => {
            let section = match title {
                BOARDS_TITLE => return write_boards(&place),
                DISTILLED_TITLE => distilled::section()?.trim_start_matches("\n## ").to_owned(),
                building::TITLE => building::section()?,
                firmware::TITLE => firmware::section()?,
                ranks::TITLE => ranks::section()?,
                _ => {
                    let known =
                        [BOARDS_TITLE, DISTILLED_TITLE, building::TITLE, firmware::TITLE, ranks::TITLE].join(", ");
                    return Err(format!("{title} is no section that is made by itself; these are: {known}"));
                }
            };
            let section = format!("{section}\nCommit {commit}.\n");
            replace(&std::fs::read_to_string(&place).map_err(failed)?, &section)
        }
    };
    std::fs::write(place, page).map_err(failed)
}

/// Measures single calls on each board again, and writes their sections.
fn write_boards(place: &Path) -> Outcome<()> {
    let failed = |why: std::io::Error| format!("docs/performance.md: {why}");
    let commit = said("git", &["rev-parse", "--short", "HEAD"]);
    let mut page = std::fs::read_to_string(place).map_err(failed)?;
    for (target, what) in BOARDS {
        let section = cost::section(target, what)?;
        page = replace(&page, &format!("{}\nCommit {commit}.\n", section.trim_start_matches("\n## ")));
    }
    std::fs::write(place, page).map_err(failed)
}

/// The page with another section of the same title, or with one more before that of the host.
fn replace(page: &str, section: &str) -> String {
    let title = section.lines().next().unwrap_or_default();
    let mut sections: Vec<&str> = page.split("\n## ").collect();
    match sections.iter().position(|old| old.lines().next() == Some(title)) {
        Some(place) => sections[place] = section,
        None => {
            let host = sections.iter().position(|old| old.starts_with("Host")).unwrap_or(sections.len());
            sections.insert(host, section);
        }
    }
    sections.join("\n## ")
}
