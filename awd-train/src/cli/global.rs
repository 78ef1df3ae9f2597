//! The options that every verb takes.

use super::output::print;
use super::ranks::Joined;
use awd_train::Result;

/// The options that every verb takes.
#[derive(clap::Args)]
pub struct Global {
    /// Print one JSON object instead of a table
    #[arg(long, global = true)]
    pub json: bool,
    /// Print no progress
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Seed of all random numbers
    #[arg(long, global = true, default_value_t = 1)]
    pub seed: u64,
    /// Number of threads, at most 1024; by default all processors
    #[arg(long, global = true)]
    pub threads: Option<usize>,
    #[arg(skip)]
    pub ranks: Joined,
    /// The name by which the program was started.
    #[arg(skip)]
    pub program: String,
}

/// Prints a result as one JSON object or as text, on the first rank only.
pub fn report(global: &Global, json: &serde_json::Value, words: &str) -> Result<()> {
    if !global.ranks.leads() {
        return Ok(());
    }
    if global.json { print(&format!("{json}\n")) } else { print(words) }
}
