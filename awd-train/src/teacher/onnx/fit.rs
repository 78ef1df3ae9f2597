//! Finds how a network takes the windows of a data set, and which of its outputs fits the targets.

use super::link::Link;
use super::prepare::{Output, Prepared};
use super::runner::{Call, Failure, Runner};
use crate::data::Dataset;
use crate::suggest::did_you_mean;
use crate::{Error, Result};
use ndarray::{Array2, ArrayView2, Axis};
use rten::Dimension;

/// The largest difference of an output that is computed alone from the same in a batch, in standard deviations.
const TOLERANCE: f32 = 0.01;

/// How a network is used.
pub struct Fit {
    pub call: Call,
    pub link: Link,
}

/// An output with the outputs that it has for some windows.
struct Computed<'o> {
    output: &'o Output,
    values: Array2<f32>,
    call: Call,
}

impl Fit {
    /// Tries the shapes of windows and batches of several or one, in this order. The first output that fits is used, or
    /// that which is named.
    ///
    /// # Errors
    /// The network fails for all of them, no output fits, or it is not clear which does.
    pub fn of(
        runner: &Runner,
        prepared: &Prepared,
        named: Option<&str>,
        data: &Dataset,
        x: ArrayView2<'_, f32>,
    ) -> Result<Self> {
        let outputs = candidates(runner, prepared, named)?;
        let input = runner.input_shape();
        let fixed = match input.as_deref() {
            Some([Dimension::Fixed(batch), ..]) => Some((*batch).max(1)),
            _ => None,
        };
        let shapes: Vec<Vec<usize>> =
            shapes(data).into_iter().filter(|shape| accepts(input.as_deref(), shape)).collect();
        if shapes.is_empty() {
            return Err(other_windows(runner, data, &input.unwrap_or_default()));
        }
        let mut failed = None;
        // A network may fix batches of one window although its input does not.
        let batches = if fixed.is_none() { vec![None, Some(1)] } else { vec![fixed] };
        for (batch, shape) in batches.iter().flat_map(|&batch| shapes.iter().map(move |shape| (batch, shape))) {
            let mut computed = Vec::new();
            for &output in &outputs {
                let Some(node) = runner.model.find_node(&output.value) else { continue };
                let call = Call { output: node, shape: shape.clone(), batch };
                match run(runner, &call, x) {
                    Ok(values) => computed.push(Computed { output, values, call }),
                    Err(failure) => failed = failed.or(Some((failure, call))),
                }
            }
            if !computed.is_empty() {
                return Self::choose(runner, &computed, data, x);
            }
        }
        let (failure, call) = failed.ok_or_else(|| Error::input(&runner.file, "outputs", "one; it has none"))?;
        let few = x.slice_axis(Axis(0), (..call.batch.unwrap_or(2).min(x.nrows())).into());
        Err(runner.refuse_at(&failure, prepared, &call, few))
    }

