//! Tracks: the intensity of each channel during the life of a spot.

use std::ops::Range;

/// A spot that was tracked from frame to frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// How the file names it; if it does not, its number in the file, from 1.
    pub name: String,
    /// Its channels, with the tracked one first.
    pub channels: Vec<Channel>,
    /// The category that cmeAnalysis gives it, from 1 to 8.
    pub category: Option<u32>,
    /// Its label, if the file has labels.
    pub label: Option<String>,
    /// Why it cannot be used, if that is known when it is read.
    pub unusable: Option<String>,
}

/// A channel of a track.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// How the file names it: ref and cor, 1, 2, …, or a column.
    pub name: String,
    /// Intensity above the background at each frame, including those just before and after the spot was detected.
    pub intensity: Vec<f64>,
    /// The frames from the first to the last in which the spot was detected.
    pub seen: Range<usize>,
    /// Whether the channel is significant, frame by frame.
    pub significant: Vec<bool>,
}

impl Track {
    /// A track without channels.
    pub(super) fn new(name: impl ToString) -> Self {
        Self { name: name.to_string(), channels: Vec::new(), category: None, label: None, unusable: None }
    }

    /// The channel of this name.
    #[must_use]
    pub fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.name == name)
    }
}

impl Channel {
    /// A channel of the frames in which the spot was detected, and of short gaps between them.
    pub(super) fn detected(name: &str, intensity: Vec<f64>) -> Self {
        let frames = intensity.len();
        Self { name: name.into(), intensity, seen: 0..frames, significant: vec![true; frames] }
    }
}

/// Returns the values of all frames from the first point to the last. Points are in the order of frames. Frames between
/// two points are interpolated linearly if they are at most `longest`; otherwise the error tells where they are.
pub(super) fn filled(points: impl IntoIterator<Item = (i64, f64)>, longest: usize) -> Result<Vec<f64>, String> {
    let mut values: Vec<f64> = Vec::new();
    let mut last: Option<(i64, f64)> = None;
    for (frame, value) in points {
        if let Some((last_frame, last)) = last {
            let missing = frame.abs_diff(last_frame).saturating_sub(1);
            if missing > longest as u64 {
                return Err(format!(
                    "it has no value in {missing} frames after frame {last_frame}, more than {longest}"
                ));
            }
            let share = |step: u64| step as f64 / (missing + 1) as f64;
            values.extend((1..=missing).map(|step| last * (1.0 - share(step)) + value * share(step)));
        }
        values.push(value);
        last = Some((frame, value));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn short_gaps_are_interpolated_and_long_ones_named() {
        assert_eq!(filled([(3, 1.0), (4, 2.0), (7, 8.0)], 2), Ok(vec![1.0, 2.0, 4.0, 6.0, 8.0]));
        assert_eq!(filled([], 2), Ok(vec![]));
        let why = filled([(3, 1.0), (4, 2.0), (7, 8.0)], 1).unwrap_err();
        assert_eq!(why, "it has no value in 2 frames after frame 4, more than 1");
        let why = filled([(i64::MIN, 0.0), (i64::MAX, 1.0)], usize::MAX >> 1).unwrap_err();
        assert!(why.contains("18446744073709551614 frames"), "{why}");
    }
}
