//! The same wavelet with more taps, and its nearest wavelets with fewer.

use super::{Family, Wavelet};
use std::iter::repeat_n;

impl Wavelet {
    /// This wavelet extended to `taps` taps, with zeros at its ends, or for a symmetric one with steps that do nothing.
    /// A search that starts there can only find a better one. Empty unless the family has wavelets of `taps` taps and
    /// this one has fewer.
    #[must_use]
    pub fn grown(&self, taps: usize) -> Vec<Self> {
        let own = self.taps();
        let Some(more) = taps.checked_sub(own.len()).filter(|&more| more > 0 && self.family().has(taps)) else {
            return Vec::new();
        };
        match self.family() {
            Family::Orthogonal => {
                let padded = |front| repeat_n(0.0, front).chain(own.iter().copied()).chain(repeat_n(0.0, more - front));
                (0..=more).filter_map(|front| Self::from_taps(&padded(front).collect::<Vec<_>>())).collect()
            }
            // Four taps correspond to a pair of steps.
            Family::Symmetric => {
                let free: Vec<f64> = self.free().iter().copied().chain(repeat_n(0.0, more / 2)).collect();
                Self::from_coefficients(&free).into_iter().collect()
            }
        }
    }

    /// The orthogonal wavelets nearest to this one without two of its end taps: both at one end, or one at each. Empty
    /// for symmetric wavelets and for fewer than four taps.
    #[must_use]
    pub fn shortened(&self) -> Vec<Self> {
        let taps = self.taps();
        let len = taps.len();
        if self.family() == Family::Symmetric || len < 4 {
            return Vec::new();
        }
        [&taps[2..], &taps[1..len - 1], &taps[..len - 2]].into_iter().filter_map(Self::from_taps).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wavelet::distance;

    #[test]
    fn a_grown_wavelet_is_the_same_one() {
        for name in ["haar", "db3", "coif1"] {
            let wavelet = Wavelet::named(name).unwrap();
            let taps = wavelet.taps();
            for more in [2, 4] {
                let grown = wavelet.grown(taps.len() + more);
                assert!(!grown.is_empty(), "{name}");
                for grown in grown {
                    assert_eq!(grown.taps().len(), taps.len() + more);
                    assert!(distance(&grown.taps(), &taps) < 1e-8, "{name}: {:?}", grown.taps());
                }
            }
            assert!(wavelet.grown(taps.len()).is_empty() && wavelet.grown(taps.len() + 1).is_empty());
        }
        let symmetric = Wavelet::from_coefficients(&[-1.5, -0.06]).unwrap();
        let grown = &symmetric.grown(14)[0];
        assert_eq!((grown.taps().len(), grown.free().len()), (14, 4));
        assert!(distance(&grown.taps(), &symmetric.taps()) < 1e-9);
    }

    #[test]
    fn shortening_undoes_growing() {
        let db3 = Wavelet::named("db3").unwrap();
        for grown in db3.grown(8) {
            let back = grown.shortened();
            assert!(back.iter().any(|back| distance(&back.taps(), &db3.taps()) < 1e-9), "{:?}", grown.taps());
        }
        assert!(Wavelet::named("haar").unwrap().shortened().is_empty());
    }
}
