//! `awd import cmeanalysis FILE.mat.. --out F`

use super::{Global, report};
use awd_train::data::write_dataset;
use awd_train::import::{Fit, Imported, Label, Options, import};
use awd_train::{Result, file};
use ndarray::ArrayD;
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLE: &str = "\
Example:
  awd import cmeanalysis movie.mat --out tracks.npz";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    #[command(subcommand)]
    format: Format,
}

/// What wrote the files.
#[derive(clap::Subcommand)]
enum Format {
    /// Tracks of cmeAnalysis (fields A, pval_Ar) or of two colours (ref_, cor_intensity_bg_corrected), in MATLAB files of version 7, one for
    /// each movie
    #[command(after_help = EXAMPLE)]
    Cmeanalysis(Tracks),
}

/// How a second channel becomes the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// A value: the logarithm of the ratio of its peak to the movie's median peak
    Peak,
    /// Two classes: significant in consecutive frames (p < 0.05, or detected if the file has no p-values) or not
    Significant,
    /// Two classes: peak above a threshold or not
    Threshold,
}

/// How tracks are fitted to the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Length {
    /// Stretched or shrunk, by linear interpolation
    Resample,
    /// Short tracks padded with zeros at the end, long tracks cut, as on an instrument
    Pad,
}

#[derive(clap::Args)]
struct Tracks {
    /// The files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Channel of the windows: ref, cor or a number; by default the first
    #[arg(long)]
    channel: Option<String>,
    /// Channel of the labels; by default the second
    #[arg(long, alias = "second", value_name = "CHANNEL")]
    label_channel: Option<String>,
    /// How the label is computed from that channel
    #[arg(long, value_enum, default_value = "peak")]
    label: Kind,
    /// Consecutive significant frames that make a track class 1
    #[arg(long, default_value_t = 2)]
    frames: usize,
    /// Peak above which a track is class 1, in units of the movie's median peak
    #[arg(long, default_value_t = 1.0)]
    threshold: f64,
    /// Samples of a window
    #[arg(long, default_value_t = 40)]
    window: usize,
    /// How tracks are fitted to the window
    #[arg(long, value_enum, default_value = "resample")]
    fit: Length,
    /// Omit the frames before and after those in which the spot was detected
    #[arg(long, alias = "seen")]
    detected_only: bool,
    /// Minimum number of frames in which a spot was detected; shorter tracks are dropped
    #[arg(long, alias = "shortest", value_name = "FRAMES", default_value_t = 5)]
    min_frames: usize,
    /// Share of the movies for the test split; for a single movie, share of its tracks
    #[arg(long, default_value_t = 0.2)]
    test: f64,
    /// Output file (.npz)
    #[arg(long)]
    out: PathBuf,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let Format::Cmeanalysis(tracks) = &self.format;
        tracks.run(global)
    }
}

impl Tracks {
    fn run(&self, global: &Global) -> Result<()> {
        file::check_place(&self.out)?;
        let Imported { data, lifetimes, tracks, dropped } = import(&self.files, &self.options(global.seed))?;
        let [train, test] = lifetimes.map(|frames| {
            ArrayD::from_shape_fn(vec![frames.len()], |i| f32::from(u16::try_from(frames[i[0]]).unwrap_or(u16::MAX)))
        });
        write_dataset(&self.out, &data, &[("lifetime_train", train), ("lifetime_test", test)])?;
        let (n_train, n_test, window) = (data.train().y.len(), data.test().y.len(), data.window());
        let out = self.out.display().to_string();
        let mut words = format!(
            "{out}: {} of {tracks} tracks, {n_train} windows for training, {n_test} for testing, {window} samples\n",
            n_train + n_test
        );
        for dropped in &dropped {
            // Writing to a `String` does not fail.
            let _ = writeln!(words, "dropped: {}: track {}: {}", dropped.file, dropped.track, dropped.why);
        }
        let to_json =
            |track: &awd_train::import::Dropped| json!({"file": track.file, "track": track.track, "why": track.why});
        let json = json!({
            "out": out, "tracks": tracks, "n_train": n_train, "n_test": n_test, "window": window,
            "dropped": dropped.iter().map(to_json).collect::<Vec<_>>(),
        });
        report(global, &json, &words)
    }

    fn options(&self, seed: u64) -> Options {
        Options {
            channel: self.channel.clone(),
            label_channel: self.label_channel.clone(),
            label: match self.label {
                Kind::Peak => Label::Peak,
                Kind::Significant => Label::Significant(self.frames),
                Kind::Threshold => Label::Threshold(self.threshold),
            },
            window: self.window,
            fit: match self.fit {
                Length::Resample => Fit::Resample,
                Length::Pad => Fit::Pad,
            },
            detected_only: self.detected_only,
            min_frames: self.min_frames,
            test: self.test,
            seed,
        }
    }
}
