//! Whether the steps of a scheme stay inside the halves of a window.
//!
//! A window is transformed in halves that are as long as the filters' responses. Values that a step makes beyond their
//! ends are lost, and missing if a later step was to cancel them. Such a scheme does not make its filters near the ends
//! of a window with zeros beyond it.

/// Loss that counts as rounding, for a sample of 1.
const LOST: f64 = 1e-12;

/// Whether the steps (offset and taps; the last one changes the detail) stay inside the halves of a window with zeros
/// beyond it. The filters have `filter_len` taps, and the halves start at `origin`.
pub fn stays_inside(filter_len: usize, origin: [i8; 2], steps: &[(i8, [f64; 2])]) -> bool {
    let len = i32::try_from(filter_len).unwrap_or(i32::MAX / 8);
    // One window of each parity: windows that are two samples longer have the same ends.
    (2..=3).all(|window| (0..window).all(|sample| inside(len, origin, steps, window, sample)))
}

/// The same for one sample of a window.
fn inside(len: i32, origin: [i8; 2], steps: &[(i8, [f64; 2])], window: i32, sample: i32) -> bool {
    let (front, half) = (len / 2 - 1, (window + len - 1) / 2);
    // The halves, with a margin of their own length at both ends.
    let mut halves = [(); 2].map(|()| vec![0.0_f64; usize::try_from(3 * half).unwrap_or(0)]);
    let slot = |k: i32| usize::try_from(k + half).ok();
    for (values, origin) in halves.iter_mut().zip(origin) {
        // Sample k of a half is that at 2k + origin − front.
        let twice = sample + front - i32::from(origin);
        if twice % 2 == 0 {
            let Some(value) = slot(twice / 2).and_then(|slot| values.get_mut(slot)) else { return false };
            *value = 1.0;
        }
    }
    let margins_are_zero = |values: &[f64]| {
        let len = values.len() / 3;
        values[..len].iter().chain(&values[2 * len..]).all(|value| value.abs() <= LOST)
    };
    halves.iter().all(|values| margins_are_zero(values))
        && steps.iter().enumerate().all(|(i, &(offset, taps))| {
            let [approximation, detail] = &mut halves;
            let changes_detail = i % 2 != steps.len() % 2;
            let (target, source) = if changes_detail { (detail, approximation) } else { (approximation, detail) };
            for (k, value) in target.iter_mut().enumerate() {
                for (tap, away) in taps.into_iter().zip(0..) {
                    let from = k.checked_add_signed(isize::from(offset) + away).and_then(|k| source.get(k));
                    *value += tap * from.copied().unwrap_or(0.0);
                }
            }
            margins_are_zero(target)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wavelet::Wavelet;
    use awd_core::{Lifting, named};

    #[test]
    fn schemes_of_the_table_stay_inside_and_shifted_steps_do_not() {
        for named in named::ALL {
            let lifting: Lifting<f64> = named.lifting().unwrap();
            let steps: Vec<_> = lifting.scheme().steps().map(|step| (step.offset, step.taps)).collect();
            assert!(stays_inside(named.filter_len.into(), named.origin, &steps), "{}", named.name);
        }
        let one = [0.5, 0.0];
        assert!(stays_inside(2, [0, 1], &[(0, one), (0, one)]));
        assert!(!stays_inside(2, [0, 1], &[(1, one), (0, one)]));
        assert!(!stays_inside(2, [0, 1], &[(-1, one), (0, one)]));
        assert!(!stays_inside(2, [2, 1], &[(0, one), (0, one)]));
        assert!(!stays_inside(2, [40, 1], &[(0, one), (0, one)]));
    }

    #[test]
    fn a_filter_whose_schemes_all_leave_the_window_has_none() {
        // Once, a scheme was accepted that gave a window of two samples an energy of 21.41 instead of 21.47.
        let angles = [-2.659199892040758, -2.9494033779301594, 0.8016413527939997, -1.4148172461501816];
        assert!(Wavelet::from_angles(&angles, None).is_none());
    }
}
