//! `awd key new --out F` and `awd sign MODEL --key F`

use super::{Global, report, say};
use awd_train::device::signing::{Key, hex, key_name, number_now};
use awd_train::{Result, file};
use clap::Subcommand;
use serde_json::json;
use std::path::PathBuf;

const EXAMPLE: &str = "\
Example:
  awd sign my.awd --key site.key";

#[derive(clap::Args)]
#[command(after_help = "Example:\n  awd key new --out lab.key")]
pub struct KeyArgs {
    #[command(subcommand)]
    verb: KeyVerb,
}

#[derive(Subcommand)]
enum KeyVerb {
    /// Make a private key for signing models, and the public key for the firmware
    #[command(after_help = "Example:\n  awd key new --out another.key")]
    New {
        /// File for the private key, which must not exist; the public key is written to a file beside it that ends with .pub
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct SignArgs {
    /// The model
    model: PathBuf,
    /// The private key, in PEM
    #[arg(long)]
    key: PathBuf,
    /// The number of the model, which must be higher than that of every model that the board has had; by default the seconds since 1970
    #[arg(long)]
    number: Option<u32>,
    /// File for the signature; by default the name of the model, followed by .sig
    #[arg(long)]
    out: Option<PathBuf>,
}

impl KeyArgs {
    pub fn run(&self, global: &Global) -> Result<()> {
        let KeyVerb::New { out } = &self.verb;
        let beside = file::beside(out, ".pub");
        file::check_place(&beside)?;
        let key = Key::generate()?;
        key.write(out)?;
        let digits = hex(&key.public());
        file::write(&beside, format!("{digits}\n").as_bytes())?;
        let name = format!("{:08x}", key_name(&key.public()));
        let [private, public] = [out, &beside].map(|path| path.display().to_string());
        let words = format!("{private}: private key {name}\n{public}: public key {digits}\n");
        report(global, &json!({ "private": private, "public": public, "key": name, "public_key": digits }), &words)?;
        if !global.quiet {
            say("Keep the private key secret. Build the firmware with the public key: docs/boards.md.");
        }
        Ok(())
    }
}

impl SignArgs {
    pub fn run(&self, global: &Global) -> Result<()> {
        let model = file::read_model(&self.model)?;
        let out = self.out.clone().unwrap_or_else(|| file::beside(&self.model, ".sig"));
        file::check_place(&out)?;
        let signature = Key::read(&self.key)?.sign(model.file(), self.number.unwrap_or_else(number_now));
        signature.write(&out)?;
        let (place, key) = (out.display().to_string(), format!("{:08x}", signature.key));
        let words = format!("{place}: signature of model {}, key {key}\n", signature.number);
        report(global, &json!({ "out": place, "number": signature.number, "key": key }), &words)
    }
}
