//! `awd distil DATA (--teacher T | --onnx O | --gradients G) --out M.awd`

use super::network::Source;
use super::reading::Reading;
use super::{Global, draw::Bars, report, say};
use awd_core::Boundary;
use awd_train::data::{Attributions, Dataset, Dealt, Shards};
use awd_train::distil::{Distilled, Options, Origin, Trial, distil};
use awd_train::progress::{Context, silent};
use awd_train::readout::Platform;
use awd_train::teacher::gradients;
use awd_train::wavelet::Family;
use awd_train::{Error, Result, file};
use std::path::PathBuf;

/// How the window is extended beyond its ends.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Edge {
    /// Zeros, as in the published work
    Zero,
    /// The window repeats periodically
    Periodization,
    /// The window is mirrored at its ends
    Symmetric,
}

/// The kind of wavelet.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// Orthogonal filters of 2K taps, from K − 1 free angles
    Orthogonal,
    /// Biorthogonal symmetric filters of 4m + 2 taps, from 2m − 2 free coefficients
    Symmetric,
}

/// Where the wavelet comes from.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Wavelets {
    /// Learned, or fixed if that is better in cross-validation; fixed wavelets are tried only with more than 150 windows
    Any,
    /// Learned from the data
    Learned,
    /// The best of haar, db2, db3, db5, sym4, coif1 and bior4.4 in cross-validation
    Fixed,
}

/// How windows are assigned to folds.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Folds {
    /// At random; groups stay together, and each fold has its share of every class
    Stratified,
    /// In consecutive blocks, for windows in order of time
    Blocked,
}

/// What scores on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Processor {
    /// The model file, on a Cortex-M4F
    File,
    /// Code of `awd export --as c`, on a Cortex-M4F
    M4f,
    /// The same in integers, on a Cortex-M0
    M0,
}

impl From<Processor> for Platform {
    fn from(processor: Processor) -> Self {
        match processor {
            Processor::File => Self::File,
            Processor::M4f => Self::M4f,
            Processor::M0 => Self::M0,
        }
    }
}

/// Arithmetic of the scores on boards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Arithmetic {
    /// 32-bit floating point
    Float,
    /// 16-bit integers, for boards without a floating-point unit; the scale is chosen from the training windows
    Fixed,
}

