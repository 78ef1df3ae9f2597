//! How tracks become windows and labels.

use crate::{Error, Result};
use awd_core::model::MAX_WINDOW;

/// The longest gap that may be interpolated.
pub const MAX_GAP: usize = 100;

/// How tracks become windows and labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The channel for the windows. The default is the first one of the file.
    pub channel: Option<String>,
    /// The channel for the labels. The default is the second one.
    pub label_channel: Option<String>,
    /// How labels are made.
    pub label: Label,
    /// The number of samples of a window.
    pub window: usize,
    /// How tracks of other lengths are fitted to the window.
    pub fit: Fit,
    /// Use only the frames in which the spot was detected, not those before and after.
    pub detected_only: bool,
    /// The least number of frames in which a spot must have been detected.
    pub min_frames: usize,
    /// The most frames in a row that may be missing in a track. They are interpolated.
    pub max_gap: usize,
    /// The categories of cmeAnalysis that are used. `None` for all. Files without categories are used as they are.
    pub categories: Option<Vec<u32>>,
    /// The share of the tracks in the test split.
    pub test: f64,
    /// The seed by which they are chosen.
    pub seed: u64,
}

/// How a label is made of the second channel of a track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Label {
    /// Regression: the logarithm of its highest value over the movie's median of the highest values.
    Peak,
    /// Class 1 if it is significant in this many consecutive frames.
    Significant(usize),
    /// Class 1 if its highest value is at least this many times the movie's median of the highest values.
    Threshold(f64),
    /// The track's own label. Labels that are whole numbers or text are classes, others are values.
    Own,
}

/// How a track is fitted to the length of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It is stretched or shrunk, by linear interpolation.
    Resample,
    /// It is kept from its start on. Shorter tracks are padded with zeros, longer ones are cut.
    Pad,
}

impl Options {
    pub(super) fn check(&self) -> Result<()> {
        let bad = |field: &str, bound: &dyn std::fmt::Display| Err(Error::input("options", field, bound));
        if !(2..=usize::from(MAX_WINDOW)).contains(&self.window) {
            return bad("window", &format_args!("2 to {MAX_WINDOW} samples; asked for {}", self.window));
        }
        if !(self.test > 0.0 && self.test < 1.0) {
            return bad("test", &format_args!("a share between 0 and 1; asked for {}", self.test));
        }
        if self.max_gap > MAX_GAP {
            return bad("max_gap", &format_args!("at most {MAX_GAP} frames; asked for {}", self.max_gap));
        }
        match self.label {
            Label::Significant(0) => bad("frames", &"at least 1"),
            Label::Threshold(threshold) if !threshold.is_finite() => bad("threshold", &"a finite number"),
            _ => Ok(()),
        }
    }
}

impl Fit {
    /// A window of `samples` samples.
    pub(super) fn window(self, track: &[f64], samples: usize) -> Vec<f32> {
        let last = track.len() - 1;
        let at = |sample: usize| match self {
            Self::Pad => track.get(sample).copied().unwrap_or(0.0),
            Self::Resample => {
                let time = (sample * last) as f64 / (samples - 1) as f64;
                let (before, share) = (time.floor() as usize, time.fract());
                track[before] * (1.0 - share) + track[(before + 1).min(last)] * share
            }
        };
        (0..samples).map(|sample| at(sample) as f32).collect()
    }
}
