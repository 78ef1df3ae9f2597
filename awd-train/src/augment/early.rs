//! Early events: a window of which only the start has been seen has zeros after it.

use crate::data::Samples;
use ndarray::{Array2, Axis, concatenate};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A window that fills sample by sample. Once it is full, each new sample pushes out the oldest.
#[derive(Debug, Clone)]
pub struct GrowingWindow {
    window: Vec<f32>,
    seen: usize,
}

impl GrowingWindow {
    /// An empty window of `samples` samples, at least one.
    #[must_use]
    pub fn new(samples: usize) -> Self {
        Self { window: vec![0.0; samples.max(1)], seen: 0 }
    }

    /// Adds a sample and returns the window.
    pub fn push(&mut self, sample: f32) -> &[f32] {
        if self.seen == self.window.len() {
            self.window.rotate_left(1);
            self.seen -= 1;
        }
        self.window[self.seen] = sample;
        self.seen += 1;
        &self.window
    }

    /// Begins a new event. Returns whether the last event had a sample.
    pub fn restart(&mut self) -> bool {
        self.window.fill(0.0);
        std::mem::take(&mut self.seen) > 0
    }
}

/// The length of an event in samples. Zeros at the end of a window do not belong to it.
#[must_use]
pub fn length(x: &[f32]) -> usize {
    x.iter().rposition(|sample| *sample != 0.0).map_or(0, |last| last + 1)
}

/// Cuts the events in windows (n, N) to this share of their length, at least one sample, and sets the rest to zero.
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

/// Appends to the windows an early event of each, cut at a random share, with the same group and target. Without given
/// groups, each window is a group of its own.
#[must_use]
pub fn with_early(samples: &Samples, groups: Option<&[usize]>, seed: u64) -> (Samples, Vec<usize>) {
    let n = samples.y.len();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut starts = samples.x.clone();
    for mut x in starts.axis_iter_mut(Axis(0)) {
        let window = x.to_owned().insert_axis(Axis(0));
        x.assign(&early(&window, random.random()).row(0));
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
    fn early_events_have_the_group_and_target_of_their_window() {
        let x = Array2::from_elem((500, 20), 1.0);
        let samples = Samples { x, y: Target::Values((0..500).map(f64::from).collect()) };
        let (augmented, groups) = with_early(&samples, None, 1);
        assert_eq!(augmented.y, samples.y.select(&(0..500).chain(0..500).collect::<Vec<_>>()));
        assert!(groups == (0..500).chain(0..500).collect::<Vec<_>>());
        let lengths: Vec<usize> = augmented.x.rows().into_iter().map(|x| length(&x.to_vec())).collect();
        assert!(lengths[..500].iter().all(|length| *length == 20) && (1..20).all(|cut| lengths[500..].contains(&cut)));
        assert_eq!(with_early(&samples, Some(&[3; 500]), 1).1, [3; 1000]);
    }
}
