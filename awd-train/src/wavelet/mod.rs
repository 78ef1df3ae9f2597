//! Wavelets that are valid by construction: free parameters ↔ filter → lifting scheme.

mod bank;
mod catalogue;
mod distance;
mod filter;
mod lattice;
mod length;
mod levels;
mod projection;
mod scheme;
mod shape;
mod support;
mod symmetric;

use awd_core::wavelet::MAX_FILTER;
use awd_core::wavelet::MAX_TAP;
use awd_core::{Lifting, Step};
use num_dual::{Dual64, DualNum};
use serde::{Deserialize, Serialize};

pub use bank::{Bank, band_scales, coefficients, dual_boundary, dwt};
pub use catalogue::{KNOWN, names, taps as named};
pub use distance::distance;
pub use filter::{biorthogonality_defect, orthogonality_defect, taps_of_scheme};
pub use lattice::{closed, taps_of};
pub use levels::Wavelets;
pub use projection::project;
pub use shape::{Sampled, Shape};

/// A family of wavelets that differ in a few free parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// 2K taps from K − 1 free lattice angles in radians. A last angle makes the sum π/4, so that the low-pass filter
    /// has gain √2 and the high-pass filter a zero at frequency 0 (Vaidyanathan 1993, ch. 6).
    Orthogonal,
    /// 4m + 2 taps from 2m − 2 free coefficients of symmetric lifting steps: biorthogonal, with linear phase.
    Symmetric,
}

impl Family {
    /// Whether the family has wavelets of `taps` taps.
    #[must_use]
    pub const fn has(self, taps: usize) -> bool {
        match self {
            Self::Orthogonal => taps >= 2 && taps.is_multiple_of(2),
            Self::Symmetric => taps >= 6 && taps % 4 == 2,
        }
    }
}

/// A wavelet of a family.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub struct Wavelet {
    free: Vec<f64>,
    analysis: Bank,
    dual: Bank,
    /// How the orthogonal scheme was found; `None` for a symmetric wavelet, which is defined by its scheme.
    path: Option<scheme::Path>,
}

/// The serialised form, which restores a wavelet to the bit.
#[derive(Serialize, Deserialize)]
struct Stored {
    free: Vec<f64>,
    path: Option<scheme::Path>,
}

impl From<Wavelet> for Stored {
    fn from(Wavelet { free, path, .. }: Wavelet) -> Self {
        Self { free, path }
    }
}

impl TryFrom<Stored> for Wavelet {
    type Error = &'static str;

    fn try_from(Stored { free, path }: Stored) -> Result<Self, Self::Error> {
        let wavelet = match path {
            Some(path) => Self::along(&free, Some(&path)),
            None => Self::from_coefficients(&free),
        };
        wavelet.ok_or("a wavelet with a bounded lifting scheme")
    }
}

impl Wavelet {
    /// The orthogonal wavelet of K − 1 free angles in radians. `None` if no scheme keeps its taps within the bound
    /// [`awd_core::wavelet::MAX_TAP`]. `hint` is a wavelet close by, whose scheme is tried first.
    #[must_use]
    pub fn from_angles(free: &[f64], hint: Option<&Self>) -> Option<Self> {
        Self::along(free, hint.and_then(|near| near.path.as_ref()))
    }

    fn along(free: &[f64], path: Option<&scheme::Path>) -> Option<Self> {
        let taps = taps_of(&closed(free));
        let near = path.and_then(|path| scheme::factor(&taps, path).map(|scheme| (path.clone(), scheme)));
        let (path, scheme) = match near.filter(|(_, scheme)| scheme.is_valid(taps.len())) {
            Some(found) => found,
            None => scheme::search(&taps)?,
        };
        let steps: Vec<_> = scheme.steps.iter().map(|&(offset, taps)| Step::new(offset, taps)).collect();
        let bank = Bank { lifting: lifting(taps.len(), scheme.origin, &steps)?, scale: scheme.scale };
        Some(Self { free: free.to_vec(), analysis: bank.clone(), dual: bank, path: Some(path) })
    }

