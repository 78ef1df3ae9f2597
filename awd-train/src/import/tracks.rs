//! Tracks as analysis programs leave them: what each channel shows along the life of a spot.

use super::matlab::{Array, MAX_CHANNELS, Structures};
use std::ops::Range;

/// A frame of a channel is significant below this probability that it shows background alone (Aguet et al. 2013).
const SIGNIFICANCE: f64 = 0.05;

/// A spot that was followed from frame to frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Its channels, the one that was followed first.
    pub channels: Vec<Channel>,
}

/// What a channel shows of a track.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// How the file names it: ref and cor, or 1, 2, ….
    pub name: String,
    /// Intensity above the background at each frame, those just before and after the spot was seen included.
    pub intensity: Vec<f64>,
    /// The frames between the first and the last in which the spot was seen.
    pub seen: Range<usize>,
    /// Whether it is significant, frame by frame.
    pub significant: Vec<bool>,
}

impl Track {
    /// The channel of this name.
    #[must_use]
    pub fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.name == name)
    }
}

/// The tracks of a file, given its variables; none where no variable holds tracks.
#[must_use]
pub fn tracks(variables: &[(String, Array)]) -> Option<Vec<Track>> {
    variables.iter().find_map(|(_, array)| match array {
        Array::Structures(of) => pairs(of).or_else(|| detections(of)),
        _ => None,
    })
}

/// The fields that tracks are made of.
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

/// A channel in a file of two, and the fields of it.
const PAIR: [[&str; 4]; 2] = [
    ["ref", "ref_intensity_bg_corrected", "ref_tp_first", "ref_tp_last"],
    ["cor", "cor_intensity_bg_corrected", "cor_tp_first", "cor_tp_last"],
];

/// Structures of two channels, each with the frames of the movie in which it was first and last seen, as Pedersen et al. 2020
/// publish them. As they say nothing of single frames, those between the two are the significant ones.
fn pairs(of: &Structures) -> Option<Vec<Track>> {
    let mut tracks = vec![Track { channels: Vec::new() }; of.len()];
    for [name, intensity, first, last] in PAIR {
        let [first, last, start] = [first, last, "tp_prev_all"].map(|field| frames(of, field));
        let starts = start?.into_iter().zip(first?).zip(last?);
        for (track, (intensity, ((start, first), last))) in tracks.iter_mut().zip(of.field(intensity)?.zip(starts)) {
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

/// A frame's number for each structure.
fn frames(of: &Structures, field: &str) -> Option<Vec<Option<f64>>> {
    let number = |array: &Array| match array {
        Array::Numbers { values, .. } => values.first().copied(),
        _ => None,
    };
    Some(of.field(field)?.map(number).collect())
}

/// Structures of cmeAnalysis (Aguet et al. 2013): amplitudes `A` and their p-values `pval_Ar`, a row a channel and a column a
/// frame, and the same of the frames before and after in `startBuffer` and `endBuffer`.
fn detections(of: &Structures) -> Option<Vec<Track>> {
    let amplitudes = of.field("A")?;
    let p_values = || of.field("pval_Ar");
    let buffer = |name| of.field(name).map(Iterator::collect::<Vec<_>>);
    let buffers = ["startBuffer", "endBuffer"].map(buffer);
    let inner = |buffer: usize, track: usize, field: &str| match buffers[buffer].as_ref().map(|of| of[track]) {
        Some(Array::Structures(of)) => of.field(field).and_then(|mut field| field.next()),
        _ => None,
    };
    let track = |(i, own): (usize, &Array)| {
        let channels = match own {
            // There are no more of them than there are numbers.
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

/// A row of an array of so many; nothing where the array is of another shape.
fn row(array: Option<&Array>, row: usize, of: usize) -> Vec<f64> {
    match array {
        Some(Array::Numbers { rows, values }) if *rows == of => values.iter().skip(row).step_by(of).copied().collect(),
        _ => Vec::new(),
    }
}
