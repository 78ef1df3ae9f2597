//! Tracks in the files of analysis programs: the intensity of each channel during the life of a spot.

use super::matlab::{Array, MAX_CHANNELS, Structures};
use std::ops::Range;

/// A frame of a channel is significant if the probability of its intensity under background alone is below this (Aguet
/// et al. 2013).
const SIGNIFICANCE: f64 = 0.05;

/// A spot that was tracked from frame to frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Its channels, with the tracked one first.
    pub channels: Vec<Channel>,
}

/// A channel of a track.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// How the file names it: ref and cor, or 1, 2, ….
    pub name: String,
    /// Intensity above the background at each frame, including those just before and after the spot was detected.
    pub intensity: Vec<f64>,
    /// The frames from the first to the last in which the spot was detected.
    pub seen: Range<usize>,
    /// Whether the channel is significant, frame by frame.
    pub significant: Vec<bool>,
}

impl Track {
    /// The channel of this name.
    #[must_use]
    pub fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.name == name)
    }
}

/// Returns the tracks of a file from its variables. `None` if no variable holds tracks.
#[must_use]
pub fn tracks(variables: &[(String, Array)]) -> Option<Vec<Track>> {
    variables.iter().find_map(|(_, array)| match array {
        Array::Structures(array) => two_channel_tracks(array).or_else(|| cme_analysis_tracks(array)),
        _ => None,
    })
}

/// The fields from which tracks are made.
pub const FIELDS: [&str; 11] = [
    "A",
    "pval_Ar",
    "startBuffer",
    "endBuffer",
    "tp_prev_all",
    "ref_intensity_bg_corrected",
    "ref_tp_first",
    "ref_tp_last",
    "cor_intensity_bg_corrected",
    "cor_tp_first",
    "cor_tp_last",
];

/// The channels of a file with two, and their fields.
const PAIR: [[&str; 4]; 2] = [
    ["ref", "ref_intensity_bg_corrected", "ref_tp_first", "ref_tp_last"],
    ["cor", "cor_intensity_bg_corrected", "cor_tp_first", "cor_tp_last"],
];

/// Tracks from structures of two channels, each with the frames of the movie in which it was first and last detected,
/// as Pedersen et al. 2020 publish them. These files do not rate single frames, so all frames between the two count as
/// significant.
fn two_channel_tracks(array: &Structures) -> Option<Vec<Track>> {
    let mut tracks = vec![Track { channels: Vec::new() }; array.len()];
    for [name, intensity, first, last] in PAIR {
        let [first, last, start] = [first, last, "tp_prev_all"].map(|field| frames(array, field));
        let starts = start?.into_iter().zip(first?).zip(last?);
        for (track, (intensity, ((start, first), last))) in tracks.iter_mut().zip(array.field(intensity)?.zip(starts)) {
            let Array::Numbers { values, .. } = intensity else { continue };
            let frame = |frame: Option<f64>| frame.zip(start).map_or(0, |(frame, start)| (frame - start) as usize);
            let end = last.map_or(0, |_| frame(last).saturating_add(1)).min(values.len());
            let seen = frame(first).min(end)..end;
            let significant = (0..values.len()).map(|frame| seen.contains(&frame)).collect();
            let intensity = values.clone();
            track.channels.push(Channel { name: name.into(), intensity, seen, significant });
        }
    }
    Some(tracks)
}

/// A frame number of each structure.
fn frames(array: &Structures, field: &str) -> Option<Vec<Option<f64>>> {
    let number = |array: &Array| match array {
        Array::Numbers { values, .. } => values.first().copied(),
        _ => None,
    };
    Some(array.field(field)?.map(number).collect())
}

/// Tracks from structures of cmeAnalysis (Aguet et al. 2013): amplitudes `A` and their p-values `pval_Ar`, one row per
/// channel and one column per frame, and the same for the frames before and after in `startBuffer` and `endBuffer`.
fn cme_analysis_tracks(array: &Structures) -> Option<Vec<Track>> {
    let amplitudes = array.field("A")?;
    let p_values = || array.field("pval_Ar");
    let buffer = |name| array.field(name).map(Iterator::collect::<Vec<_>>);
    let buffers = ["startBuffer", "endBuffer"].map(buffer);
    let inner = |buffer: usize, track: usize, field: &str| match buffers[buffer].as_ref().map(|buffer| buffer[track]) {
        Some(Array::Structures(frames)) => frames.field(field).and_then(|mut field| field.next()),
        _ => None,
    };
    let track = |(i, own): (usize, &Array)| {
        let channels = match own {
            // An array without numbers may still have rows.
            Array::Numbers { rows, values } => (*rows).min(values.len()),
            _ => 0,
        };
        let around = |field: &str, own: Option<&Array>, channel: usize| {
            [inner(0, i, field), own, inner(1, i, field)].map(|array| row(array, channel, channels))
        };
        let channel = |channel: usize| {
            let parts = around("A", Some(own), channel);
            let start = parts[0].len();
            let seen = start..start + parts[1].len();
            let p = around("pval_Ar", p_values().and_then(|mut p| p.nth(i)), channel).concat();
            let intensity = parts.concat();
            let significant =
                (0..intensity.len()).map(|frame| p.get(frame).is_some_and(|&p| p < SIGNIFICANCE)).collect();
            Channel { name: (channel + 1).to_string(), intensity, seen, significant }
        };
        Track { channels: (0..channels.min(MAX_CHANNELS)).map(channel).collect() }
    };
    Some(amplitudes.enumerate().map(track).collect())
}

/// A row of an array of `count` rows. Empty if the array has another shape.
fn row(array: Option<&Array>, row: usize, count: usize) -> Vec<f64> {
    match array {
        Some(Array::Numbers { rows, values }) if *rows == count => {
            values.iter().skip(row).step_by(count).copied().collect()
        }
        _ => Vec::new(),
    }
}