    /// The symmetric wavelet of 2m − 2 free coefficients, predict and update in turn. `None` if a coefficient exceeds
    /// the bound [`awd_core::wavelet::MAX_TAP`].
    #[must_use]
    pub fn from_coefficients(free: &[f64]) -> Option<Self> {
        let (coefficients, scale) = symmetric::closed(free);
        // Negated, so that NaN is refused too.
        if !coefficients.iter().all(|c| c.abs() <= MAX_TAP) {
            return None;
        }
        let steps = coefficients.iter().enumerate().map(|(i, &c)| Step::new(if i % 2 == 0 { 0 } else { -1 }, [c; 2]));
        // A scheme's last step changes the detail.
        let steps: Vec<_> = steps.chain([Step::new(0, [0.0; 2])]).collect();
        let lifting = lifting(symmetric::filter_len(coefficients.len()), [0, 1], &steps)?;
        let dual = Bank { lifting: lifting.dual().ok()?, scale: scale.map(f64::recip) };
        Some(Self { free: free.to_vec(), analysis: Bank { lifting, scale }, dual, path: None })
    }

    /// The wavelet of the same family with other free parameters; `None` if it has no bounded scheme.
    #[must_use]
    pub fn moved(&self, free: &[f64]) -> Option<Self> {
        match self.family() {
            Family::Orthogonal => Self::from_angles(free, Some(self)),
            Family::Symmetric => Self::from_coefficients(free),
        }
    }

    /// The orthogonal wavelet of a low-pass decomposition filter in PyWavelets' order. For a filter that is not
    /// orthogonal, the nearest wavelet ([`project`]). `None` if it has no scheme within the bound, or if the taps are
    /// invalid: an odd number, none, more than [`awd_core::wavelet::MAX_FILTER`], or not finite.
    #[must_use]
    pub fn from_taps(taps: &[f64]) -> Option<Self> {
        let valid_length = (2..=usize::from(MAX_FILTER)).contains(&taps.len()) && taps.len().is_multiple_of(2);
        let valid = valid_length && taps.iter().all(|tap| tap.is_finite());
        valid.then(|| project(taps)).and_then(|angles| Self::from_angles(&angles, None))
    }

    /// An orthogonal wavelet of the catalogue by PyWavelets' name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::from_taps(&catalogue::taps(name)?)
    }

    /// Its family.
    #[must_use]
    pub const fn family(&self) -> Family {
        if self.path.is_some() { Family::Orthogonal } else { Family::Symmetric }
    }

    /// The free parameters: K − 1 angles in radians, or 2m − 2 coefficients.
    #[must_use]
    pub fn free(&self) -> &[f64] {
        &self.free
    }

    /// The low-pass decomposition filter in PyWavelets' order, of gain √2.
    #[must_use]
    pub fn taps(&self) -> Vec<f64> {
        match self.family() {
            Family::Orthogonal => taps_of(&closed(&self.free)),
            Family::Symmetric => taps_of_scheme(self.lifting().scheme()),
        }
    }

    /// The bank that analyses signals, Ψ.
    #[must_use]
    pub const fn analysis(&self) -> &Bank {
        &self.analysis
    }

    /// The bank that turns gradients with respect to samples into gradients with respect to coefficients, Ψ⁻ᵀ. For an
    /// orthogonal wavelet it is the analysis bank.
    #[must_use]
    pub const fn dual(&self) -> &Bank {
        &self.dual
    }

    /// The lifting scheme of the analysis, without scales. It is what is deployed.
    #[must_use]
    pub const fn lifting(&self) -> &Lifting<f64> {
        &self.analysis.lifting
    }

    /// Derivatives of every tap of the analysis scheme (step by step, two per step) and of its two scales, with one row
    /// for each free parameter. Exact, by dual numbers.
    #[must_use]
    pub fn jacobian(&self) -> Vec<Vec<f64>> {
        let row = |i: usize| {
            let free: Vec<Dual64> = (self.free.iter().enumerate())
                .map(|(j, &parameter)| Dual64::new(parameter, f64::from(u8::from(i == j))))
                .collect();
            self.taps_and_scales(&free).iter().map(|value| value.eps).collect()
        };
        (0..self.free.len()).map(row).collect()
    }

    /// The same for the dual bank.
    #[must_use]
    pub fn dual_jacobian(&self) -> Vec<Vec<f64>> {
        let mut rows = self.jacobian();
        if self.family() == Family::Symmetric {
            let taps = 2 * self.dual.lifting.scheme().steps().len();
            for row in &mut rows {
                // Steps are symmetric, so the dual's taps are the negated ones. Its scales are the reciprocals.
                let scales = self.dual.scale.iter().zip(&row[row.len() - 2..]).map(|(scale, by)| -by * scale * scale);
                *row = row[..taps].iter().map(|by| -by).chain(scales).collect();
            }
        }
        rows
    }

    /// Taps and scales of the analysis bank for free parameters close to this wavelet's.
    fn taps_and_scales<D: DualNum<Primitive = f64> + Copy>(&self, free: &[D]) -> Vec<D> {
        if let Some(path) = &self.path {
            let scheme = scheme::factor(&taps_of(&closed(free)), path);
            let scheme = scheme.expect("the wavelet was built along this path");
            return scheme.steps.iter().flat_map(|(_, taps)| *taps).chain(scheme.scale).collect();
        }
        let (coefficients, scale) = symmetric::closed(free);
        let closing = [D::from(0.0); 2];
        coefficients.iter().flat_map(|&c| [c; 2]).chain(closing).chain(scale).collect()
    }

    /// max |⟨g, h shifted by 2m⟩ − δₘ| over the low-pass filters of the scheme and of its dual, which are the same if
    /// the wavelet is orthogonal. 0 for an exact wavelet.
    #[must_use]
    pub fn orthogonality_defect(&self) -> f64 {
        let [g, h] = [&self.analysis, &self.dual].map(|bank| taps_of_scheme(bank.lifting.scheme()));
        biorthogonality_defect(&g, &h)
    }
}

