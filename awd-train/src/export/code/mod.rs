//! A model as the source of a scorer of this model alone: no file, no library, and only the levels, bands and features that it reads.
//!
//! A model becomes a [`Program`], a tree of statements, and one of two printers writes that as C or Rust. Both languages compute the same
//! operations in the same order, so that their outputs have the bits of [`awd_core::Model::score`].

mod arduino;
mod band;
mod c;
mod graph;
mod level;
mod number;
mod reach;
mod rust;
mod source;
mod tree;
mod whole;

use crate::model::{Integers, Model, Readout as Weights};
use crate::{Error, Result};
use awd_core::{Arithmetic, Dwt, Kind, Q14};
use number::Number;
use source::{Band, Context, FEATURES, Gathered};
use tree::{Expr, Stmt};

pub use arduino::files as arduino;
pub use c::print as c;
pub use rust::print as rust;

/// A scorer in statements.
#[derive(Debug, Clone)]
pub struct Program {
    /// What it was made of, for its first line.
    source: String,
    /// Samples of a window.
    window: usize,
    kind: Kind,
    outputs: usize,
    /// None if classes are 0, 1, 2, …
    class_names: Vec<String>,
    /// Features and products.
    inputs: usize,
    /// What fills the array of features.
    body: Vec<Stmt>,
    readout: Readout,
}

/// Biases, one for each output, and weights: of each feature and then each product, one for each output.
#[derive(Debug, Clone)]
enum Readout {
    Float {
        bias: Vec<f32>,
        weights: Vec<f32>,
        threshold: f32,
    },
    Fixed {
        /// The greatest modulus of a sample.
        limit: i16,
        bias: Vec<i32>,
        weights: Vec<i16>,
        /// In units of the outputs.
        threshold: i32,
        /// Bits of the outputs after their binary point.
        point: i8,
        /// Whether a sum may leave 32 bits.
        saturates: bool,
    },
}

impl Program {
    /// The scorer of a model. `source` is the name of the model's file.
    ///
    /// # Errors
    /// The model is for images.
    pub fn new(model: &Model, source: &str) -> Result<Self> {
        let spec = model.spec();
        if spec.image.is_some() {
            return Err(Error::input(
                source,
                "window",
                "a signal; for images export the model's file, which the library scores",
            ));
        }
        let (body, readout) = match spec.scalar {
            Arithmetic::Float => {
                let context = Context { deviation: spec.deviation, shifts: &[] };
                let Weights { bias, weights, threshold, .. } = spec.readout.clone();
                (body(model, &spec.wavelets, &context), Readout::Float { bias, weights, threshold })
            }
            Arithmetic::Fixed { unit, limit } => {
                let Integers { shifts, point, bias, weights } = spec.integers.clone();
                let context = Context { deviation: spec.deviation / unit, shifts: &shifts };
                let wavelets: Vec<Dwt<Q14>> = spec.wavelets.iter().map(Dwt::rounded).collect();
                let of_output =
                    |i: usize| weights.iter().skip(i).step_by(bias.len()).map(|weight| i64::from(*weight).abs());
                let most =
                    |(i, bias): (usize, &i32)| i64::from(*bias).abs() + i64::from(i16::MAX) * of_output(i).sum::<i64>();
                let saturates = bias.iter().enumerate().map(most).any(|most| most > i32::MAX.into());
                // As `awd_core` computes it: the cast saturates, and the power of two is a normal number.
                let threshold = (spec.readout.threshold * 2.0_f32.powi(i32::from(point).max(-126))) as i32;
                let body = body(model, &wavelets, &context);
                (body, Readout::Fixed { limit, bias, weights, threshold, point, saturates })
            }
        };
        Ok(Self {
            source: source.to_owned(),
            window: model.window(),
            kind: spec.readout.kind,
            outputs: spec.readout.bias.len(),
            class_names: spec.class_names.clone(),
            inputs: spec.terms.len() + spec.products.len(),
            body,
            readout,
        })
    }
}

/// The definitions of those functions of a prelude, given by name, that the text uses; in the order of the prelude.
fn used(prelude: &[(&'static str, &'static str)], text: &str) -> String {
    let in_name = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_used = |name: &str| {
        text.match_indices(name)
            .any(|(at, _)| !in_name(text[..at].chars().next_back()) && !in_name(text[at + name.len()..].chars().next()))
    };
    prelude.iter().filter(|(name, _)| is_used(name)).map(|(_, definition)| format!("{definition}\n")).collect()
}

/// The statements that fill the array of features.
fn body<C: Number>(model: &Model, wavelets: &[Dwt<C>], context: &Context<'_>) -> Vec<Stmt> {
    let spec = model.spec();
    let (mut body, mut first) = (vec![], 0);
    for dwt in wavelets {
        let features = gathered(model, first, dwt.bands());
        let statements = level::wavelet(dwt, model.window(), &features, context);
        if !statements.is_empty() {
            body.push(Stmt::Block(statements));
        }
        first += dwt.bands();
    }
    let window = Band { array: "window".into(), from: 0, len: model.window() };
    if let [features] = &gathered(model, first, 1)[..]
        && !features.is_empty()
    {
        let mut block = vec![Stmt::Comment("The window itself.".into())];
        band::gather::<C>(&mut block, &window, features, context);
        body.push(Stmt::Block(block));
    }
    for (place, pair) in (spec.terms.len()..).zip(&spec.products) {
        let [a, b] = pair.map(|place| C::value(Expr::Element(FEATURES.into(), place.into())));
        body.push(context.store::<C>(place, a * b));
    }
    body
}

/// The features of so many bands from this one on, each with its place among all.
fn gathered(model: &Model, first: usize, bands: usize) -> Vec<Gathered> {
    let mut gathered = vec![vec![]; bands];
    for (place, term) in model.spec().terms.iter().enumerate() {
        if let Some(of_band) = usize::from(term.band).checked_sub(first).and_then(|band| gathered.get_mut(band)) {
            of_band.push((place, term.feature));
        }
    }
    gathered
}
