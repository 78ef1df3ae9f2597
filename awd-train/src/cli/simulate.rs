//! `awd simulate recovery|cme --out F` and `awd simulate cme --movie F`

use super::{Global, report};
use awd_train::data::{Dataset, write_dataset, write_movie};
use awd_train::simulate::{self, Cme, Movie, MovieOptions};
use awd_train::{Error, Result, file};
use ndarray::{ArrayD, Axis};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Maximum number of windows of a split. Several copies of a larger split do not fit into an ordinary machine's memory.
const MAX_WINDOWS: usize = 1_000_000;

/// Maximum number of pixels of a movie, half a gigabyte.
const MAX_PIXELS: usize = 1 << 28;

const EXAMPLE: &str = "\
Example:
  awd simulate cme --n-train 500 --n-test 500 --out cme.npz";

const CME: &str = "\
Examples:
  awd simulate cme --n-train 500 --n-test 500 --out cme.npz
  awd simulate cme --movie movie.npz --frames 200 --side 128 --pits 30";

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    #[command(subcommand)]
    model: Model,
}

/// What the data are drawn from.
#[derive(clap::Subcommand)]
enum Model {
    /// White noise with a value that depends on three db5 coefficients, as in the published simulation (Ha et al. 2021); by default 50000
    /// training and 5000 test windows
    #[command(after_help = "Example:\n  awd simulate recovery --n-train 500 --n-test 100 --out recovery.npz")]
    Recovery {
        #[command(flatten)]
        size: Size,
        /// Output file (.npz)
        #[arg(long)]
        out: PathBuf,
    },
    /// Clathrin intensity at endocytic pits, one frame per second: class 1 becomes a vesicle, class 0 is abandoned. Auxilin, which marks
    /// vesicles, is also written; by default 4000 windows in each split. With --movie, the frames of a camera instead
    #[command(after_help = CME)]
    Cme {
        #[command(flatten)]
        size: Size,
        #[command(flatten)]
        out: Out,
        #[command(flatten)]
        movie: MovieSize,
    },
}

/// How many windows.
#[derive(clap::Args)]
struct Size {
    /// Number of training windows
    #[arg(long)]
    n_train: Option<usize>,
    /// Number of test windows
    #[arg(long)]
    n_test: Option<usize>,
}

/// Where windows or a movie go.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Out {
    /// Output file of windows (.npz)
    #[arg(long)]
    out: Option<PathBuf>,
    /// Output file of a movie (.npz): frames, where the pits are in them, and which become vesicles
    #[arg(long, value_name = "FILE", conflicts_with_all = ["n_train", "n_test"])]
    movie: Option<PathBuf>,
}

/// The size of a movie.
#[derive(clap::Args)]
struct MovieSize {
    /// Number of frames of the movie
    #[arg(long, default_value_t = 300, conflicts_with = "out")]
    frames: usize,
    /// Height and width of the movie in pixels
    #[arg(long, default_value_t = 256, conflicts_with = "out")]
    side: usize,
    /// Mean number of pits in a frame of the movie
    #[arg(long, default_value_t = 100, conflicts_with = "out")]
    pits: usize,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        match &self.model {
            Model::Recovery { size, out } => {
                size.write(global, out, "recovery", [50_000, 5_000], |[n_train, n_test]| {
                    (simulate::recovery(n_train, n_test, global.seed), Vec::new())
                })
            }
            Model::Cme { size, out: Out { out: Some(out), .. }, .. } => {
                size.write(global, out, "cme", [4_000; 2], |[n_train, n_test]| {
                    let Cme { data, auxilin: [train, test] } = simulate::cme(n_train, n_test, global.seed);
                    (data, vec![("auxilin_train", train.into_dyn()), ("auxilin_test", test.into_dyn())])
                })
            }
            Model::Cme { out: Out { movie: Some(movie), .. }, movie: size, .. } => size.write(global, movie),
            Model::Cme { .. } => unreachable!("one of both files is required"),
        }
    }
}

impl Size {
    /// Simulates and writes a data set and further arrays. `[train, test]` are the default numbers of windows.
    fn write(
        &self,
        global: &Global,
        out: &Path,
        model: &str,
        [train, test]: [usize; 2],
        make: impl Fn([usize; 2]) -> (Dataset, Vec<(&'static str, ArrayD<f32>)>),
    ) -> Result<()> {
        let sizes = [self.n_train.unwrap_or(train), self.n_test.unwrap_or(test)];
        for (option, n) in ["--n-train", "--n-test"].into_iter().zip(sizes) {
            if !(2..=MAX_WINDOWS).contains(&n) {
                return Err(Error::input(option, "windows", format_args!("2 to {MAX_WINDOWS}; asked for {n}")));
            }
        }
        file::check_place(out)?;
        let (data, further) = make(sizes);
        write_dataset(out, &data, &further)?;
        let (train, test, window) = (data.train().y.len(), data.test().y.len(), data.window());
        let out = out.display().to_string();
        let words = format!("{out}: {train} windows for training, {test} for testing, {window} samples\n");
        let json = json!({
            "out": out, "model": model, "n_train": train, "n_test": test, "window": window,
        });
        report(global, &json, &words)
    }
}

impl MovieSize {
    fn write(&self, global: &Global, out: &Path) -> Result<()> {
        let &Self { frames, side, pits } = self;
        for (option, number, bounds) in
            [("--frames", frames, 1..=10_000), ("--side", side, 16..=2048), ("--pits", pits, 1..=10_000)]
        {
            if !bounds.contains(&number) {
                let bound = format_args!("{} to {}; asked for {number}", bounds.start(), bounds.end());
                return Err(Error::input(option, "movie", bound));
            }
        }
        let pixels = frames * side * side;
        if pixels > MAX_PIXELS {
            let bound = format_args!(
                "movies of at most {MAX_PIXELS} pixels; {frames} frames of {side} × {side} have {pixels}: ask for fewer frames"
            );
            return Err(Error::input("--frames", "movie", bound));
        }
        file::check_place(out)?;
        let Movie { frames, spots, vesicles } = simulate::movie(MovieOptions { frames, side, pits }, global.seed);
        write_movie(out, &frames, &spots, &vesicles)?;
        let (out, frames) = (out.display().to_string(), frames.len_of(Axis(0)));
        let words = format!("{out}: {frames} frames of {side} × {side} pixels, {} pits\n", vesicles.len());
        let json = json!({ "out": out, "model": "cme", "frames": frames, "side": side, "pits": vesicles.len() });
        report(global, &json, &words)
    }
}