fn lifting(filter_len: usize, origin: [i8; 2], steps: &[Step<f64>]) -> Option<Lifting<f64>> {
    Lifting::new(u8::try_from(filter_len).ok()?, origin, steps).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use awd_core::{Boundary, Dwt, named::CDF53, named::CDF97};
    use proptest::prelude::*;

    #[test]
    fn the_catalogue_is_orthogonal_and_its_schemes_make_its_taps() {
        for name in ["haar", "db2", "db5", "db10", "sym2", "sym8", "coif1", "coif2"] {
            let taps = named(name).unwrap();
            let wavelet = Wavelet::named(name).unwrap_or_else(|| panic!("{name} has no scheme"));
            assert!(orthogonality_defect(&wavelet.taps()) < 1e-13, "{name}");
            for (a, b) in taps_of_scheme(wavelet.lifting().scheme()).iter().zip(&taps) {
                assert!((a - b).abs() < 1e-12, "{name}: {a} {b}");
            }
        }
    }

    #[test]
    fn invalid_filters_are_refused() {
        for taps in [vec![], vec![1.0], vec![1.0; 3], vec![0.1; 42], vec![f64::NAN, 1.0], vec![1.0, f64::INFINITY]] {
            assert!(Wavelet::from_taps(&taps).is_none(), "{taps:?}");
        }
        assert!(Wavelet::from_taps(&[0.0; 4]).is_none_or(|wavelet| wavelet.orthogonality_defect() < 1e-12));
    }

    #[test]
    fn the_jacobians_equal_central_differences() {
        let values = |bank: &Bank| -> Vec<f64> {
            bank.lifting.scheme().steps().flat_map(|step| step.taps).chain(bank.scale).collect()
        };
        let symmetric = Wavelet::from_coefficients(&[-1.5, -0.06, 0.8, 0.5]).unwrap();
        for wavelet in [Wavelet::named("db4").unwrap(), symmetric] {
            let bank = |wavelet: &Wavelet, dual| if dual { wavelet.dual().clone() } else { wavelet.analysis().clone() };
            for (rows, dual) in [(wavelet.jacobian(), false), (wavelet.dual_jacobian(), true)] {
                assert_eq!(rows.len(), wavelet.free().len());
                for (i, row) in rows.iter().enumerate() {
                    let moved = |h: f64| {
                        let mut free = wavelet.free().to_vec();
                        free[i] += h;
                        values(&bank(&wavelet.moved(&free).unwrap(), dual))
                    };
                    let (up, down) = (moved(1e-6), moved(-1e-6));
                    assert_eq!(up.len(), row.len());
                    for ((up, down), exact) in up.iter().zip(down).zip(row) {
                        assert!(((up - down) / 2e-6 - exact).abs() < 1e-6 * (1.0 + exact.abs()), "{i}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_wavelets_of_jpeg_2000_are_symmetric_ones() {
        let (predict, update) = (CDF97.steps[0].taps[0], CDF97.steps[1].taps[0]);
        for (free, named) in [(vec![], CDF53), (vec![predict, update], CDF97)] {
            let wavelet = Wavelet::from_coefficients(&free).unwrap();
            let scheme: Lifting<f64> = named.lifting().unwrap();
            assert_eq!(
                (wavelet.lifting().scheme().filter_len(), wavelet.lifting().scheme().origin()),
                (scheme.scheme().filter_len(), scheme.scheme().origin())
            );
            for (made, known) in wavelet.lifting().scheme().steps().zip(scheme.scheme().steps()) {
                assert_eq!(made.offset, known.offset, "{}", named.name);
                assert!((made.taps[0] - known.taps[0]).abs() < 1e-9 && made.taps[0] == made.taps[1], "{}", named.name);
            }
            for (made, known) in wavelet.analysis().scale.iter().zip(named.scale) {
                assert!((made - known).abs() < 1e-9, "{}", named.name);
            }
        }
    }

    proptest! {
        #[test]
        fn any_wavelet_reconstructs_and_keeps_the_energy(
            free in prop::collection::vec(-3.0..3.0, 0..5), zero: bool, levels in 1..5_u8,
            x in prop::collection::vec(-9.0..9.0_f64, 2..70),
        ) {
            let Some(wavelet) = Wavelet::from_angles(&free, None) else { return Ok(()) };
            let boundary = if zero { Boundary::Zero } else { Boundary::Periodization };
            let dwt = Dwt::new(wavelet.lifting().clone(), boundary, levels);
            let mut work = vec![0.0; dwt.work_len(x.len())];
            let (mut coefficients, mut energy) = (Vec::new(), 0.0);
            dwt.analyze(&x, &mut work, |band, c| {
                coefficients.extend_from_slice(c);
                energy += c.iter().map(|c| (c * band_scales(&[wavelet.analysis()], levels)[band]).powi(2)).sum::<f64>();
            }).unwrap();
            // An odd level of a periodic transform repeats its last sample, and with it that sample's energy.
            let even = (0..levels).all(|level| x.len().is_multiple_of(2 << level));
            let expected: f64 = x.iter().map(|x| x * x).sum();
            prop_assert!(!(zero || even) || (energy - expected).abs() < 1e-9 * expected.max(1.0), "{} {}", energy, expected);
            let mut back = vec![0.0; x.len()];
            dwt.synthesize(&mut coefficients, &mut work, &mut back).unwrap();
            prop_assert!(x.iter().zip(&back).all(|(x, back)| (x - back).abs() < 1e-10), "{:?} {:?}", x, back);
        }

        #[test]
        fn any_symmetric_wavelet_is_symmetric_and_reconstructs(
            free in prop::collection::vec(-1.5..1.5, 0..3), zero: bool, x in prop::collection::vec(-9.0..9.0_f64, 2..70),
        ) {
            let free: Vec<f64> = free.iter().flat_map(|&c: &f64| [c, -c / 3.0]).collect();
            let Some(wavelet) = Wavelet::from_coefficients(&free) else { return Ok(()) };
            prop_assert!(wavelet.orthogonality_defect() < 1e-9, "{:e}", wavelet.orthogonality_defect());
            let taps = wavelet.taps();
            // An even length holds an odd filter with a zero before it.
            prop_assert!(taps[0].abs() < 1e-9);
            prop_assert!(taps[1..].iter().zip(taps[1..].iter().rev()).all(|(a, b)| (a - b).abs() < 1e-9), "{:?}", taps);
            let boundary = if zero { Boundary::Zero } else { Boundary::Symmetric };
            let dwt = Dwt::new(wavelet.lifting().clone(), boundary, 3);
            let (mut work, mut c, mut back) = (vec![0.0_f64; dwt.work_len(x.len())], vec![], vec![0.0; x.len()]);
            dwt.analyze(&x, &mut work, |_, band| c.extend_from_slice(band)).unwrap();
            let scale = c.iter().fold(1.0_f64, |max, c| max.max(c.abs()));
            dwt.synthesize(&mut c, &mut work, &mut back).unwrap();
            prop_assert!(x.iter().zip(&back).all(|(x, back)| (x - back).abs() < 1e-11 * scale), "{:?} {:?}", x, back);
        }

        #[test]
        fn any_angles_make_an_orthogonal_filter_with_a_zero_at_dc(free in prop::collection::vec(-3.0..3.0, 0..8)) {
            let taps = taps_of(&closed(&free));
            prop_assert!(orthogonality_defect(&taps) < 1e-12);
            prop_assert!((taps.iter().sum::<f64>() - std::f64::consts::SQRT_2).abs() < 1e-12);
        }

        #[test]
        fn a_scheme_is_within_the_bound_and_makes_the_filter(free in prop::collection::vec(-3.0..3.0, 1..6)) {
            if let Some(wavelet) = Wavelet::from_angles(&free, None) {
                prop_assert!(wavelet.lifting().scheme().steps().all(|s| s.taps.iter().all(|t| t.abs() <= 2.0)));
                for (a, b) in taps_of_scheme(wavelet.lifting().scheme()).iter().zip(wavelet.taps()) {
                    prop_assert!((a - b).abs() < 1e-9);
                }
            }
        }
    }
}
