//! Linear fits of floating-point features to integer features, on the training windows.

use crate::cluster::{self, CHUNK, Ranks, Span, chunks_of};
use crate::model::Spec;
use awd_core::features::of_window;
use awd_core::{Dwt, Q14, Scalar};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// A feature is approximately the slope times its integer, plus the offset.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// The greatest modulus of the integer.
    pub range: f64,
    pub slope: f64,
    pub offset: f64,
}

/// The lines of all features of a model, from the windows `x` (n, N) of every rank; `unit` is that of integer samples.
///
/// The lines are regressions on the training windows. A feature that keeps its digits has the slope that
/// docs/model-format.md gives. A feature as small as a unit is mostly rounding error. Its slope is then about 0, so its
/// weight does not cost the other weights resolution.
pub fn lines(ranks: &dyn Ranks, span: &Span, spec: &Spec, x: &Array2<f32>, unit: f64) -> Vec<Line> {
    let wavelets: Vec<Dwt<Q14>> = spec.wavelets.iter().map(Dwt::rounded).collect();
    let work = wavelets.iter().map(|dwt| dwt.work_len(x.ncols())).max().unwrap_or(0);
    #[expect(clippy::cast_possible_truncation, reason = "as a board computes it")]
    let deviation = spec.deviation / unit as f32;
    let of_chunk = |chunk: usize| {
        let mut moments = vec![Moments::default(); spec.terms.len()];
        let (mut float_work, mut work) = (vec![0.0; work], vec![0; work]);
        for row in span.of_chunk(chunk) {
            let x = x.row(row).to_vec();
            let counts: Vec<i16> = x.iter().map(|&x| i16::from_f64(f64::from(x) / unit)).collect();
            let mut floats = Vec::with_capacity(moments.len());
            let push = |value: f32| floats.push(f64::from(value));
            of_window(&spec.wavelets, &x, &spec.terms, spec.deviation, &mut float_work, push)
                .expect("the stated lengths");
            let mut pairs = moments.iter_mut().zip(floats);
            let add = |value: i32| {
                let (moments, float) = pairs.next().expect("one per term");
                let single = Moments {
                    n: 1.0,
                    float,
                    integer: value.into(),
                    range: f64::from(value).abs(),
                    ..Moments::default()
                };
                *moments = moments.plus(single);
            };
            of_window(&wavelets, &counts, &spec.terms, deviation, &mut work, add).expect("the stated lengths");
        }
        moments
    };
    let plus = |a: Vec<Moments>, b: Vec<Moments>| a.iter().zip(b).map(|(a, b)| a.plus(b)).collect();
    let moments = cluster::sum(ranks, chunks_of(span.range(), CHUNK), of_chunk, plus).expect("windows");
    moments.into_iter().map(Moments::line).collect()
}

/// Means of a feature and of its integer, and sums of squares and products of their deviations from the means. Moments
/// of chunks can be added (Chan et al. 1983).
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Moments {
    n: f64,
    float: f64,
    integer: f64,
    squares: f64,
    products: f64,
    range: f64,
}

impl Moments {
    fn plus(self, other: Self) -> Self {
        let n = self.n + other.n;
        let [float, integer] = [other.float - self.float, other.integer - self.integer];
        let (part, weight) = (other.n / n, self.n * other.n / n);
        Self {
            n,
            float: self.float + part * float,
            integer: self.integer + part * integer,
            squares: self.squares + other.squares + weight * integer * integer,
            products: self.products + other.products + weight * integer * float,
            range: self.range.max(other.range),
        }
    }

    /// The least-squares line.
    fn line(self) -> Line {
        let slope = if self.squares > 0.0 { self.products / self.squares } else { 0.0 };
        Line { range: self.range, slope, offset: self.float - slope * self.integer }
    }
}