    /// Chooses the first output that fits.
    fn choose(runner: &Runner, computed: &[Computed<'_>], data: &Dataset, x: ArrayView2<'_, f32>) -> Result<Self> {
        let y = &data.train.y;
        let fitting: Vec<(&Computed<'_>, Link)> =
            (computed.iter()).filter_map(|computed| Some((computed, Link::of(y, &computed.values)?))).collect();
        let bad = |bound: &dyn std::fmt::Display| Err(Error::input(&runner.file, "outputs", bound));
        let Some(&(first, link)) = fitting.first() else {
            let found: Vec<String> =
                computed.iter().map(|each| format!("{} ({})", each.values.ncols(), each.output.name)).collect();
            return bad(&format_args!("{}; it has {}", Link::bound(y), found.join(" or ")));
        };
        let opposite = |&&(other, of): &&(&Computed<'_>, Link)| of.is_of_second() && is_opposite(first, other);
        if let Some((other, _)) = fitting.iter().find(opposite).filter(|_| link.is_of_second()) {
            let [first, other] = [first, other].map(|computed| &computed.output.name);
            return bad(&format_args!(
                "one for the second class; {first} and {other} may be either class: name one of them"
            ));
        }
        if let Some(bound) = mixes_windows(runner, first, x) {
            return bad(&bound);
        }
        Ok(Self { call: first.call.clone(), link })
    }
}

/// The outputs that may be used.
fn candidates<'p>(runner: &Runner, prepared: &'p Prepared, named: Option<&str>) -> Result<Vec<&'p Output>> {
    let Some(named) = named else { return Ok(prepared.outputs.iter().collect()) };
    let found =
        prepared.outputs.iter().find(|output| [&output.name, &output.value].map(String::as_str).contains(&named));
    let found = found.ok_or_else(|| {
        let names: Vec<&str> = prepared.outputs.iter().map(|output| output.name.as_str()).collect();
        let bound = format_args!("{}; there is no {named}{}", names.join(" or "), did_you_mean(named, &names));
        Error::input(&runner.file, "outputs of floats", bound)
    })?;
    Ok(vec![found])
}

/// The outputs (n, outputs) of all windows.
fn run(runner: &Runner, call: &Call, x: ArrayView2<'_, f32>) -> std::result::Result<Array2<f32>, Failure> {
    let mut all = Vec::new();
    for batch in x.axis_chunks_iter(Axis(0), call.batch.unwrap_or(x.nrows()).max(1)) {
        all.extend(runner.run(call, batch)?);
    }
    let shape = (x.nrows(), all.len() / x.nrows().max(1));
    Array2::from_shape_vec(shape, all).map_err(|why| Failure::Error(why.to_string()))
}

/// Whether one of two outputs falls where the other rises, as the probabilities of two classes do.
fn is_opposite(a: &Computed<'_>, b: &Computed<'_>) -> bool {
    let centred = |computed: &Computed<'_>| {
        let column = computed.values.column(0).to_owned();
        let mean = column.mean().unwrap_or(0.0);
        column - mean
    };
    centred(a).dot(&centred(b)) < 0.0
}

/// Returns what is wrong with a network whose outputs for a window depend on the other windows of the batch.
fn mixes_windows(runner: &Runner, computed: &Computed<'_>, x: ArrayView2<'_, f32>) -> Option<&'static str> {
    if computed.call.batch.is_some() || x.nrows() < 2 {
        return None;
    }
    let alone = runner.run(&computed.call, x.slice_axis(Axis(0), (..1).into())).ok()?;
    let deviation = computed.values.std(0.0).max(1e-6);
    let differs = (alone.row(0).iter().zip(computed.values.row(0))).any(|(a, b)| (a - b).abs() > TOLERANCE * deviation);
    differs.then_some(
        "of one window each; they depend on the other windows, as in training mode: call eval() before the export",
    )
}

/// Whether an input takes windows of this shape.
fn accepts(input: Option<&[Dimension]>, shape: &[usize]) -> bool {
    let Some([_, axes @ ..]) = input else { return true };
    axes.len() == shape.len()
        && axes.iter().zip(shape).all(|(axis, n)| !matches!(axis, Dimension::Fixed(fixed) if fixed != n))
}

/// The error of a network for windows of another length.
fn other_windows(runner: &Runner, data: &Dataset, input: &[Dimension]) -> Error {
    let window = match data.rows {
        1 => format!("windows of {} samples", data.window()),
        rows => format!("images of {rows}×{}", data.window() / rows),
    };
    let axis = |axis: &Dimension| match axis {
        Dimension::Fixed(n) => n.to_string(),
        Dimension::Symbolic(name) => name.clone(),
    };
    let axes: Vec<String> = input.iter().map(axis).collect();
    let bound = format_args!("{window}, like the data; its shape is ({})", axes.join(", "));
    Error::input(&runner.file, "input", bound)
}

/// Shapes in which networks may take these windows, without the axis of the windows. Shapes with fewer axes of length 1
/// come first, but a flattened image comes last.
fn shapes(data: &Dataset) -> Vec<Vec<usize>> {
    let (n, rows) = (data.window(), data.rows);
    let columns = n / rows;
    if rows > 1 {
        return vec![vec![rows, columns], vec![1, rows, columns], vec![rows, columns, 1], vec![n]];
    }
    vec![vec![n], vec![1, n], vec![n, 1], vec![1, 1, n], vec![1, n, 1], vec![n, 1, 1]]
}
