//! The data sets of the results.

use crate::awd::{Awd, data};
use crate::run::{Outcome, root};

/// The seeds of teacher, folds and search.
pub const SEEDS: [u64; 3] = [1, 2, 3];

/// Heartbeats in two classes, made by [`make_sets`].
pub const NORMAL: &str = "target/results/ecg5000_normal.npz";

/// The simulated set, made by [`make_sets`].
pub const SIMULATED: &str = "target/results/simulated_cme.npz";

/// The lists of sets with published scores, each with the folder of the sets.
const LISTS: [(&str, &str); 2] =
    [("../shared/data/ucr/index.csv", "../shared/data/ucr"), ("../shared/data/ucr/also.csv", "../shared/data")];

/// A set of the archive that is on this machine.
pub struct Set {
    pub name: String,
    /// Number of training windows, samples per window, classes.
    pub shape: [String; 3],
    pub path: String,
    /// Published scores of a residual network and of MiniRocket.
    pub published: [f64; 2],
}

/// The sets that are on this machine.
pub fn archive() -> Outcome<Vec<Set>> {
    let mut sets = Vec::new();
    for (list, folder) in LISTS {
        let Some((_, list)) = data(list) else { continue };
        let text = std::fs::read_to_string(&list).map_err(|why| format!("{list}: {why}"))?;
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let [name, train, _, length, classes, resnet, _, minirocket] = fields[..] else {
                return Err(format!("{list}: eight fields per line; one line is {line}"));
            };
            let Some((_, path)) = data(&format!("{folder}/{}.npz", name.to_lowercase())) else { continue };
            let number = |field: &str| field.parse::<f64>().map_err(|why| format!("{list}: {field}: {why}"));
            let published = [number(resnet)?, number(minirocket)?];
            sets.push(Set { name: name.into(), shape: [train, length, classes].map(str::to_owned), path, published });
        }
    }
    Ok(sets)
}

/// Makes the simulated set and the two-class heartbeats.
pub fn make_sets(awd: &Awd) -> Outcome<()> {
    awd.run(&["simulate", "cme", "--out", "simulated_cme.npz"])?;
    let heartbeats = root().join("data/ecg5000.npz").display().to_string();
    awd.run(&["binarize", &heartbeats, "--positive", "0", "--out", "ecg5000_normal.npz"])?;
    Ok(())
}
