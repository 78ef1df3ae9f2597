//! Formats numbers for the report.

/// Formats a number with few characters.
pub fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        1e-3..1e6 => format!("{value:.4}"),
        _ => format!("{value:.2e}"),
    }
}

/// Formats an integer with thin spaces between groups of three digits.
pub fn thousands(value: usize) -> String {
    let digits = value.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    groups.join("\u{202f}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([0, 12, 1234, 4_000_000].map(thousands), ["0", "12", "1\u{202f}234", "4\u{202f}000\u{202f}000"]);
        assert_eq!([0.0, 0.93712, -12.0, 1e-9].map(short), ["0", "0.9371", "-12.0000", "1.00e-9"]);
    }
}
