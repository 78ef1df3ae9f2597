//! The meaning of the axes of an array of windows.

use super::bounds::check_length;
use super::options::ReadOptions;
use crate::{Error, Result};
use ndarray::{Array2, ArrayD, Axis};

/// Two axes of which one is this many times as long as the other are channels and samples, and no image.
const OBLONG: usize = 4;

/// What the axes of an array of windows mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The rows of an image; 1 for a signal.
    pub rows: usize,
    /// The samples of a row.
    pub columns: usize,
    /// The axis of the channels, and the channel that is used.
    channel: Option<[usize; 2]>,
    /// What a reader of the data should know.
    pub note: Option<String>,
}

impl Layout {
    /// The layout of an array of this shape, which has the windows along its first axis.
    ///
    /// # Errors
    /// The shape is of no signals and no images, or of several channels of which none was chosen.
    pub fn of(file: &str, name: &str, shape: &[usize], options: &ReadOptions) -> Result<Self> {
        let bad = |bound: String| Err(Error::input(file, name, bound));
        if shape.len() > 1 && shape[1..].contains(&0) {
            check_length(file, name, 0)?;
        }
        // The other axes, without those of length 1.
        let axes: Vec<usize> = (1..shape.len()).filter(|&axis| shape[axis] != 1).collect();
        let dropped = (shape.len() > 2 && axes.len() + 1 < shape.len())
            .then(|| format!("{name} has the shape {shape:?}; its axes of length 1 are dropped."));
        let signal = |columns, channel, note: Option<String>| Self { rows: 1, columns, channel, note };
        let layout = match axes[..] {
            // A window of one sample is refused below, by its length.
            [] if shape.len() >= 2 => signal(1, None, None),
            [axis] => {
                if options.channel.is_some_and(|channel| channel > 0) {
                    return bad(format!("channel 0, the only one; its shape is {shape:?}"));
                }
                signal(shape[axis], None, dropped)
            }
            [first, second] => {
                let [a, b] = [first, second].map(|axis| shape[axis]);
                let (axis, channels, samples) = if a <= b { (first, a, b) } else { (second, b, a) };
                match options.channel {
                    Some(channel) if channel < channels => {
                        let note =
                            format!("{name} has {channels} channels of {samples} samples; channel {channel} is used.");
                        signal(samples, Some([axis, channel]), Some(note))
                    }
                    Some(channel) => return bad(format!("channels below {channels}; asked for channel {channel}")),
                    None if !options.images && b.max(a) >= OBLONG.saturating_mul(b.min(a)) => {
                        return bad(format!(
                            "one channel; its shape {shape:?} is that of signals with {channels} channels of {samples} samples: choose \
                             a channel from 0 to {} (channel), or declare images of {a}×{b} (images)",
                            channels - 1
                        ));
                    }
                    None => {
                        let note = format!("{name} has the shape {shape:?}: images of {a}×{b}.");
                        Self { rows: a, columns: b, channel: None, note: Some(note) }
                    }
                }
            }
            _ => {
                let next = "choose one channel of an image, or average over an axis";
                return bad(format!("shape (windows, samples), or (images, rows, columns); it is {shape:?}: {next}"));
            }
        };
        if options.images && layout.rows < 2 {
            return bad(format!("images of at least 2×2; its shape is {shape:?}"));
        }
        check_length(file, name, layout.rows.saturating_mul(layout.columns))?;
        Ok(layout)
    }

    /// The number of samples of a window.
    pub const fn window(&self) -> usize {
        self.rows * self.columns
    }

    /// The windows (n, N) of an array, images row by row.
    pub fn windows(&self, array: ArrayD<f32>) -> Array2<f32> {
        let n = array.len_of(Axis(0));
        let array = match self.channel {
            Some([axis, channel]) => array.index_axis(Axis(axis), channel).to_owned(),
            None => array,
        };
        array.into_shape_clone((n, self.window())).expect("the axes have these lengths")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::IxDyn;

    fn layout(shape: &[usize], channel: Option<usize>, images: bool) -> Result<Layout> {
        Layout::of("f", "x", shape, &ReadOptions { channel, images, ..ReadOptions::default() })
    }

    #[test]
    fn axes_are_samples_channels_or_rows() {
        for (shape, channel, images, rows, columns) in [
            (&[40, 32][..], None, false, 1, 32),
            (&[40, 1, 32], None, false, 1, 32),
            (&[40, 32, 1], Some(0), false, 1, 32),
            (&[40, 1, 1, 32], None, false, 1, 32),
            (&[1, 32], None, false, 1, 32),
            (&[40, 12, 16], None, false, 12, 16),
            (&[40, 12, 16, 1], None, false, 12, 16),
            (&[40, 2, 16], None, true, 2, 16),
            (&[40, 6, 100], Some(5), false, 1, 100),
            (&[40, 100, 6], Some(5), false, 1, 100),
            (&[40, 12, 16], Some(2), false, 1, 16),
        ] {
            let found = layout(shape, channel, images).unwrap();
            assert_eq!((found.rows, found.columns), (rows, columns), "{shape:?}");
            let noted = shape.len() > 2;
            assert_eq!(found.note.is_some(), noted, "{shape:?}");
        }
        for (shape, channel, images, part) in [
            (&[40, 6, 100][..], None, false, "6 channels of 100 samples: choose a channel from 0 to 5"),
            (&[40, 100, 6], None, false, "6 channels of 100 samples"),
            (&[40, 2, 8], None, false, "2 channels of 8"),
            (&[40, 6, 100], Some(6), false, "channels below 6"),
            (&[40, 32], Some(1), false, "channel 0, the only one"),
            (&[40, 32], None, true, "at least 2×2"),
            (&[40], None, false, "shape (windows, samples)"),
            (&[40, 1], None, false, "2 to 4096"),
            (&[40, 3, 8, 8], None, false, "choose one channel of an image"),
            (&[40, 5000], None, false, "2 to 4096"),
        ] {
            let error = layout(shape, channel, images).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_channel_is_the_same_in_either_order_of_axes() {
        let first = ArrayD::from_shape_fn(IxDyn(&[3, 2, 9]), |at| (100 * at[0] + 10 * at[1] + at[2]) as f32);
        let last = first.clone().permuted_axes(IxDyn(&[0, 2, 1]));
        for channel in 0..2 {
            let expected = first.index_axis(Axis(1), channel).to_owned();
            let a = layout(&[3, 2, 9], Some(channel), false).unwrap().windows(first.clone());
            let b = layout(&[3, 9, 2], Some(channel), false).unwrap().windows(last.clone());
            assert_eq!((a.clone().into_dyn(), a), (expected, b));
        }
    }
}
