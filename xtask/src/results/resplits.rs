//! The section of docs/results.md about random re-splits of sets of the UCR archive, printed by an example of the trainer.

use super::page::{RESPLITS, put};
use super::sets::archive;
use crate::awd::commit;
use crate::run::{Outcome, cargo, output, root, step};

/// The number of re-splits of each set.
const COUNT: &str = "5";

/// Makes the section and writes it into its page.
pub fn write() -> Outcome<()> {
    let example = ["--release", "--locked", "--package", "awd-train", "--example", "resplits"];
    step("build", cargo(&root()).arg("build").args(example))?;
    let paths: Vec<String> = archive()?.into_iter().map(|set| set.path).collect();
    let mut run = cargo(&root());
    run.arg("run").arg("--quiet").args(example).args(["--", COUNT]).args(paths);
    let table = output(&mut run).ok_or("the example resplits failed")?;
    let learned = table.lines().find_map(|line| line.strip_prefix("learned minus fixed: "));
    let learned = learned.ok_or("the output of the example resplits has no line `learned minus fixed`")?;
    let introduction = format!(
        "*Does the learned wavelet matter?* On re-splits of these sets, its accuracy minus that of the best fixed wavelet is {learned} Most of\n\
         the accuracy comes from features and readout, so `distil` compares fixed wavelets with the learned ones on the same folds.\n\n\
         Made by `cargo xtask resplits`: training and test windows of a set are pooled and split again at random, {COUNT} times, with the original\n\
         number of training windows in each class. Nobody selected these splits. Columns are mean accuracy and standard error over the re-splits:\n\
         *awd* is the model without a teacher, *learned* the model with `--wavelet learned`, *fixed* the best fixed wavelet on the same folds,\n\
         *MiniRocket* this project's. {}.\n\n",
        commit()
    );
    put(RESPLITS, &(introduction + &table))
}
