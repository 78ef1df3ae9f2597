//! The table of an evaluation as text.

use awd_train::evaluate::Early;
use awd_train::evaluate::{Difference, Fidelity, Table};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Formats the table as text.
pub fn text(table: &Table) -> String {
    let mut text = format!("{} of {} test windows\n\n", table.metric, table.n_test);
    let _ = writeln!(text, "{:<9} {:>7}  {:<15} {:>10} {:>8}", "model", "score", "95% interval", "parameters", "bytes");
    for row in &table.rows {
        let interval = row.low.zip(row.high).map_or("-".into(), |(low, high)| format!("{low:.4}..{high:.4}"));
        let _ = writeln!(
            text,
            "{:<9} {:>7.4}  {interval:<15} {:>10} {:>8}",
            row.model, row.score, row.parameters, row.bytes
        );
    }
    if let Some(Difference { difference, low, high, p }) = &table.against_teacher {
        let _ = write!(text, "\nawd - teacher: {difference:+.4}");
        if let (Some(low), Some(high), Some(p)) = (low, high, p) {
            let _ = write!(text, "  {low:+.4}..{high:+.4}, p = {p:.4}");
        }
        text.push('\n');
    }
    if let Some(Fidelity { agreement, r2 }) = &table.fidelity {
        let agreement = agreement.map(|agreement| format!("agreement {agreement:.4}"));
        let quantity = if agreement.is_some() { "of probabilities" } else { "of outputs" };
        let r2 = r2.map(|r2| format!("R² {quantity} {r2:.4}"));
        let parts: Vec<String> = agreement.into_iter().chain(r2).collect();
        let _ = writeln!(text, "fidelity to the teacher: {}", parts.join(", "));
    }
    if let Some(groups) = table.groups_test.filter(|_| table.rows.iter().all(|row| row.low.is_some())) {
        let _ = writeln!(text, "\nIntervals are computed from {groups} groups of windows.");
    }
    table.notes.iter().for_each(|note| _ = write!(text, "\n{note}\n"));
    text
}

/// The measures that the table of early events has columns for.
const SHOWN: [&str; 3] = ["r2", "accuracy", "auroc"];

/// Formats the scores of early events, by the share of each event that was seen.
pub fn early(early: &[Early]) -> String {
    let shown = |measured: &BTreeMap<&'static str, f64>| -> Vec<(&str, f64)> {
        SHOWN.iter().filter_map(|name| Some((*name, *measured.get(name)?))).collect()
    };
    let mut text = String::from("\nWith only a part of each event seen:\n\n");
    let Some(Early { rows, .. }) = early.first() else { return text };
    let _ = write!(text, "{:<5}", "seen");
    for (model, measured) in rows {
        shown(measured).iter().for_each(|(name, _)| _ = write!(text, " {:>17}", format!("{model} {name}")));
    }
    text.push('\n');
    for Early { seen, rows } in early {
        let _ = write!(text, "{seen:<5.1}");
        rows.values().flat_map(shown).for_each(|(_, value)| _ = write!(text, " {value:>17.4}"));
        text.push('\n');
    }
    text
}
