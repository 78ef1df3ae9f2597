//! `awd completions SHELL`

use super::print;
use awd_train::{Error, Result};
use clap::Command;
use clap_complete::{Shell, generate};

#[derive(clap::Args)]
#[command(after_help = "Example:\n  awd completions bash > awd.bash")]
pub struct Args {
    /// The shell
    shell: Shell,
}

impl Args {
    pub fn run(&self, mut awd: Command) -> Result<()> {
        let mut script = Vec::new();
        generate(self.shell, &mut awd, "awd", &mut script);
        print(&String::from_utf8(script).map_err(|why| Error::failed("completions", why))?)
    }
}
