//! Windows that host and board make alike, so that neither has to send them: whether a board scores as the host does is told
//! by one number.

use awd_core::model::format::{CRC, Lookup};

/// Makes window after window.
#[derive(Debug, Clone)]
pub struct Windows {
    state: u32,
}

impl Windows {
    /// Windows of their own for each seed.
    #[must_use]
    pub const fn new(seed: u32) -> Self {
        // Xorshift (Marsaglia 2003) stays at zero once it is there.
        Self { state: seed ^ 0x9e37_79b9 | 1 }
    }

    /// The next window: uniform noise in ±2^k, k from −8 to 7, all in numbers that every machine makes alike.
    pub fn fill(&mut self, window: &mut [f32]) {
        let magnitude = self.next() >> 28;
        let scale = f32::from_bits((127 - 31 - 8 + magnitude) << 23);
        for sample in window {
            *sample = self.next().cast_signed() as f32 * scale;
        }
    }

    fn next(&mut self) -> u32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 17;
        self.state ^= self.state << 5;
        self.state
    }
}

/// The bits of an output as host and board compare them: of all NaNs the same, as processors differ in those of their own.
#[must_use]
pub const fn bits(output: f32) -> u32 {
    if output.is_nan() { 0x7fc0_0000 } else { output.to_bits() }
}

/// CRC-32 of outputs, of each the [`bits`] from the lowest on.
pub struct Digest(crc::Digest<'static, u32, Lookup>);

impl Default for Digest {
    fn default() -> Self {
        Self(CRC.digest())
    }
}

impl Digest {
    /// Takes the outputs of the next window.
    pub fn take(&mut self, outputs: &[f32]) {
        outputs.iter().for_each(|output| self.0.update(&bits(*output).to_le_bytes()));
    }

    /// The number.
    #[must_use]
    pub fn finish(self) -> u32 {
        self.0.finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_those_of_the_specification() {
        let mut windows = Windows::new(1);
        let mut window = [0.0; 64];
        let mut greatest = [0.0_f32; 200];
        for greatest in &mut greatest {
            windows.fill(&mut window);
            *greatest = window.iter().fold(0.0, |greatest, sample| greatest.max(sample.abs()));
        }
        // Of every magnitude, and within it.
        assert!(greatest.iter().all(|greatest| (0.002..=128.0).contains(greatest)), "{greatest:?}");
        assert!(greatest.iter().any(|g| *g < 0.004) && greatest.iter().any(|g| *g > 64.0));
        // As docs/protocol.md says it to another program (in Python).
        let mut first = [0.0; 3];
        Windows::new(1).fill(&mut first);
        assert_eq!(first.map(f32::to_bits), [0xbcfe_8d56, 0x3df7_731e, 0x3ac1_d45a]);
        let mut other = [0.0; 64];
        Windows::new(2).fill(&mut other);
        Windows::new(1).fill(&mut window);
        assert!(window != other);
    }

    #[test]
    fn a_digest_tells_one_bit() {
        let of = |outputs: &[f32]| {
            let mut digest = Digest::default();
            digest.take(outputs);
            digest.finish()
        };
        // As Python's zlib.crc32 has it.
        assert_eq!(of(&[1.0, -2.5]), 0x5603_02f4);
        assert_ne!(of(&[1.0, -2.5]), of(&[1.0, f32::from_bits((-2.5_f32).to_bits() ^ 1)]));
    }

    #[test]
    fn one_nan_is_as_another() {
        let of = |output: f32| {
            let mut digest = Digest::default();
            digest.take(&[1.0, output]);
            digest.finish()
        };
        let nans = [0x7fc0_0000, 0xffc0_0000, 0x7f80_0001, 0xffff_ffff].map(f32::from_bits);
        assert!(nans.iter().all(|nan| nan.is_nan() && of(*nan) == of(f32::NAN) && bits(*nan) == bits(f32::NAN)));
        assert!(of(f32::INFINITY) != of(f32::NAN) && of(0.0) != of(-0.0));
    }
}