const EXAMPLE: &str = "\
Examples:
  awd distil my.npz --teach auto --out my.awd
  awd distil my.npz --teacher teacher.safetensors --out my.awd
  awd distil my.npz --gamma 0 --taps 6 --levels 3 --out short.awd";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    /// Data: an .npz, a folder or glob of such files, a table of text, or a file of the UCR and UEA archives (docs/data.md)
    data: PathBuf,
    /// The network to distil
    #[command(flatten)]
    network: Source,
    /// Train a network of this kind first and distil it; it is not saved (`awd teach` saves one)
    #[cfg(feature = "teacher")]
    #[arg(long, value_enum, value_name = "KIND", conflicts_with_all = ["teacher", "onnx", "gradients"])]
    teach: Option<super::teach::Kind>,
    /// Gradients in a file, from `awd attribute` or elsewhere. With a network too, they are checked against it. Without either, the
    /// gradients in DATA are used
    #[arg(long)]
    gradients: Option<PathBuf>,
    /// Origin of the wavelet
    #[arg(long, value_enum, default_value = "any")]
    wavelet: Wavelets,
    /// Family of the wavelet; by default chosen
    #[arg(long, value_enum)]
    family: Option<Kind>,
    /// Taps of the filter; by default chosen
    #[arg(long)]
    taps: Option<usize>,
    /// Levels of the transform; by default chosen
    #[arg(long)]
    levels: Option<u8>,
    /// Learn one wavelet for each level instead of one for all
    #[arg(long)]
    each_level: bool,
    /// Extension of the window beyond its ends; by default zero, and periodization for images
    #[arg(long, value_enum)]
    boundary: Option<Edge>,
    /// Weight of the L1 norm of the coefficients; if several are given (1e-3,5e-3), one is chosen
    #[arg(long, value_delimiter = ',')]
    lambda: Vec<f64>,
    /// Weight of the L1 norm of the attributions; if several are given, in ascending order, one is chosen
    #[arg(long, value_delimiter = ',')]
    gamma: Vec<f64>,
    /// Weight of the readout's loss in the search for the wavelet, an extension of the method
    #[arg(long, default_value_t = 0.0)]
    supervised: f64,
    /// Start the search from this wavelet (PyWavelets' name); db5+0.3 adds normal noise of standard deviation 0.3 to its taps
    #[arg(long)]
    start: Option<String>,
    /// Maximum number of deployed parameters (taps, weights, biases) for each output
    #[arg(long, alias = "numbers", value_name = "N", default_value_t = 41)]
    max_parameters: usize,
    /// What scores on the device, for the next two options
    #[arg(long, value_enum, default_value = "file")]
    target: Processor,
    /// Maximum number of instructions for a score, estimated from the features; signals only. Cheaper features are then preferred
    #[arg(long, alias = "instructions", value_name = "N")]
    max_instructions: Option<u32>,
    /// Maximum number of bytes of flash of the exported code, estimated from the features; with --target m4f or m0
    #[arg(long, value_name = "BYTES")]
    max_flash: Option<u32>,
    /// For two classes: probability above which the decision is class 1; by default 0.5
    #[arg(long)]
    threshold: Option<f64>,
    /// Arithmetic of the scores on boards; by default float, and fixed for --target m0
    #[arg(long, alias = "scalar", value_enum)]
    arithmetic: Option<Arithmetic>,
    /// Also train on incomplete events: a copy of each training window, with zeros after a random part of it
    #[arg(long, alias = "growing")]
    early_events: bool,
    /// Omit from the file what scoring does not need: provenance, and the statistics with which a board detects drift
    #[arg(long)]
    bare: bool,
    /// Weight classes equally: the model decides as if all were equally frequent
    #[arg(long)]
    balanced: bool,
    /// How windows are assigned to the folds of the cross-validation
    #[arg(long, value_enum, default_value = "stratified")]
    folds: Folds,
    /// Drop features while the cross-validated loss (1 − R², or the mean of −ln p) rises by no more than this
    #[arg(long, default_value_t = 0.0)]
    within: f64,
    /// Also write all trials to this .csv, one row for each wavelet and its weights λ and γ
    #[arg(long, alias = "path")]
    trials: Option<PathBuf>,
    /// Also write an animation of the learned wavelet to this .gif; fixed wavelets are then not tried
    #[cfg(feature = "pictures")]
    #[arg(long, value_name = "GIF")]
    animate: Option<PathBuf>,
    /// Keep the state of the search in this file. After an interruption, repeat the command to continue; the model is the same. The file is
    /// removed at the end
    #[arg(long)]
    checkpoint: Option<PathBuf>,
    /// Output file for the model
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    reading: Reading,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        file::check_place(&self.out)?;
        self.trials.iter().try_for_each(|path| file::check_place(path))?;
        self.checkpoint.iter().try_for_each(|path| file::check_file(path))?;
        let ranks = global.ranks.all();
        #[cfg(feature = "pictures")]
        if let Some(path) = &self.animate {
            file::check_place(path)?;
            if matches!(self.wavelet, Wavelets::Fixed) {
                let bound = "any or learned, because a film shows a search: leave out --animate or --wavelet";
                return Err(Error::input("--animate", "wavelet", bound));
            }
            if ranks.size() > 1 {
                return Err(Error::input(
                    "--animate",
                    "ranks",
                    format_args!("1, because a film needs all windows on one rank; there are {}", ranks.size()),
                ));
            }
        }
        let shards = Shards::open(&self.data, &self.reading.options(), ranks)?;
        let mut data = shards.read()?;
        let bars = Bars::new(global);
        let attributions = self.attributions(global, &shards, &mut data, &bars)?;
        let options = Options {
            wavelet: match self.wavelet {
                // An animation shows a search.
                Wavelets::Any if self.animates() => Origin::Learned,
                Wavelets::Any => Origin::Any,
                Wavelets::Learned => Origin::Learned,
                Wavelets::Fixed => Origin::Fixed,
            },
            family: self.family.map(|kind| match kind {
                Kind::Orthogonal => Family::Orthogonal,
                Kind::Symmetric => Family::Symmetric,
            }),
            taps: self.taps,
            levels: self.levels,
            each_level: self.each_level,
            boundary: self.boundary.map(|edge| match edge {
                Edge::Zero => Boundary::Zero,
                Edge::Periodization => Boundary::Periodization,
                Edge::Symmetric => Boundary::Symmetric,
            }),
            lambdas: self.lambda.clone(),
            gammas: self.gamma.clone(),
            supervised: self.supervised,
            start: self.start.clone(),
            max_parameters: self.max_parameters,
            target: self.target.into(),
            instructions: self.max_instructions,
            flash: self.max_flash,
            threshold: self.threshold,
            fixed_point: self
                .arithmetic
                .map_or(Platform::from(self.target).is_fixed(), |arithmetic| arithmetic == Arithmetic::Fixed),
            early_events: self.early_events,
            folds: match self.folds {
                Folds::Stratified => Dealt::Stratified,
                Folds::Blocked => Dealt::Blocked,
            },
            within: self.within,
            balanced: self.balanced,
            bare: self.bare,
            seed: global.seed,
            checkpoint: self.checkpoint.clone(),
            ..Options::default()
        };
        let found =
            distil(&data, attributions.as_ref(), &options, Context { ranks, progress: &|event| bars.draw(event) })?;
        if global.ranks.leads() {
            let order = data.order_note().filter(|_| matches!(self.folds, Folds::Stratified));
            data.notes().iter().chain(&order).for_each(|note| say(&format!("awd: {}: {note}", data.name())));
            if let Some(path) = &self.trials {
                file::write(path, &Trial::write(&Trial::of(&found.grid))?)?;
            }
            #[cfg(feature = "pictures")]
            if let Some(path) = &self.animate {
                let visited = found.adapting(&data, attributions.as_ref(), self.start.as_deref(), global.seed)?;
                file::write(path, &awd_train::report::film(&visited)?)?;
            }
            file::write_model(&self.out, &found.model)?;
            if let Some(checkpoint) = &self.checkpoint {
                file::remove(checkpoint)?;
            }
        }
        let words = format!("{}: {}: {}", self.out.display(), data.what(ranks), words(&found));
        let mut json = found.json();
        json["out"] = self.out.display().to_string().into();
        report(global, &json, &words)
    }

    #[cfg(feature = "pictures")]
    const fn animates(&self) -> bool {
        self.animate.is_some()
    }

    #[cfg(not(feature = "pictures"))]
    #[expect(clippy::unused_self, reason = "there are no animations")]
    const fn animates(&self) -> bool {
        false
    }

    fn attributions(
        &self,
        global: &Global,
        shards: &Shards<'_>,
        data: &mut Dataset,
        bars: &Bars,
    ) -> Result<Option<Attributions>> {
        let ranks = global.ranks.all();
        if let Some(attributions) = self.attributions_of_trained(global, data, bars)? {
            return Ok(Some(attributions));
        }
        let context = Context { ranks, progress: &silent };
        let found = gradients(shards, data, self.gradients.as_deref(), self.network.named(), context)?;
        let without_teacher = !self.gamma.is_empty() && !self.gamma.iter().any(|gamma| *gamma > 0.0);
        if found.is_none() && !without_teacher {
            let bound = "0 without a teacher: name a network (--teacher, --onnx) or gradients (--gradients), train a network (--teach \
                        auto), or distil without a teacher (--gamma 0)";
            return Err(Error::input(data.name(), "gamma", bound));
        }
        Ok(found)
    }

    /// Trains a network and attributes the training windows, with `--teach`.
    #[cfg(feature = "teacher")]
    fn attributions_of_trained(&self, global: &Global, data: &Dataset, bars: &Bars) -> Result<Option<Attributions>> {
        use awd_train::attribution::{Method, attribute};
        use awd_train::teacher::{Training, train};
        let Some(kind) = self.teach else { return Ok(None) };
        if !self.gamma.is_empty() && self.gamma.iter().all(|gamma| *gamma == 0.0) {
            let bound = "above 0 with --teach, because 0 uses no teacher: leave out --gamma or --teach";
            return Err(Error::input("--gamma", "gamma", bound));
        }
        let size = global.ranks.all().size();
        if size > 1 {
            let bound =
                format_args!("1, because a network is trained on all windows; there are {size}: run awd teach first");
            return Err(Error::input("--teach", "ranks", bound));
        }
        let training = Training { arch: kind.arch(), seed: global.seed, balanced: self.balanced, checkpoint: None };
        let trained = train(data, &training, &|event| bars.draw(event))?;
        attribute(&Method::Saliency, &data.train().x, &trained.teacher, &silent).map(Some)
    }

    #[cfg(not(feature = "teacher"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "there is no kind of network to train")]
    fn attributions_of_trained(&self, _: &Global, _: &Dataset, _: &Bars) -> Result<Option<Attributions>> {
        Ok(None)
    }
}

/// One line about a model that was just distilled.
pub fn words(found: &Distilled) -> String {
    format!(
        "{}{} taps, {} levels, {} features, {} parameters, {} bytes; cross-validated score {:.4}; {:.1} s\n",
        found.fixed.as_ref().map_or_else(String::new, |name| format!("{name}, ")),
        found.transform.wavelets.finest().taps().len(),
        found.transform.levels,
        found.model.spec().terms.len(),
        found.model.parameters(),
        found.model.file().len(),
        found.validated,
        found.seconds
    )
}
