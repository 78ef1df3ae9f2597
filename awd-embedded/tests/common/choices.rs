//! What decides what happens in a test: random numbers, or the bytes of a fuzzer.

/// Choices, one after the other.
pub trait Choices {
    /// A number below this bound, which is at least 1.
    fn below(&mut self, bound: usize) -> usize;

    /// Whether there are no more.
    fn ended(&self) -> bool;

    /// Whether something happens that happens once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }
}

/// Random numbers: splitmix64 (Steele, Lea and Flood 2014). The second field is how many are left.
pub struct Random(pub u64, pub usize);

impl Choices for Random {
    fn below(&mut self, bound: usize) -> usize {
        self.1 = self.1.saturating_sub(1);
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) % bound as u64) as usize
    }

    fn ended(&self) -> bool {
        self.1 == 0
    }
}

/// Bytes of a fuzzer: one for each choice, or two. After the last one each choice is 0, the least eventful.
pub struct Bytes<'a>(pub &'a [u8]);

impl Choices for Bytes<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let count = if bound > 256 { 2 } else { usize::from(bound > 1) };
        let (now, later) = self.0.split_at(count.min(self.0.len()));
        self.0 = later;
        now.iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte)) % bound
    }

    fn ended(&self) -> bool {
        self.0.is_empty()
    }
}
