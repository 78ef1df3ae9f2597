//! The tracks of one movie as windows: which can be used, and in what unit.

use super::options::{Label, Options};
use super::track::{Channel, Track};
use crate::suggest::did_you_mean;
use crate::{Error, Next, Result};

/// A track that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Its file.
    pub file: String,
    /// How the file names it; if it does not, its number in the file, from 1.
    pub track: String,
    /// The reason.
    pub why: String,
    /// Whether it is left out because of its category.
    pub by_category: bool,
}

/// A track as a window.
pub struct Example {
    pub window: Vec<f32>,
    /// The peak of the second channel over the movie's median, or a class. Not used if tracks have labels of their own.
    pub label: f64,
    /// The track's own label.
    pub own: String,
    pub lifetime: usize,
    /// The number of the movie.
    pub movie: usize,
}

/// A track that is used: its channel, and the second one or its own label.
type Usable<'t> = (&'t Channel, Answer<'t>);

/// What the label is made of.
enum Answer<'t> {
    Channel(&'t Channel),
    Own(&'t str),
}

/// The categories of cmeAnalysis, from 1.
const CATEGORIES: [&str; 8] = [
    "single, valid gaps",
    "single, invalid gaps",
    "single, cut by the start or end of the movie",
    "single, as long as the movie",
    "compound, valid gaps",
    "compound, invalid gaps",
    "compound, cut by the start or end of the movie",
    "compound, as long as the movie",
];

impl Options {
    /// The tracks of one movie that become windows, and those that do not.
    pub(super) fn examples(&self, file: &str, movie: usize, tracks: &[Track]) -> Result<(Vec<Example>, Vec<Dropped>)> {
        let [name, second] = [(&self.channel, 0), (&self.label_channel, 1)].map(|(name, at)| {
            let default = || tracks.iter().find_map(|track| Some(track.channels.get(at)?.name.clone()));
            name.clone().or_else(default)
        });
        let name = name.unwrap_or_else(|| "1".into());
        if self.label != Label::Own && second.is_none() && tracks.iter().any(|track| !track.channels.is_empty()) {
            let bound =
                format_args!("tracks with a second channel or labels, as targets; they have the channel {name}");
            return Err(Error::input(file, "labels", bound).then(Next::LabelTracks));
        }
        let second = second.unwrap_or_else(|| "2".into());
        let mut kept = Vec::new();
        let mut dropped = Vec::new();
        for track in tracks {
            let by_category = self.other_category(track);
            let is_by_category = by_category.is_some();
            match by_category.map_or_else(|| self.usable(track, &name, &second), Err) {
                Ok(pair) => kept.push(pair),
                Err(why) => dropped.push(Dropped {
                    file: file.into(),
                    track: track.name.clone(),
                    why,
                    by_category: is_by_category,
                }),
            }
        }
        if kept.is_empty() {
            return Err(self.none_usable(file, tracks, [&name, &second], &dropped));
        }
        let unit = |name: &str, peaks: &mut dyn Iterator<Item = f64>| match median(peaks) {
            Some(median) if median <= 0.0 => {
                let bound = "a channel in which the peak of the median track is above the background; it is dark";
                Err(Error::input(file, name, bound))
            }
            median => Ok(median.unwrap_or(1.0)),
        };
        let scale = unit(&name, &mut kept.iter().map(|(channel, _)| highest(&channel.intensity)))?;
        let second_peak = |(_, answer): &Usable| match answer {
            Answer::Channel(second) => Some(highest(&second.intensity)),
            Answer::Own(_) => None,
        };
        let second_scale = unit(&second, &mut kept.iter().filter_map(second_peak))?;
        let example = |(channel, answer): Usable| {
            let part = if self.detected_only { channel.seen.clone() } else { 0..channel.intensity.len() };
            let scaled: Vec<f64> = channel.intensity[part].iter().map(|intensity| intensity / scale).collect();
            let (label, own) = match answer {
                Answer::Own(label) => (0.0, label.into()),
                Answer::Channel(second) => (self.label(second, second_scale), String::new()),
            };
            let window = self.fit.window(&scaled, self.window);
            Example { window, label, own, lifetime: channel.seen.len(), movie }
        };
        Ok((kept.into_iter().map(example).collect(), dropped))
    }

    /// Why the track's category is not used, if it is not.
    fn other_category(&self, track: &Track) -> Option<String> {
        let (used, category) = (self.categories.as_ref()?, track.category?);
        let meaning = CATEGORIES.get((category as usize).wrapping_sub(1)).unwrap_or(&"unknown");
        (!used.contains(&category)).then(|| format!("its category is {category} ({meaning})"))
    }

    /// The channels of a track, or why it is left out.
    fn usable<'t>(&self, track: &'t Track, name: &str, second: &str) -> std::result::Result<Usable<'t>, String> {
        if let Some(why) = &track.unusable {
            return Err(why.clone());
        }
        let channel = |name: &str| {
            let channel = track.channel(name).ok_or_else(|| format!("it has no channel {name}"))?;
            match channel.intensity.iter().position(|value| !value.is_finite()) {
                Some(frame) => Err(format!("channel {name} is not finite at frame {}", frame + 1)),
                None => Ok(channel),
            }
        };
        let own = channel(name)?;
        let answer = if self.label == Label::Own {
            Answer::Own(track.label.as_deref().ok_or("it has no label")?)
        } else {
            Answer::Channel(channel(second)?)
        };
        if own.seen.len() < self.min_frames.max(1) {
            return Err(format!("it was detected in {} frames, fewer than {}", own.seen.len(), self.min_frames.max(1)));
        }
        if let Answer::Channel(Channel { intensity, .. }) = answer
            && (intensity.is_empty() || self.label == Label::Peak && highest(intensity) <= 0.0)
        {
            return Err(format!("channel {second} is never above the background, so its peak has no logarithm"));
        }
        Ok((own, answer))
    }

    fn label(&self, second: &Channel, scale: f64) -> f64 {
        let peak = highest(&second.intensity) / scale;
        match self.label {
            Label::Peak | Label::Own => peak,
            Label::Significant(frames) => f64::from(longest(&second.significant) >= frames),
            Label::Threshold(threshold) => f64::from(peak >= threshold),
        }
    }

    /// The error for a movie without a track that can be used.
    fn none_usable(&self, file: &str, tracks: &[Track], names: [&str; 2], dropped: &[Dropped]) -> Error {
        let wanted = &names[..if self.label == Label::Own { 1 } else { 2 }];
        let there = tracks.iter().find(|track| !track.channels.is_empty());
        let there = there.map(|track| track.channels.iter().map(|c| c.name.as_str()).collect::<Vec<_>>());
        let there = there.unwrap_or_default();
        let why = dropped.first().map_or("it has none", |dropped| &dropped.why);
        let absent = wanted.iter().find(|name| !there.contains(name));
        let meant = absent.map_or(String::new(), |name| did_you_mean(name, &there));
        let (wanted, there) = (wanted.join(" and "), there.join(", "));
        let bound =
            format_args!("tracks with the channels {wanted}; the channels are {there}; first track: {why}{meant}");
        let error = Error::input(file, "tracks", bound);
        if dropped.iter().any(|dropped| dropped.by_category) { error.then(Next::OtherCategories) } else { error }
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
fn median(values: &mut dyn Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}
