//! The reconstruction error of a transform, in `f64`.

use crate::cluster::max_reduce;
use crate::data::TrainingSet;
use crate::readout::Transform;
use crate::score::LINES;
use ndarray::{ArrayView1, Axis};
use rayon::prelude::*;

/// The largest |synthesis(analysis(x)) − x| over the training windows of all ranks, as a fraction of the largest |x|.
pub(super) fn error(set: &TrainingSet<'_>, transform: &Transform) -> f64 {
    let TrainingSet { ranks, data, .. } = *set;
    let dwt = transform.wavelets.dwt(transform.boundary, transform.levels).expect("the steps fit into a transform");
    let window = data.window();
    let size = [data.rows, window / data.rows.max(1)];
    let work = if data.rows > 1 { dwt.image_work_len::<LINES>(size) } else { dwt.work_len(window) };
    let of_window = |work: &mut Vec<f64>, x: ArrayView1<'_, f32>| {
        let x: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        let mut back = vec![0.0; window];
        let mut coefficients = Vec::with_capacity(dwt.coefficients_len(window));
        let collect = |_: usize, band: &[f64]| coefficients.extend_from_slice(band);
        if data.rows > 1 {
            dwt.analyze_image::<_, LINES>(&mut x.clone(), size, work, collect).expect("buffers of these lengths");
            dwt.synthesize_image(&coefficients, size, work, &mut back).expect("buffers of these lengths");
        } else {
            dwt.analyze(&x, work, collect).expect("buffers of these lengths");
            dwt.synthesize(&mut coefficients, work, &mut back).expect("buffers of these lengths");
        }
        let off = x.iter().zip(&back).map(|(x, back)| (x - back).abs());
        [off.fold(0.0, f64::max), x.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()))]
    };
    let windows = data.train.x.axis_iter(Axis(0)).into_par_iter();
    let [farthest, largest] = windows
        .map_init(|| vec![0.0; work], of_window)
        .reduce(|| [0.0, f64::MIN_POSITIVE], |[a, b], [c, d]| [a.max(c), b.max(d)])
        .map(|own| max_reduce(ranks, own));
    farthest / largest
}
