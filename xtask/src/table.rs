//! The table that `cargo xtask test` prints at its end: what passed, failed and was skipped.

use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A line of the table.
struct Row {
    what: String,
    /// The number of tests that passed and that failed; a step counts as one test.
    passed: usize,
    failed: usize,
    seconds: f64,
    /// For each skipped test the reason and what would run it.
    skipped: Vec<String>,
}

static ROWS: Mutex<Vec<Row>> = Mutex::new(Vec::new());

fn rows() -> MutexGuard<'static, Vec<Row>> {
    ROWS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds a step that has ended.
pub fn step(what: &str, passed: bool, seconds: f64) {
    let (passed, failed) = (usize::from(passed), usize::from(!passed));
    rows().push(Row { what: what.into(), passed, failed, seconds, skipped: Vec::new() });
}

/// Adds a step that was skipped.
pub fn skipped(what: &str, why: &str) {
    rows().push(Row { what: what.into(), passed: 0, failed: 0, seconds: 0.0, skipped: vec![why.into()] });
}

/// Counts test results in the output of `cargo test`, line by line.
#[derive(Default)]
pub struct Counter {
    /// The row of the current test program.
    open: Option<Row>,
}

/// The prefix that skipped tests print.
const SKIPPED: &str = "SKIPPED, NOT PASSED: ";

impl Counter {
    /// Takes the next line of `cargo test`.
    pub fn line(&mut self, line: &str) {
        let words = line.trim();
        let file = words.strip_prefix("Running ").and_then(|rest| rest.split(" (").next());
        let file = file.or_else(|| words.strip_prefix("Doc-tests "));
        if let Some(file) = file {
            self.end();
            // For unit tests only the program's name, before its hash, contains the crate.
            let program = words.rsplit('/').next().and_then(|name| name.rsplit_once('-')).map_or("", |(name, _)| name);
            let what = file.strip_prefix("unittests ").map_or(file.to_owned(), |file| format!("{program} {file}"));
            self.open = Some(Row { what, passed: 0, failed: 0, seconds: 0.0, skipped: Vec::new() });
        }
        let Some(row) = &mut self.open else { return };
        // The message may be inside a line of another test.
        if let Some((_, why)) = line.split_once(SKIPPED) {
            row.skipped.push(why.trim().to_owned());
        }
        let Some(result) = words.strip_prefix("test result: ") else { return };
        let count = |kind: &str| {
            let before = result.split(kind).next().unwrap_or_default().trim_end();
            before.rsplit(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0)
        };
        row.passed += count(" passed");
        row.failed += count(" failed");
        let seconds =
            result.rsplit("finished in ").next().and_then(|rest| rest.trim_end_matches('s').parse::<f64>().ok());
        row.seconds += seconds.unwrap_or(0.0);
    }

    /// Ends the current test program and adds its row.
    pub fn end(&mut self) {
        if let Some(row) = self.open.take().filter(|row| row.passed + row.failed + row.skipped.len() > 0) {
            rows().push(row);
        }
    }
}

/// The table of all rows. A skipped test does not count as passed.
pub fn text() -> String {
    let rows = rows();
    let width = rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
    let mut text = format!("\n{:<width$} {:>7} {:>7} {:>7} {:>8}\n", "", "passed", "failed", "skipped", "seconds");
    let mut sums = [0; 3];
    for Row { what, passed, failed, seconds, skipped } in rows.iter() {
        let counts = [passed.saturating_sub(skipped_tests(*passed, skipped)), *failed, skipped.len()];
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        let [passed, failed, omitted] = counts;
        let _ = writeln!(text, "{what:<width$} {passed:>7} {failed:>7} {omitted:>7} {seconds:>8.0}");
        let mut printed: Vec<&String> = Vec::new();
        for why in skipped {
            if !printed.contains(&why) {
                printed.push(why);
                let times = skipped.iter().filter(|other| *other == why).count();
                let times = if times > 1 { format!(" ({times} times)") } else { String::new() };
                let _ = writeln!(text, "  skipped: {why}{times}");
            }
        }
    }
    let [passed, failed, omitted] = sums;
    let _ = write!(text, "\n{passed} passed, {failed} failed, {omitted} skipped");
    text
}

/// The number of tests that were skipped but that cargo counts as passed: such a test prints a message and returns.
fn skipped_tests(passed: usize, skipped: &[String]) -> usize {
    skipped.len().min(passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_results_in_the_output_of_cargo_test() {
        let mut counter = Counter::default();
        for line in [
            "   Compiling awd v0.1.0",
            "     Running unittests src/lib.rs (target/release/deps/a-1)",
            "test a ... SKIPPED, NOT PASSED: needs `cargo xtask test --full`",
            "ok",
            "SKIPPED, NOT PASSED: needs `cargo xtask test --full`",
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 3.50s",
            "     Running tests/b.rs (target/release/deps/b-1)",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "   Doc-tests c",
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ] {
            counter.line(line);
        }
        counter.end();
        step("format", true, 1.0);
        skipped("firmware", "rustup target add x");
        let text = text();
        let found = |what: &str| {
            let line = text.lines().find(|line| line.starts_with(what)).unwrap_or_else(|| panic!("{what}: {text}"));
            line.strip_prefix(what).unwrap_or_default().split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(found("a src/lib.rs"), ["10", "0", "2", "4"]);
        assert_eq!(found("tests/b.rs"), ["1", "2", "0", "0"]);
        assert_eq!(found("firmware"), ["0", "0", "1", "0"]);
        assert!(text.contains("  skipped: needs `cargo xtask test --full` (2 times)\n"), "{text}");
        assert!(text.ends_with("\n12 passed, 2 failed, 3 skipped") && !text.contains("\nc "), "{text}");
    }
}
