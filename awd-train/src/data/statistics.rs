//! Statistics of all windows of a set, which are checked before any window is used. They add up over ranks.

use super::{Samples, Target};
use awd_core::model::MAX_OUTPUTS;
use serde::{Deserialize, Serialize};

/// Statistics of the training windows. Only `windows` counts both splits.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Statistics {
    /// The number of windows of each split.
    pub windows: [usize; 2],
    /// Whether every window is constant.
    pub constant: bool,
    /// The least and the greatest sample.
    pub samples: [f32; 2],
    /// The least and the greatest target. For classes, two numbers that differ.
    pub values: [f64; 2],
    /// Whether each class has a window.
    pub classes: Vec<bool>,
}

impl Statistics {
    /// The statistics of this rank's training windows and of `test` test windows.
    pub fn of(train: &Samples, test: usize) -> Self {
        let Samples { x, y } = train;
        let (values, classes) = match y {
            Target::Values(values) => {
                let extremes = |[least, greatest]: [f64; 2], &value: &f64| [least.min(value), greatest.max(value)];
                (values.iter().fold([f64::INFINITY, f64::NEG_INFINITY], extremes), Vec::new())
            }
            Target::Classes { labels, classes } => {
                // A label may be any number, and more classes than this are refused.
                let mut there = vec![false; (*classes).min(MAX_OUTPUTS + 1)];
                labels.iter().for_each(|&label| {
                    if let Some(there) = there.get_mut(label) {
                        *there = true;
                    }
                });
                ([0.0, 1.0], there)
            }
        };
        Self {
            windows: [x.nrows(), test],
            samples: x.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[a, b], &x| [a.min(x), b.max(x)]),
            constant: x.rows().into_iter().all(|x| x.iter().all(|sample| *sample == x[0])),
            values,
            classes,
        }
    }

    pub fn plus(mut self, other: Self) -> Self {
        let [[least, greatest], [a, b]] = [self.values, other.values];
        let [[low, high], [c, d]] = [self.samples, other.samples];
        self.classes.resize(self.classes.len().max(other.classes.len()), false);
        self.classes.iter_mut().zip(other.classes).for_each(|(there, too)| *there |= too);
        Self {
            windows: [0, 1].map(|split| self.windows[split] + other.windows[split]),
            constant: self.constant && other.constant,
            samples: [low.min(c), high.max(d)],
            values: [least.min(a), greatest.max(b)],
            classes: self.classes,
        }
    }
}
