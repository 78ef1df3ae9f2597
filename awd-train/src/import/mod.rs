//! Imports tracks of microscopes as labelled windows. One channel is what the instrument sees; a second one gives the
//! label.

pub mod matlab;
mod tracks;

use crate::data::{Dataset, Samples, Target};
use crate::file::{self, Kind, Opened};
use crate::suggest::did_you_mean;
use crate::{Error, Result};
use awd_core::model::MAX_WINDOW;
use ndarray::Array2;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::io::BufReader;
use std::path::{Path, PathBuf};

pub use tracks::{Channel, FIELDS, Track, tracks};

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
}

/// How a track is fitted to the length of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It is stretched or shrunk, by linear interpolation.
    Resample,
    /// It is kept from its start on. Shorter tracks are padded with zeros, longer ones are cut.
    Pad,
}

/// A track that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Its file.
    pub file: String,
    /// Its number in the file, from 1.
    pub track: usize,
    /// The reason.
    pub why: String,
}

/// Windows, labels, and what they came from.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The windows. The files are the groups if there are several.
    pub data: Dataset,
    /// The number of frames in which each spot was detected, for the training windows and for the test windows.
    pub lifetimes: [Vec<usize>; 2],
    /// The number of tracks of all files.
    pub tracks: usize,
    /// The tracks that were left out.
    pub dropped: Vec<Dropped>,
}

/// A track as a window.
struct Example {
    window: Vec<f32>,
    /// The value for the label: the peak over the movie's median, or a class.
    label: f64,
    lifetime: usize,
    movie: usize,
}

/// Reads files of tracks, one movie each, and divides every channel by the movie's median of the tracks' highest
/// values. With several files, whole files are in the test split; with one file, single tracks.
///
/// # Errors
/// A file is not a MATLAB file of level 5, is damaged or holds no tracks. A channel does not exist or is dark. Too few
/// tracks are left, or all are of one class.
pub fn import(paths: &[PathBuf], options: &Options) -> Result<Imported> {
    options.check()?;
    let (mut examples, mut dropped, mut tracks) = (Vec::new(), Vec::new(), 0);
    for (movie, path) in paths.iter().enumerate() {
        let of_file = read(path)?;
        tracks += of_file.len();
        let (own, left_out) = options.examples(&path.display().to_string(), movie, &of_file)?;
        examples.extend(own);
        dropped.extend(left_out);
    }
    let file = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    let (train, test) = options.split(&examples, paths.len());
    if train.is_empty() || test.is_empty() {
        let bound =
            format_args!("at least two tracks, for training and for testing; {} of {tracks} are left", examples.len());
        return Err(Error::input(file, "tracks", bound));
    }
    let samples = |rows: &[usize]| {
        let x = Array2::from_shape_fn((rows.len(), options.window), |(i, j)| examples[rows[i]].window[j]);
        let labels = rows.iter().map(|&i| examples[i].label);
        let y = match options.label {
            Label::Peak => Target::Values(labels.map(f64::ln).collect()),
            Label::Significant(_) | Label::Threshold(_) => {
                Target::Classes { labels: labels.map(|label| label as usize).collect(), classes: 2 }
            }
        };
        Samples { x, y }
    };
    let several = paths.len() > 1;
    let groups = |rows: &[usize]| several.then(|| rows.iter().map(|&i| examples[i].movie).collect());
    let lifetimes = |rows: &[usize]| rows.iter().map(|&i| examples[i].lifetime).collect();
    let data = Dataset {
        train: samples(&train),
        test: samples(&test),
        rows: 1,
        groups: groups(&train),
        test_groups: groups(&test),
        groups_in_both: Vec::new(),
        class_names: Vec::new(),
        notes: Vec::new(),
        attributions: None,
        file,
    };
    data.check()?;
    Ok(Imported { lifetimes: [lifetimes(&train), lifetimes(&test)], data, tracks, dropped })
}

/// Reads the tracks of a file.
fn read(path: &Path) -> Result<Vec<Track>> {
    let bad = |field: &str, why: &dyn std::fmt::Display| Error::input(path.display(), field, why);
    let Opened { file, bytes } = file::open(path, Kind::Tracks)?;
    let variables = matlab::read(&mut BufReader::new(file), bytes, &FIELDS).map_err(|why| bad("file", &why))?;
    tracks(&variables).ok_or_else(|| {
        let names: Vec<_> = variables.iter().map(|(name, _)| name.as_str()).filter(|name| !name.is_empty()).collect();
        let fields = "ref_intensity_bg_corrected, ref_tp_first, ref_tp_last, the same for cor, and tp_prev_all; or A";
        let bound = format_args!("an array of structures with the fields {fields}; it has {}", names.join(", "));
        bad("variables", &bound)
    })
}

