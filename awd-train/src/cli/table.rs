//! The table as a person reads it.

use awd_train::evaluate::{Difference, Table};
use std::fmt::Write;

/// The table in words.
pub fn text(table: &Table) -> String {
    let mut text = format!("{} of {} test windows\n\n", table.metric, table.n_test);
    let _ = writeln!(text, "{:<9} {:>7}  {:<15} {:>8} {:>8}", "model", "score", "95% interval", "numbers", "bytes");
    for row in &table.rows {
        let interval = format!("{:.4}..{:.4}", row.low, row.high);
        let _ = writeln!(
            text,
            "{:<9} {:>7.4}  {interval:<15} {:>8} {:>8}",
            row.model, row.score, row.parameters, row.bytes
        );
    }
    if let Some(Difference { difference, low, high, p }) = &table.against_teacher {
        let _ = writeln!(text, "\nawd - teacher: {difference:+.4}  {low:+.4}..{high:+.4}, p = {p:.4}");
    }
    if let Some(groups) = table.groups_test {
        let _ = writeln!(text, "\nIntervals are those of {groups} groups of windows.");
    }
    text
}
