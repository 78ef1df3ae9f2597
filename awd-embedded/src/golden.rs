//! Test windows that host and board generate identically, so that neither has to send them. One checksum of the outputs
//! then tells whether the board's scores equal the host's.

use awd_core::model::format::{CRC, Lookup};

/// A generator of test windows.
#[derive(Debug, Clone)]
pub struct Windows {
    state: u32,
}

impl Windows {
    /// A generator whose windows depend on `seed`.
    #[must_use]
    pub const fn new(seed: u32) -> Self {
        // A xorshift generator (Marsaglia 2003) never leaves the state zero, so set one bit.
        Self { state: seed ^ 0x9e37_79b9 | 1 }
    }

    /// Generates the next window: uniform noise in ±2^k, k from −8 to 7. Every machine generates the same bits.
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

/// The bits of an output as host and board compare them. All NaNs get the same bits, because processors differ in the
/// NaNs that they produce.
#[must_use]
pub const fn bits(output: f32) -> u32 {
    if output.is_nan() { 0x7fc0_0000 } else { output.to_bits() }
}

/// CRC-32 of outputs, computed over the little-endian [`bits`] of each.
pub struct Digest(crc::Digest<'static, u32, Lookup>);

impl Default for Digest {
    fn default() -> Self {
        Self(CRC.digest())
    }
}

impl Digest {
    /// Adds the outputs of the next window.
    pub fn take(&mut self, outputs: &[f32]) {
        outputs.iter().for_each(|output| self.0.update(&bits(*output).to_le_bytes()));
    }

    /// The CRC-32 of all outputs added.
    #[must_use]
    pub fn finish(self) -> u32 {
        self.0.finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_match_the_specification() {
        let mut windows = Windows::new(1);
        let mut window = [0.0; 64];
        let mut greatest = [0.0_f32; 200];
        for greatest in &mut greatest {
            windows.fill(&mut window);
            *greatest = window.iter().fold(0.0, |greatest, sample| greatest.max(sample.abs()));
        }
        // The magnitudes of the windows span the whole range and stay within it.
        assert!(greatest.iter().all(|greatest| (0.002..=128.0).contains(greatest)), "{greatest:?}");
        assert!(greatest.iter().any(|g| *g < 0.004) && greatest.iter().any(|g| *g > 64.0));
        // Computed by a Python program that follows docs/protocol.md.
        let mut first = [0.0; 3];
        Windows::new(1).fill(&mut first);
        assert_eq!(first.map(f32::to_bits), [0xbcfe_8d56, 0x3df7_731e, 0x3ac1_d45a]);
        let mut other = [0.0; 64];
        Windows::new(2).fill(&mut other);
        Windows::new(1).fill(&mut window);
        assert!(window != other);
    }

    #[test]
    fn a_digest_detects_one_bit() {
        let digest_of = |outputs: &[f32]| {
            let mut digest = Digest::default();
            digest.take(outputs);
            digest.finish()
        };
        // Computed with Python's zlib.crc32.
        assert_eq!(digest_of(&[1.0, -2.5]), 0x5603_02f4);
        assert_ne!(digest_of(&[1.0, -2.5]), digest_of(&[1.0, f32::from_bits((-2.5_f32).to_bits() ^ 1)]));
    }

    #[test]
    fn all_nans_have_the_same_digest() {
        let digest_of = |output: f32| {
            let mut digest = Digest::default();
            digest.take(&[1.0, output]);
            digest.finish()
        };
        let nans = [0x7fc0_0000, 0xffc0_0000, 0x7f80_0001, 0xffff_ffff].map(f32::from_bits);
        let same = |nan: &f32| digest_of(*nan) == digest_of(f32::NAN) && bits(*nan) == bits(f32::NAN);
        assert!(nans.iter().all(|nan| nan.is_nan() && same(nan)));
        assert!(digest_of(f32::INFINITY) != digest_of(f32::NAN) && digest_of(0.0) != digest_of(-0.0));
    }
}
