//! Events that are still going on: a window of which only the start has been seen has zeros after it.

use crate::data::Samples;
use ndarray::{Array2, Axis, concatenate};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A window that fills, sample by sample. When it is full the oldest samples go.
#[derive(Debug, Clone)]
pub struct GrowingWindow {
    window: Vec<f32>,
    seen: usize,
}

impl GrowingWindow {
    /// An empty window of so many samples, at least one.
    #[must_use]
    pub fn new(samples: usize) -> Self {
        Self { window: vec![0.0; samples.max(1)], seen: 0 }
    }

    /// The window with a further sample.
    pub fn push(&mut self, sample: f32) -> &[f32] {
        if self.seen == self.window.len() {
            self.window.rotate_left(1);
            self.seen -= 1;
        }
        self.window[self.seen] = sample;
        self.seen += 1;
        &self.window
    }

    /// Begins a new event; says whether the last one had a sample.
    pub fn restart(&mut self) -> bool {
        self.window.fill(0.0);
        std::mem::take(&mut self.seen) > 0
    }
}

/// Samples up to an event's end: zeros at the end of a window are no part of it.
#[must_use]
pub fn length(x: &[f32]) -> usize {
    x.iter().rposition(|sample| *sample != 0.0).map_or(0, |last| last + 1)
}

/// Windows (n, N) of which so great a share of the event has been seen, one sample at least.
#[must_use]
pub fn early(x: &Array2<f32>, share: f64) -> Array2<f32> {
    let mut cut = x.clone();
    cut.rows_mut().into_iter().for_each(|mut x| {
        let length = length(&x.to_vec());
        let seen = (share * length as f64).ceil().max(1.0) as usize;
        x.iter_mut().skip(seen).for_each(|sample| *sample = 0.0);
    });
    cut
}

/// The windows, and behind them each once more of which a random share has been seen, of the same group and target. Groups
/// are those that are given, or each window is one.
#[must_use]
pub fn with_early(samples: &Samples, groups: Option<&[usize]>, seed: u64) -> (Samples, Vec<usize>) {
    let n = samples.y.len();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut starts = samples.x.clone();
    for mut x in starts.axis_iter_mut(Axis(0)) {
        let whole = x.to_owned().insert_axis(Axis(0));
        x.assign(&early(&whole, random.random()).row(0));
    }
    let x = concatenate(Axis(0), &[samples.x.view(), starts.view()]).expect("windows of one length");
    let rows: Vec<usize> = (0..n).chain(0..n).collect();
    let groups = rows.iter().map(|&row| groups.map_or(row, |groups| groups[row])).collect();
    (Samples { x, y: samples.y.select(&rows) }, groups)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Target;

    #[test]
    fn a_window_fills_and_then_slides() {
        let mut growing = GrowingWindow::new(3);
        assert!(!growing.restart());
        assert_eq!(growing.push(1.0), [1.0, 0.0, 0.0]);
        growing.push(2.0);
        assert_eq!(growing.push(3.0), [1.0, 2.0, 3.0]);
        assert_eq!(growing.push(4.0), [2.0, 3.0, 4.0]);
        assert!(growing.restart());
        assert_eq!(growing.push(5.0), [5.0, 0.0, 0.0]);
    }

    #[test]
    fn shares_are_of_the_event_and_not_of_the_window() {
        let x = Array2::from_shape_vec((2, 6), vec![1., 2., 0., 4., 0., 0., 1., 1., 1., 1., 1., 1.]).unwrap();
        assert_eq!(early(&x, 1.0), x);
        let half = Array2::from_shape_vec((2, 6), vec![1., 2., 0., 0., 0., 0., 1., 1., 1., 0., 0., 0.]).unwrap();
        assert_eq!(early(&x, 0.5), half);
        assert!(early(&x, 0.0).rows().into_iter().all(|x| length(&x.to_vec()) == 1));
        assert_eq!((length(&[0.0; 4]), early(&Array2::zeros((1, 4)), 0.5).sum()), (0, 0.0));
    }

    #[test]
    fn starts_are_of_their_windows_group_and_target() {
        let x = Array2::from_elem((500, 20), 1.0);
        let samples = Samples { x, y: Target::Values((0..500).map(f64::from).collect()) };
        let (taught, groups) = with_early(&samples, None, 1);
        assert_eq!(taught.y, samples.y.select(&(0..500).chain(0..500).collect::<Vec<_>>()));
        assert!(groups == (0..500).chain(0..500).collect::<Vec<_>>());
        let lengths: Vec<usize> = taught.x.rows().into_iter().map(|x| length(&x.to_vec())).collect();
        assert!(lengths[..500].iter().all(|length| *length == 20) && (1..20).all(|of| lengths[500..].contains(&of)));
        assert_eq!(with_early(&samples, Some(&[3; 500]), 1).1, [3; 1000]);
    }
}
