//! The options of a distillation, as Python names them.

use awd_core::Boundary;
use awd_train::data::Dealt;
use awd_train::distil::{Options, Origin};
use awd_train::readout::Platform;
use awd_train::suggest::did_you_mean;
use awd_train::wavelet::Family;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The parameters of an estimator; `awd/_options.py` makes the dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Given {
    wavelet: String,
    family: Option<String>,
    taps: Option<usize>,
    levels: Option<u8>,
    each_level: bool,
    boundary: Option<String>,
    lambdas: Vec<f64>,
    gammas: Vec<f64>,
    supervised: f64,
    start: Option<String>,
    max_parameters: usize,
    target: String,
    instructions: Option<u32>,
    flash: Option<u32>,
    threshold: Option<f64>,
    arithmetic: String,
    early_events: bool,
    folds: String,
    within: f64,
    balanced: bool,
    bare: bool,
    seed: u64,
}

/// The value of a name.
fn named<T: Copy>(parameter: &str, name: &str, known: &[(&str, T)]) -> PyResult<T> {
    let found = known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(known, _)| *known).collect();
        let near = did_you_mean(name, names.iter().copied());
        PyValueError::new_err(format!("{parameter}: {}; asked for {name:?}{near}", names.join(", ")))
    })
}

impl Given {
    /// The library's options.
    pub fn options(self) -> PyResult<Options> {
        let family = [("orthogonal", Family::Orthogonal), ("symmetric", Family::Symmetric)];
        let boundary =
            [("zero", Boundary::Zero), ("periodization", Boundary::Periodization), ("symmetric", Boundary::Symmetric)];
        Ok(Options {
            wavelet: named(
                "wavelet",
                &self.wavelet,
                &[("any", Origin::Any), ("learned", Origin::Learned), ("fixed", Origin::Fixed)],
            )?,
            family: self.family.map(|name| named("family", &name, &family)).transpose()?,
            taps: self.taps,
            levels: self.levels,
            each_level: self.each_level,
            boundary: self.boundary.map(|name| named("boundary", &name, &boundary)).transpose()?,
            lambdas: self.lambdas,
            gammas: self.gammas,
            supervised: self.supervised,
            start: self.start,
            max_parameters: self.max_parameters,
            target: named("target", &self.target, &Platform::ALL.map(|target| (target.name(), target)))?,
            instructions: self.instructions,
            flash: self.flash,
            threshold: self.threshold,
            fixed_point: named("arithmetic", &self.arithmetic, &[("float", false), ("fixed", true)])?,
            early_events: self.early_events,
            folds: named("folds", &self.folds, &[("stratified", Dealt::Stratified), ("blocked", Dealt::Blocked)])?,
            within: self.within,
            balanced: self.balanced,
            bare: self.bare,
            seed: self.seed,
            ..Options::default()
        })
    }
}
