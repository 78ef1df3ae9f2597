//! Labels of classes and of groups, as files have them.

use serde::{Deserialize, Serialize};
use std::fmt::{Display, Formatter};

/// The label of a class or of a group. Numbers come before texts; both ascend.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Label {
    /// A whole number.
    Number(i64),
    /// A text that is not a whole number.
    Text(String),
}

/// Up to this modulus each whole number is a different `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Label {
    /// The label of a text: a number if the text is a whole number, with or without a fraction of zeros.
    pub fn of_text(text: &str) -> Self {
        let text = text.trim();
        let number = text.parse().ok().or_else(|| text.parse().ok().and_then(Self::whole));
        number.map_or_else(|| Self::Text(text.to_owned()), Self::Number)
    }

    /// The label of a number, if it is whole.
    pub fn of_float(value: f64) -> Option<Self> {
        Self::whole(value).map(Self::Number)
    }

    #[expect(clippy::cast_possible_truncation, reason = "it is whole and below the bound")]
    fn whole(value: f64) -> Option<i64> {
        (value.fract() == 0.0 && value.abs() < EXACT).then_some(value as i64)
    }

    /// The number, if it is one.
    pub const fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
        }
    }
}

impl Display for Label {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_have_equal_labels_in_every_form() {
        for text in ["2", " 2 ", "2.0", "2.0000000e+00", "+2", "20e-1"] {
            assert_eq!(Label::of_text(text), Label::Number(2), "{text}");
        }
        assert_eq!((Label::of_float(-1.0), Label::of_float(0.5)), (Some(Label::Number(-1)), None));
        assert_eq!((Label::of_float(f64::NAN), Label::of_float(1e300)), (None, None));
        for text in ["2a", "", "nan", "1.5", "1e300"] {
            assert_eq!(Label::of_text(text), Label::Text(text.into()));
        }
        let mut labels = ["b", "10", "a", "9"].map(Label::of_text);
        labels.sort();
        assert_eq!(labels.map(|label| label.to_string()), ["9", "10", "a", "b"]);
    }
}
