//! Checks that the cost of scoring and firmware on boards has not grown since docs/performance.md was made.

use super::{cost, firmware};
use crate::run::{Outcome, root};
use crate::toolchain::FIRMWARE;

/// A figure greater than this multiple of the one in the page fails the check.
const GROWTH: f64 = 1.05;

/// Measures again and compares with the page.
pub fn check() -> Outcome<()> {
    let page = root().join("docs/performance.md");
    let page = std::fs::read_to_string(page).map_err(|why| format!("docs/performance.md: {why}"))?;
    for [case, instructions, stack] in cost::rows(FIRMWARE)? {
        compare(&page, &case, &[("instructions", 0, &instructions), ("bytes of stack", 1, &stack)])?;
    }
    for usage in firmware::measure()? {
        let [flash, .., ram] = usage.columns().map(|bytes| bytes.to_string());
        compare(&page, usage.board, &[("bytes of flash", 0, &flash), ("bytes of RAM without windows", 3, &ram)])?;
    }
    Ok(())
}

/// Compares figures (unit, column, value) with those in the first row of this name.
fn compare(page: &str, name: &str, figures: &[(&str, usize, &str)]) -> Outcome<()> {
    let row = page.lines().find_map(|line| line.strip_prefix(&format!("| {name} | ")));
    let row =
        row.ok_or_else(|| format!("docs/performance.md has no row {name}; to add it: cargo xtask performance"))?;
    let before: Vec<f64> = row.split('|').filter_map(|figure| figure.trim().parse().ok()).collect();
    for &(unit, column, now) in figures {
        let before =
            before.get(column).ok_or_else(|| format!("docs/performance.md: the row {name} has no column of {unit}"))?;
        let now: f64 = now.parse().map_err(|why| format!("{name}: {now} {unit}: {why}"))?;
        if now > GROWTH * before {
            return Err(format!(
                "{name}: at most {GROWTH} times the {before} {unit} in docs/performance.md; it takes {now}"
            ));
        }
    }
    Ok(())
}
