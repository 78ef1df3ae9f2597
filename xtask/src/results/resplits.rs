//! The section of docs/results.md about random re-splits of sets of the UCR archive, as an example of the trainer prints them.

use super::page::{RESPLITS, put};
use super::sets::archive;
use crate::awd::commit;
use crate::run::{Outcome, cargo, output, root, step};

/// Re-splits of each set.
const COUNT: &str = "5";

/// Makes the section and writes it into its page.
pub fn write() -> Outcome<()> {
    let example = ["--release", "--locked", "--package", "awd-train", "--example", "resplits"];
    step("build", cargo(&root()).arg("build").args(example))?;
    let paths: Vec<String> = archive()?.into_iter().map(|set| set.path).collect();
    let mut run = cargo(&root());
    run.arg("run").arg("--quiet").args(example).args(["--", COUNT]).args(paths);
    let table = output(&mut run).ok_or("the re-splits did not run to their end")?;
    let learned = table.lines().find_map(|line| line.strip_prefix("learned less fixed: "));
    let learned = learned.ok_or("the re-splits do not compare the learned wavelet with the fixed one")?;
    let words = format!(
        "*Does the learned wavelet matter?* On re-splits of these sets its accuracy less that of the best fixed one is {learned} Features and\n\
         readout do most of the work, and so `distil` compares fixed wavelets with the learned ones by the same folds.\n\n\
         Made by `cargo xtask resplits`: training and test windows of a set are joined and dealt anew, as many of each class to training as\n\
         there were, {COUNT} times; nobody's eye chose these splits. Accuracy, mean and standard error of the re-splits, of the model without a teacher, of\n\
         one whose wavelet is searched for (`--wavelet learned`), of the best fixed wavelet by the same folds, and of this project's MiniRocket. {}.\n\n",
        commit()
    );
    put(RESPLITS, &(words + &table))
}
