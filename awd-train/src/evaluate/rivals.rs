//! What one would use instead: a fixed wavelet, chosen by the same folds and read by the same kind of readout, and MiniRocket.

use super::Predictor;
use super::baseline::Baseline;
use super::minirocket::MiniRocket;
use super::ridge::Ridge;
use crate::data::{Dataset, Samples, Target};
use crate::distil::{Few, Whole, best_fixed};
use crate::metric::Outputs;
use crate::ranks::{CHUNK, Ranks};
use crate::readout::{predict, slope};
use crate::{Error, Result};
use ndarray::{Array2, Axis, concatenate};

/// Windows that MiniRocket is fitted to at most: the products of all of them are held.
const WINDOWS: usize = 4096;

/// Rows `fixed`, the best of the catalogue's wavelets within so many numbers for each output, and `minirocket`. Of more training windows
/// than 4096 MiniRocket sees a part, drawn with the seed.
///
/// # Errors
/// The windows are images.
pub fn rivals(ranks: &dyn Ranks, data: &Dataset, numbers: usize, seed: u64) -> Result<Vec<Predictor>> {
    if data.rows > 1 {
        return Err(Error::input(
            &data.file,
            "x_train",
            "signals; MiniRocket is of signals, and rivals are compared with them",
        ));
    }
    let whole = Whole::new(ranks, data, None);
    let fixed = best_fixed(&whole, numbers, seed)?;
    let fixed = Predictor::model("fixed", &fixed, predict(&fixed, &data.test.x));
    Ok(vec![fixed, Predictor::from(minirocket(&whole, seed))])
}

/// What MiniRocket says of the test windows.
fn minirocket(whole: &Whole<'_>, seed: u64) -> Baseline {
    let Few { samples: Samples { x, y }, .. } = whole.drawn(WINDOWS, seed);
    let rocket = MiniRocket::new(&x, seed);
    let targets = match &y {
        Target::Values(values) => Array2::from_shape_fn((values.len(), 1), |(row, _)| values[row]),
        Target::Classes { labels, classes } => {
            Array2::from_shape_fn(
                (labels.len(), *classes),
                |(row, class)| if labels[row] == class { 1.0 } else { -1.0 },
            )
        }
    };
    let fit = Ridge::fit(&rocket.transform(&x), &targets);
    // Of classes outputs become logits: they decide as before, and their probabilities are as sure as windows that were left out allow.
    let some: Vec<usize> = (0..fit.left_out.nrows()).collect();
    let factor = slope(&y.select(&some), &fit.left_out);
    let blocks = whole.data.test.x.axis_chunks_iter(Axis(0), CHUNK);
    let blocks: Vec<Outputs> = blocks.map(|x| fit.outputs(&rocket.transform(&x.to_owned())) * factor).collect();
    let views: Vec<_> = blocks.iter().map(|block| block.view()).collect();
    // A rank may have no window.
    let outputs = concatenate(Axis(0), &views).unwrap_or_else(|_| Outputs::zeros((0, 1)));
    let features = rocket.features();
    Baseline { name: "minirocket", outputs, parameters: features + (features + 1) * targets.ncols() }
}
