//! `awd import cmeanalysis FILE.mat.. --out F`, `awd import table FILE.csv.. --out F`

use super::{Global, report};
use awd_train::data::write_dataset;
use awd_train::import::{Columns, Dropped, Fit, Imported, Label, Options, Source, import};
use awd_train::{Result, file};
use ndarray::ArrayD;
use serde_json::json;
use std::collections::HashMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::str::FromStr;

const EXAMPLE: &str = "\
Examples:
  awd import cmeanalysis movie.mat --out tracks.npz
  awd import table spots.csv --label-channel MEAN_INTENSITY_CH2 --out tracks.npz";

const CMEANALYSIS: &str = "\
Example:
  awd import cmeanalysis movie.mat --out tracks.npz";

const TABLE: &str = "\
Examples:
  awd import table spots.csv --label-channel MEAN_INTENSITY_CH2 --out tracks.npz
  awd import table particles.csv --track particle --intensity mass --label outcome --out tracks.npz";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    #[command(subcommand)]
    format: Format,
}

/// What wrote the files.
#[derive(clap::Subcommand)]
enum Format {
    /// Tracks of cmeAnalysis (fields A, pval_Ar), of u-track (tracksCoordAmpCG) or of two colours (ref_, cor_intensity_bg_corrected), in MATLAB
    /// files, one for each movie
    #[command(after_help = CMEANALYSIS)]
    Cmeanalysis(Structures),
    /// Tracks in tables with one row for each frame of each track, one table for each movie: from TrackMate, trackpy, btrack, ImageJ or others
    #[command(after_help = TABLE)]
    Table(Table),
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

/// Categories of cmeAnalysis, or all.
#[derive(Debug, Clone)]
struct Categories(Option<Vec<u32>>);

impl FromStr for Categories {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if text == "all" {
            return Ok(Self(None));
        }
        let number = |part: &str| part.trim().parse().ok().filter(|number| (1..=8).contains(number));
        let numbers = text.split(',').map(number).collect::<Option<Vec<u32>>>();
        numbers.map(|numbers| Self(Some(numbers))).ok_or_else(|| "numbers from 1 to 8, as in 1,2, or all".into())
    }
}

#[derive(clap::Args)]
struct Structures {
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
    /// Categories (catIdx) of the tracks that are used, as in 1,2, or all
    #[arg(long, default_value = "1")]
    category: Categories,
    /// Omit the frames before and after those in which the spot was detected
    #[arg(long, alias = "seen")]
    detected_only: bool,
    #[command(flatten)]
    shape: Shape,
}

#[derive(clap::Args)]
struct Table {
    /// The tables, with a header; the delimiter is a comma, a semicolon or a tab
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Column with the track of a row; by default TRACK_ID, Track, particle or ID
    #[arg(long, value_name = "COLUMN")]
    track: Option<String>,
    /// Column with the number of the frame; by default FRAME, Slice or t
    #[arg(long, value_name = "COLUMN")]
    frame: Option<String>,
    /// Column with the intensity; by default MEAN_INTENSITY_CH1, mass, signal, intensity, Mean or RawIntDen
    #[arg(long, value_name = "COLUMN")]
    intensity: Option<String>,
    /// Column with the intensity in a second channel; the label is the logarithm of its peak; by default MEAN_INTENSITY_CH2
    #[arg(long, value_name = "COLUMN", conflicts_with = "label")]
    label_channel: Option<String>,
    /// Two classes instead: whether that peak is at least this, in units of the movie's median peak
    #[arg(long, value_name = "PEAK", conflicts_with = "label")]
    threshold: Option<f64>,
    /// Column with the label of a track: whole numbers or text are classes, other numbers are values
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    #[command(flatten)]
    shape: Shape,
}

/// How tracks become windows.
#[derive(clap::Args)]
struct Shape {
    /// Samples of a window
    #[arg(long, default_value_t = 40)]
    window: usize,
    /// How tracks are fitted to the window
    #[arg(long, value_enum, default_value = "resample")]
    fit: Length,
    /// Minimum number of frames in which a spot was detected; shorter tracks are dropped
    #[arg(long, alias = "shortest", value_name = "FRAMES", default_value_t = 5)]
    min_frames: usize,
    /// Maximum number of missing frames in a row, which are interpolated; tracks with longer gaps are dropped
    #[arg(long, value_name = "FRAMES", default_value_t = 3)]
    max_gap: usize,
    /// Share of the movies for the test split; for a single movie, share of its tracks
    #[arg(long, default_value_t = 0.2)]
    test: f64,
    /// Output file (.npz)
    #[arg(long)]
    out: PathBuf,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let (files, shape, source) = match &self.format {
            Format::Cmeanalysis(structures) => (&structures.files, &structures.shape, Source::Matlab),
            Format::Table(table) => (&table.files, &table.shape, Source::Table(table.columns())),
        };
        file::check_place(&shape.out)?;
        let options = shape.options(global.seed);
        let options = match &self.format {
            Format::Cmeanalysis(structures) => structures.options(options),
            Format::Table(table) => Options { label: table.label(), ..options },
        };
        let imported = import(files, &source, &options)?;
        let lifetimes = imported.lifetimes.each_ref().map(|frames| {
            ArrayD::from_shape_fn(vec![frames.len()], |i| f32::from(u16::try_from(frames[i[0]]).unwrap_or(u16::MAX)))
        });
        let [train, test] = lifetimes;
        write_dataset(&shape.out, &imported.data, &[("lifetime_train", train), ("lifetime_test", test)])?;
        summary(global, &shape.out.display().to_string(), &imported)
    }
}

