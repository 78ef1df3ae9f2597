//! Tracks from MATLAB structures, as cmeAnalysis, u-track and Pedersen et al. 2020 have them.

use super::matlab::{Array, MAX_CHANNELS, Structures};
use super::track::{Channel, Track, filled};

/// A frame of a channel is significant if the probability of its intensity under background alone is below this (Aguet
/// et al. 2013).
const SIGNIFICANCE: f64 = 0.05;

/// Returns the tracks of a file from its variables. `None` if no variable holds tracks. Gaps in tracks of u-track are
/// interpolated if they are at most `max_gap` frames long.
#[must_use]
pub fn tracks(variables: &[(String, Array)], max_gap: usize) -> Option<Vec<Track>> {
    variables.iter().find_map(|(_, array)| match array {
        Array::Structures(array) => {
            two_channel_tracks(array).or_else(|| cme_analysis_tracks(array)).or_else(|| compound_tracks(array, max_gap))
        }
        _ => None,
    })
}

/// The fields from which tracks are made.
pub const FIELDS: [&str; 13] = [
    "A",
    "catIdx",
    "tracksCoordAmpCG",
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
    let mut tracks: Vec<Track> = (1..=array.len()).map(Track::new).collect();
    for [name, intensity, first, last] in PAIR {
        let [first, last, start] = [first, last, "tp_prev_all"].map(|field| numbers(array, field));
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

/// A number of each structure.
fn numbers(array: &Structures, field: &str) -> Option<Vec<Option<f64>>> {
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
    let categories = numbers(array, "catIdx");
    let track = |(i, own): (usize, &Array)| {
        let category = categories.as_ref().and_then(|categories| categories[i]).map(|category| category as u32);
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
            let p = around("pval_Ar", p_values().and_then(|mut p| p.nth(i)), channel);
            // A part may have no p-values.
            let significant = parts
                .iter()
                .zip(&p)
                .flat_map(|(part, p)| (0..part.len()).map(|frame| p.get(frame).is_some_and(|&p| p < SIGNIFICANCE)));
            let (significant, intensity) = (significant.collect(), parts.concat());
            Channel { name: (channel + 1).to_string(), intensity, seen, significant }
        };
        let channels = (0..channels.min(MAX_CHANNELS)).map(channel).collect();
        Track { channels, category, ..Track::new(i + 1) }
    };
    Some(amplitudes.enumerate().map(track).collect())
}

/// Tracks from structures of u-track (Jaqaman et al. 2008). `tracksCoordAmpCG` has eight columns for each frame, the
/// fourth of which is the amplitude, and a row for each segment. Segments are joined by merges and splits, after which a
/// spot is another one.
fn compound_tracks(array: &Structures, max_gap: usize) -> Option<Vec<Track>> {
    let track = |(i, coordinates): (usize, &Array)| {
        let track = Track::new(i + 1);
        let Array::Numbers { rows: 1, values } = coordinates else {
            let segments = if let Array::Numbers { rows, .. } = coordinates { *rows } else { 0 };
            let why = format!("it has {segments} segments, joined by merges and splits, instead of 1");
            return Track { unusable: Some(why), ..track };
        };
        let amplitudes = (1..).zip(values.iter().copied().skip(3).step_by(8)).filter(|(_, value)| value.is_finite());
        match filled(amplitudes, max_gap) {
            Ok(values) => Track { channels: vec![Channel::detected("1", values)], ..track },
            Err(why) => Track { unusable: Some(why), ..track },
        }
    };
    Some(array.field("tracksCoordAmpCG")?.enumerate().map(track).collect())
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
