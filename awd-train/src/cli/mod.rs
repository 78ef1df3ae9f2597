//! The command line, with one file for each verb. Results go to stdout, everything else to stderr.

mod attribute;
mod binarize;
mod check;
mod completions;
#[cfg(all(feature = "teacher", feature = "board"))]
mod demo;
#[cfg(feature = "board")]
mod device;
mod distil;
mod doctor;
mod draw;
mod evaluate;
mod export;
mod global;
mod import;
mod inspect;
mod network;
mod next;
mod output;
mod ranks;
mod reading;
#[cfg(feature = "pictures")]
mod report;
mod score;
#[cfg(feature = "board")]
mod sign;
mod simulate;
mod table;
#[cfg(feature = "teacher")]
mod teach;

use awd_train::{Error, interrupt};
use clap::{CommandFactory, Parser, Subcommand};
use global::{Global, report};
use output::{print, say};
use std::ffi::OsString;

/// The text of `awd --help`. It must fit on one screen, so it describes the common options in one sentence.
const HELP: &str = "\
{about}
{usage-heading} {usage}
Commands:
{subcommands}

Every verb takes --json, --quiet, --seed N, --threads N; --help has examples.
Exit codes: 0 done, 1 failed, 2 wrong usage or bad input, 130 interrupted.
Example:
  awd demo
";

/// Maximum of `--threads`: more than the processors of any machine that this is run on.
const MAX_THREADS: usize = 1024;

/// Distil a trained network into a wavelet for a microcontroller
#[derive(Parser)]
#[command(name = "awd", version, help_template = HELP)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    global: Global,
}

#[derive(Subcommand)]
enum Verb {
    #[cfg(all(feature = "teacher", feature = "board"))]
    /// Run everything once on real heartbeats, in two minutes
    Demo(demo::Args),
    /// Simulate a data set
    Simulate(simulate::Args),
    /// Make a data set from tracks of a microscope (cmeAnalysis)
    Import(import::Args),
    /// Print what a data set contains, and how it was read
    Check(check::Args),
    /// Reduce the classes of a data set to two
    #[command(alias = "relabel")]
    Binarize(binarize::Args),
    #[cfg(feature = "teacher")]
    /// Train a neural network to distil
    #[command(alias = "train")]
    Teach(teach::Args),
    /// Compute a network's gradients once, and keep them in a file
    Attribute(attribute::Args),
    /// Distil a network, or its gradients, into a small model
    #[command(alias = "distill")]
    Distil(Box<distil::Args>),
    /// Measure a model, its teacher and baselines on the test split
    Evaluate(evaluate::Args),
    /// Score windows on this computer or on a board
    Score(score::Args),
    #[cfg(feature = "pictures")]
    /// Write an HTML report of a model
    Report(report::Args),
    /// Print what a model contains
    Inspect(inspect::Args),
    /// Write a model as Rust or C source code
    Export(export::Args),
    #[cfg(feature = "board")]
    /// Push a model to a board, verify it, monitor it
    Device(device::Args),
    /// Make a key for signing models
    #[cfg(feature = "board")]
    #[command(hide = true)]
    Key(sign::KeyArgs),
    /// Sign a model, for a board that takes only signed models
    #[cfg(feature = "board")]
    #[command(hide = true)]
    Sign(sign::SignArgs),
    /// Print what is installed, and how to install the rest
    Doctor(doctor::Args),
    /// Print a completion script for a shell
    #[command(hide = true)]
    Completions(completions::Args),
}

/// Runs the command line and returns its exit code. The first argument is the name of the program.
///
/// Interruptions then end the process, and `--threads` sets its threads: call it once.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    let mut cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(clap_error) => return usage(&clap_error),
    };
    cli.global.program = args.first().map_or("awd".into(), |program| program.to_string_lossy().into_owned());
    interrupt::catch();
    cli.global.ranks = ranks::Joined::join();
    cli.global.quiet |= !cli.global.ranks.leads();
    let result = (|| {
        let ranks = cli.global.ranks.all().size();
        let several = matches!(cli.verb, Verb::Attribute(_) | Verb::Distil(_) | Verb::Evaluate(_) | Verb::Score(_));
        if ranks > 1 && !several {
            let bound = format_args!(
                "1 for this verb; there are {ranks}: only attribute, distil, evaluate and score run on several"
            );
            return Err(Error::input("mpirun", "ranks", bound));
        }
        if let Some(threads) = cli.global.threads {
            if !(1..=MAX_THREADS).contains(&threads) {
                let bound = format_args!("1 to {MAX_THREADS}; asked for {threads}: leave it out to use all processors");
                return Err(Error::input("--threads", "threads", bound));
            }
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
            pool.map_err(|why| Error::failed("threads", why))?;
        }
        match &cli.verb {
            #[cfg(all(feature = "teacher", feature = "board"))]
            Verb::Demo(args) => args.run(&cli.global),
            Verb::Simulate(args) => args.run(&cli.global),
            Verb::Import(args) => args.run(&cli.global),
            Verb::Check(args) => args.run(&cli.global),
            Verb::Binarize(args) => args.run(&cli.global),
            #[cfg(feature = "teacher")]
            Verb::Teach(args) => args.run(&cli.global),
            Verb::Attribute(args) => args.run(&cli.global),
            Verb::Distil(args) => args.run(&cli.global),
            Verb::Evaluate(args) => args.run(&cli.global),
            Verb::Score(args) => args.run(&cli.global),
            #[cfg(feature = "pictures")]
            Verb::Report(args) => args.run(&cli.global),
            Verb::Inspect(args) => args.run(&cli.global),
            Verb::Export(args) => args.run(&cli.global),
            #[cfg(feature = "board")]
            Verb::Device(args) => args.run(&cli.global),
            #[cfg(feature = "board")]
            Verb::Key(args) => args.run(&cli.global),
            #[cfg(feature = "board")]
            Verb::Sign(args) => args.run(&cli.global),
            Verb::Doctor(args) => args.run(&cli.global),
            Verb::Completions(args) => args.run(Cli::command()),
        }
    })();
    match result {
        Ok(()) => 0,
        Err(Error::Unread) if cli.global.ranks.all().size() == 1 => 0,
        Err(error) => cli.global.ranks.fail(&error),
    }
}

/// Prints help, the version, or what is wrong with the arguments.
fn usage(clap_error: &clap::Error) -> u8 {
    match clap_error.print() {
        Err(why) if !clap_error.use_stderr() && why.kind() != std::io::ErrorKind::BrokenPipe => {
            let error = Error::failed("stdout", why);
            say(&format!("awd: {error}"));
            error.exit_code()
        }
        _ => u8::try_from(clap_error.exit_code()).unwrap_or(2),
    }
}