/// Reports how many tracks became windows, and which did not.
fn summary(global: &Global, out: &str, imported: &Imported) -> Result<()> {
    let Imported { data, tracks, dropped, .. } = imported;
    let classes = data.class_names();
    let (n_train, n_test, window) = (data.train().y.len(), data.test().y.len(), data.window());
    let mut words = format!(
        "{out}: {} of {tracks} tracks, {n_train} windows for training, {n_test} for testing, {window} samples\n",
        n_train + n_test
    );
    // Writing to a `String` does not fail.
    for (class, name) in classes.iter().enumerate() {
        let _ = writeln!(words, "class {class}: {name}");
    }
    let reasons = reasons(dropped);
    for (first, names) in &reasons {
        let tracks = match &names[..] {
            [name] => format!("track {name}"),
            names => format!("{} tracks ({}{})", names.len(), names[..names.len().min(5)].join(", "), more(names)),
        };
        let _ = writeln!(words, "dropped: {}: {tracks}: {}", first.file, first.why);
    }
    if dropped.iter().any(|track| track.by_category) {
        words += "--category all uses every category\n";
    }
    let track = |track: &Dropped| {
        let name = track.track.parse::<u64>().map_or_else(|_| json!(track.track), |number| json!(number));
        json!({"file": track.file, "track": name, "why": track.why})
    };
    let reason =
        |(first, names): &(&Dropped, Vec<&str>)| json!({"file": first.file, "why": first.why, "tracks": names.len()});
    let json = json!({
        "out": out, "tracks": tracks, "n_train": n_train, "n_test": n_test, "window": window, "classes": classes,
        "dropped": dropped.iter().map(track).collect::<Vec<_>>(),
        "reasons": reasons.iter().map(reason).collect::<Vec<_>>(),
    });
    report(global, &json, &words)
}

/// The tracks that were left out, by file and reason.
fn reasons(dropped: &[Dropped]) -> Vec<(&Dropped, Vec<&str>)> {
    let mut reasons: Vec<(&Dropped, Vec<&str>)> = Vec::new();
    let mut numbered = HashMap::new();
    for track in dropped {
        let at = *numbered.entry((&track.file, &track.why)).or_insert(reasons.len());
        if at == reasons.len() {
            reasons.push((track, Vec::new()));
        }
        reasons[at].1.push(&track.track);
    }
    reasons
}

/// The end of a list of which only the first entries are printed.
const fn more(names: &[&str]) -> &'static str {
    if names.len() > 5 { ", …" } else { "" }
}

impl Structures {
    fn options(&self, options: Options) -> Options {
        Options {
            channel: self.channel.clone(),
            label_channel: self.label_channel.clone(),
            label: match self.label {
                Kind::Peak => Label::Peak,
                Kind::Significant => Label::Significant(self.frames),
                Kind::Threshold => Label::Threshold(self.threshold),
            },
            detected_only: self.detected_only,
            categories: self.category.0.clone(),
            ..options
        }
    }
}

impl Table {
    fn columns(&self) -> Columns {
        Columns {
            track: self.track.clone(),
            frame: self.frame.clone(),
            intensity: self.intensity.clone(),
            label_channel: self.label_channel.clone(),
            label: self.label.clone(),
        }
    }

    fn label(&self) -> Label {
        match (&self.label, self.threshold) {
            (Some(_), _) => Label::Own,
            (None, Some(threshold)) => Label::Threshold(threshold),
            (None, None) => Label::Peak,
        }
    }
}

impl Shape {
    fn options(&self, seed: u64) -> Options {
        Options {
            channel: None,
            label_channel: None,
            label: Label::Peak,
            window: self.window,
            fit: match self.fit {
                Length::Resample => Fit::Resample,
                Length::Pad => Fit::Pad,
            },
            detected_only: false,
            min_frames: self.min_frames,
            max_gap: self.max_gap,
            categories: None,
            test: self.test,
            seed,
        }
    }
}
