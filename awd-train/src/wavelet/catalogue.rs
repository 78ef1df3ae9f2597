//! The wavelets that everybody knows, by PyWavelets' names: db1–20, sym2–20, coif1–5.

/// One line a wavelet, its name and its low-pass decomposition filter; made by tests/golden/make.py.
const TABLE: &str = include_str!("catalogue.txt");

/// The names in words, for errors.
pub const KNOWN: &str = "haar, db1–20, sym2–20, coif1–5";

fn rows() -> impl Iterator<Item = (&'static str, std::str::SplitWhitespace<'static>)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut words = line.split_whitespace();
        words.next().map(|name| (name, words))
    })
}

/// The names, shortest filters of each family first.
pub fn names() -> impl Iterator<Item = &'static str> {
    rows().map(|(name, _)| name)
}

/// The low-pass decomposition filter of a wavelet by PyWavelets' name (`haar` is `db1`).
#[must_use]
pub fn taps(name: &str) -> Option<Vec<f64>> {
    let name = if name == "haar" { "db1" } else { name };
    rows().find(|row| row.0 == name).and_then(|(_, taps)| taps.map(|tap| tap.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_parses_and_is_orthogonal() {
        assert_eq!(names().count(), 20 + 19 + 5);
        for name in names() {
            let taps = taps(name).unwrap();
            assert!(crate::wavelet::orthogonality_defect(&taps) < 1e-14, "{name}");
            assert!((taps.iter().sum::<f64>() - std::f64::consts::SQRT_2).abs() < 1e-12, "{name}");
        }
    }
}