impl Options {
    fn check(&self) -> Result<()> {
        let bad = |field: &str, bound: &dyn std::fmt::Display| Err(Error::input("options", field, bound));
        if !(2..=usize::from(MAX_WINDOW)).contains(&self.window) {
            return bad("window", &format_args!("2 to {MAX_WINDOW} samples; asked for {}", self.window));
        }
        if !(self.test > 0.0 && self.test < 1.0) {
            return bad("test", &format_args!("a share between 0 and 1; asked for {}", self.test));
        }
        match self.label {
            Label::Significant(0) => bad("frames", &"at least 1"),
            Label::Threshold(threshold) if !threshold.is_finite() => bad("threshold", &"a finite number"),
            _ => Ok(()),
        }
    }

    /// The tracks of one movie that become windows, and those that do not.
    fn examples(&self, file: &str, movie: usize, tracks: &[Track]) -> Result<(Vec<Example>, Vec<Dropped>)> {
        let [name, second] = [(&self.channel, 0), (&self.label_channel, 1)].map(|(name, at)| {
            let default = || tracks.iter().find_map(|track| Some(track.channels.get(at)?.name.clone()));
            name.clone().or_else(default).unwrap_or_else(|| (at + 1).to_string())
        });
        let mut kept = Vec::new();
        let mut dropped = Vec::new();
        for (i, track) in tracks.iter().enumerate() {
            match self.usable(track, &name, &second) {
                Ok(pair) => kept.push(pair),
                Err(why) => dropped.push(Dropped { file: file.into(), track: i + 1, why }),
            }
        }
        if kept.is_empty() {
            let names = tracks.first().map(|track| track.channels.iter().map(|c| c.name.as_str()).collect::<Vec<_>>());
            let why = dropped.first().map_or("it has none", |dropped| &dropped.why);
            let names = names.unwrap_or_default();
            let absent = [&name, &second].into_iter().find(|name| !names.contains(&name.as_str()));
            let meant = absent.map_or(String::new(), |name| did_you_mean(name, &names));
            let names = names.join(", ");
            let bound = format_args!(
                "tracks with the channels {name} and {second}; the channels are {names}; first track: {why}{meant}"
            );
            return Err(Error::input(file, "tracks", bound));
        }
        let [scale, second_scale] = [0, 1].map(|at| median(kept.iter().map(|pair| highest(&pair[at].intensity))));
        for (name, scale) in [(&name, scale), (&second, second_scale)] {
            if scale <= 0.0 {
                let bound = "a channel in which the peak of the median track is above the background; it is dark";
                return Err(Error::input(file, name, bound));
            }
        }
        let example = |[channel, second]: [&Channel; 2]| {
            let part = if self.detected_only { channel.seen.clone() } else { 0..channel.intensity.len() };
            let scaled: Vec<f64> = channel.intensity[part].iter().map(|intensity| intensity / scale).collect();
            let peak = highest(&second.intensity) / second_scale;
            let label = match self.label {
                Label::Peak => peak,
                Label::Significant(frames) => f64::from(longest(&second.significant) >= frames),
                Label::Threshold(threshold) => f64::from(peak >= threshold),
            };
            Example { window: self.fit.window(&scaled, self.window), label, lifetime: channel.seen.len(), movie }
        };
        Ok((kept.into_iter().map(example).collect(), dropped))
    }

    /// Both channels of a track, or why it is left out.
    fn usable<'t>(&self, track: &'t Track, name: &str, second: &str) -> std::result::Result<[&'t Channel; 2], String> {
        let channel = |name: &str| track.channel(name).ok_or_else(|| format!("it has no channel {name}"));
        let pair = [channel(name)?, channel(second)?];
        for Channel { name, intensity, .. } in pair {
            if let Some(frame) = intensity.iter().position(|value| !value.is_finite()) {
                return Err(format!("channel {name} is not finite at frame {}", frame + 1));
            }
        }
        let [Channel { seen, .. }, Channel { intensity, .. }] = pair;
        if seen.len() < self.min_frames.max(1) {
            return Err(format!("it was detected in {} frames, fewer than {}", seen.len(), self.min_frames.max(1)));
        }
        if intensity.is_empty() || self.label == Label::Peak && highest(intensity) <= 0.0 {
            return Err(format!("channel {second} is never above the background, so its peak has no logarithm"));
        }
        Ok(pair)
    }

    /// Rows to train and to test on, in order.
    fn split(&self, examples: &[Example], movies: usize) -> (Vec<usize>, Vec<usize>) {
        let unit = |row: usize| if movies > 1 { examples[row].movie } else { row };
        let mut units: Vec<usize> = (0..examples.len()).map(unit).collect();
        units.dedup();
        units.shuffle(&mut ChaCha8Rng::seed_from_u64(self.seed));
        let count = (self.test * units.len() as f64).round() as usize;
        let held = &units[..count.clamp(1, units.len().saturating_sub(1).max(1))];
        (0..examples.len()).partition(|&row| !held.contains(&unit(row)))
    }
}

impl Fit {
    /// A window of `samples` samples.
    fn window(self, track: &[f64], samples: usize) -> Vec<f32> {
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

/// The highest value, or −∞ if there is none.
fn highest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// The length of the longest run.
fn longest(frames: &[bool]) -> usize {
    frames.split(|significant| !significant).map(<[bool]>::len).max().unwrap_or(0)
}

/// The median. Of two values in the middle it is the lower one.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) / 2]
}
