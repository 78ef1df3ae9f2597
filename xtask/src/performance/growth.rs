//! Whether what scoring and firmware take of a board has grown, against what docs/performance.md says.

use super::{cost, firmware};
use crate::run::{Outcome, root};
use crate::toolchain::FIRMWARE;

/// How much more than the page says is no accident any more.
const GROWTH: f64 = 1.05;

/// Measures again and compares.
pub fn check() -> Outcome<()> {
    let page = root().join("docs/performance.md");
    let page = std::fs::read_to_string(page).map_err(|why| format!("docs/performance.md: {why}"))?;
    for [case, instructions, stack] in cost::rows(FIRMWARE)? {
        compare(&page, &case, &[("instructions", 0, &instructions), ("bytes of stack", 1, &stack)])?;
    }
    for taken in firmware::measure()? {
        let [flash, .., beside] = taken.columns().map(|bytes| bytes.to_string());
        compare(&page, taken.board, &[("bytes of flash", 0, &flash), ("bytes of RAM beside windows", 3, &beside)])?;
    }
    Ok(())
}

/// Compares numbers with those in the same columns of the first row of this name.
fn compare(page: &str, name: &str, numbers: &[(&str, usize, &str)]) -> Outcome<()> {
    let row = page.lines().find_map(|line| line.strip_prefix(&format!("| {name} | ")));
    let row = row.ok_or_else(|| format!("docs/performance.md has no row {name}: cargo xtask performance"))?;
    let before: Vec<f64> = row.split('|').filter_map(|number| number.trim().parse().ok()).collect();
    for &(what, column, now) in numbers {
        let before = before.get(column).ok_or_else(|| format!("docs/performance.md: {name}: no {what}"))?;
        let now: f64 = now.parse().map_err(|why| format!("{name}: {now} {what}: {why}"))?;
        if now > GROWTH * before {
            return Err(format!("{name} takes {now} {what}, and took {before}: docs/performance.md"));
        }
    }
    Ok(())
}
