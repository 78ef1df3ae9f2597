//! How much a model may have at most, where that takes memory whether it is used or not. A board with little RAM lowers it when
//! it is compiled, by environment variables of these names; a model that has more is refused by its field.

use crate::lifting::MAX_STEPS;

/// Terms of the largest model: 128, or what `AWD_MAX_TERMS` lowers it to.
pub const MAX_TERMS: usize = lowered(option_env!("AWD_MAX_TERMS"), 128);

/// Weights of the largest readout, all outputs together: 512, or what `AWD_MAX_WEIGHTS` lowers it to.
pub const MAX_WEIGHTS: usize = lowered(option_env!("AWD_MAX_WEIGHTS"), 512);

/// Steps of all ladders of a transform together: 42, two of the longest, or what `AWD_MAX_STEPS` lowers it to.
pub const MAX_ALL_STEPS: usize = lowered(option_env!("AWD_MAX_STEPS"), 2 * MAX_STEPS);

/// The variable's number, if it has one.
const fn lowered(variable: Option<&str>, most: usize) -> usize {
    let Some(digits) = variable else { return most };
    let (mut rest, mut number) = (digits.as_bytes(), 0);
    while let [digit, later @ ..] = rest {
        assert!(digit.is_ascii_digit() && number <= most, "a number from 2 to the usual capacity");
        number = 10 * number + (*digit - b'0') as usize;
        rest = later;
    }
    assert!(2 <= number && number <= most, "a number from 2 to the usual capacity");
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_lowers_and_nothing_else() {
        assert_eq!((lowered(None, 512), lowered(Some("64"), 512), lowered(Some("512"), 512)), (512, 64, 512));
        extern crate std;
        for bad in ["", "0", "1", "513", "5120", "-4", "6 4"] {
            assert!(std::panic::catch_unwind(|| lowered(Some(bad), 512)).is_err(), "{bad}");
        }
    }
}
