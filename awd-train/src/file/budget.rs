//! Limits the memory that the content of a file may take, in proportion to its size. A small file that decompresses to
//! a huge one is refused.

use std::fmt;

/// The bytes that any file may take.
const LEAST: u64 = 256 << 20;

/// The bytes that a larger file may take, in multiples of its size. Measured signals compress to a half or a tenth,
/// arrays that are mostly zero to some hundredths. A file made to fill the memory decompresses to a thousand times its
/// size.
const TIMES: u64 = 64;

/// The rest of the memory that one file may take.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    left: u64,
    most: u64,
}

/// The error of a budget that is exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    most: u64,
}

impl Budget {
    /// The budget of a file of this size.
    pub fn of(bytes: u64) -> Self {
        let most = bytes.saturating_mul(TIMES).max(LEAST);
        Self { left: most, most }
    }

    /// Takes these bytes from the budget, before they are allocated.
    pub fn take(&mut self, bytes: u64) -> Result<(), Exceeded> {
        self.left = self.left.checked_sub(bytes).ok_or(Exceeded { most: self.most })?;
        Ok(())
    }
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [most, least] = [self.most, LEAST].map(size);
        write!(f, "at most {most} in memory: the larger of {TIMES} times the file's size and {least}")
    }
}

/// A number of bytes as text.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..=9999 => format!("{bytes} bytes"),
        _ => {
            let units = ["KB", "MB", "GB", "TB"];
            let power = (bytes.ilog2() / 10).clamp(1, 4);
            format!("{} {}", bytes >> (10 * power), units[power as usize - 1])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_in_proportion_to_the_file() {
        let mut small = Budget::of(10);
        assert!(small.take(LEAST).is_ok());
        assert!(small.take(1).unwrap_err().to_string().starts_with("at most 256 MB"));
        assert!(Budget::of(1 << 30).take(64 << 30).is_ok());
        assert!(Budget::of(u64::MAX).take(u64::MAX).is_ok());
        assert_eq!([9999, 10_240, 1 << 31, 3 << 50].map(size), ["9999 bytes", "10 KB", "2 GB", "3072 TB"]);
    }
}
