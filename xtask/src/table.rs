//! What `cargo xtask test` did, and what it could not do: one table at its end.

use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A line of the table.
struct Row {
    what: String,
    /// Tests that passed and that failed; of a step one.
    passed: usize,
    failed: usize,
    seconds: f64,
    /// Why tests were skipped, and what would run them.
    skipped: Vec<String>,
}

static ROWS: Mutex<Vec<Row>> = Mutex::new(Vec::new());

fn rows() -> MutexGuard<'static, Vec<Row>> {
    ROWS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A step has ended.
pub fn step(what: &str, passed: bool, seconds: f64) {
    let (passed, failed) = (usize::from(passed), usize::from(!passed));
    rows().push(Row { what: what.into(), passed, failed, seconds, skipped: Vec::new() });
}

/// A step was skipped.
pub fn skipped(what: &str, why: &str) {
    rows().push(Row { what: what.into(), passed: 0, failed: 0, seconds: 0.0, skipped: vec![why.into()] });
}

/// What a tester printed, a line at a time.
#[derive(Default)]
pub struct Tester {
    open: Option<Row>,
}

/// What tests print that did not run.
const SKIPPED: &str = "SKIPPED, NOT PASSED: ";

impl Tester {
    /// Takes a line of `cargo test`.
    pub fn line(&mut self, line: &str) {
        let words = line.trim();
        let file = words.strip_prefix("Running ").and_then(|rest| rest.split(" (").next());
        let file = file.or_else(|| words.strip_prefix("Doc-tests "));
        if let Some(file) = file {
            self.end();
            // Of unit tests the crate is only in the program's name, before its hash.
            let program = words.rsplit('/').next().and_then(|name| name.rsplit_once('-')).map_or("", |(name, _)| name);
            let what = file.strip_prefix("unittests ").map_or(file.to_owned(), |file| format!("{program} {file}"));
            self.open = Some(Row { what, passed: 0, failed: 0, seconds: 0.0, skipped: Vec::new() });
        }
        let Some(row) = &mut self.open else { return };
        // Other tests may be in the middle of a line.
        if let Some((_, why)) = line.split_once(SKIPPED) {
            row.skipped.push(why.trim().to_owned());
        }
        let Some(result) = words.strip_prefix("test result: ") else { return };
        let count = |of: &str| {
            let before = result.split(of).next().unwrap_or_default().trim_end();
            before.rsplit(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0)
        };
        row.passed += count(" passed");
        row.failed += count(" failed");
        let seconds =
            result.rsplit("finished in ").next().and_then(|rest| rest.trim_end_matches('s').parse::<f64>().ok());
        row.seconds += seconds.unwrap_or(0.0);
    }

    /// There are no more lines.
    pub fn end(&mut self) {
        if let Some(row) = self.open.take().filter(|row| row.passed + row.failed + row.skipped.len() > 0) {
            rows().push(row);
        }
    }
}

/// The table of all that there was. A test that was skipped is not among those that passed.
pub fn text() -> String {
    let rows = rows();
    let wide = rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
    let mut text = format!("\n{:<wide$} {:>7} {:>7} {:>7} {:>8}\n", "", "passed", "failed", "skipped", "seconds");
    let mut sums = [0; 3];
    for Row { what, passed, failed, seconds, skipped } in rows.iter() {
        let counts = [passed.saturating_sub(of_tests(*passed, skipped)), *failed, skipped.len()];
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        let [passed, failed, out] = counts;
        let _ = writeln!(text, "{what:<wide$} {passed:>7} {failed:>7} {out:>7} {seconds:>8.0}");
        let mut told: Vec<&String> = Vec::new();
        for why in skipped {
            if !told.contains(&why) {
                told.push(why);
                let times = skipped.iter().filter(|other| *other == why).count();
                let times = if times > 1 { format!(" ({times} times)") } else { String::new() };
                let _ = writeln!(text, "  skipped: {why}{times}");
            }
        }
    }
    let [passed, failed, out] = sums;
    let _ = write!(text, "\n{passed} passed, {failed} failed, {out} skipped");
    text
}

/// How many of the tests that passed were skipped: such a test prints that and returns.
fn of_tests(passed: usize, skipped: &[String]) -> usize {
    skipped.len().min(passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_testers_print_is_counted() {
        let mut tester = Tester::default();
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
            tester.line(line);
        }
        tester.end();
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
