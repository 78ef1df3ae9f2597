//! What the integer features of the training windows stand for.

use crate::cluster::{self, CHUNK, Ranks, Span, chunks_of};
use crate::model::Spec;
use awd_core::features::of_window;
use awd_core::{Dwt, Q14, Scalar};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// A feature is about the slope times its integer, plus the offset.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// The greatest modulus of the integer.
    pub range: f64,
    pub slope: f64,
    pub offset: f64,
}

/// The lines of all features of a model, by the windows `x` (n, N) of any rank, in units of `unit`.
///
/// They are regressions on the training windows. A feature that keeps its digits has the slope that docs/model-format.md gives it;
/// one that is as small as a unit is mostly rounding, and then its slope is about 0 and its weight takes no room from the others.
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
            let each = |value: f32| floats.push(f64::from(value));
            of_window(&spec.wavelets, &x, &spec.terms, spec.deviation, &mut float_work, each)
                .expect("the stated lengths");
            let mut places = moments.iter_mut().zip(floats);
            let each = |value: i32| {
                let (moments, float) = places.next().expect("one for each term");
                let one = Moments {
                    n: 1.0,
                    float,
                    integer: value.into(),
                    range: f64::from(value).abs(),
                    ..Moments::default()
                };
                *moments = moments.plus(one);
            };
            of_window(&wavelets, &counts, &spec.terms, deviation, &mut work, each).expect("the stated lengths");
        }
        moments
    };
    let plus = |a: Vec<Moments>, b: Vec<Moments>| a.iter().zip(b).map(|(a, b)| a.plus(b)).collect();
    let moments = cluster::sum(ranks, chunks_of(span.range(), CHUNK), of_chunk, plus).expect("windows");
    moments.into_iter().map(Moments::line).collect()
}

/// Means of a feature and its integer, and sums of products of what they are off them, which chunks add up to (Chan et al. 1983).
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

    /// The line of least squares.
    fn line(self) -> Line {
        let slope = if self.squares > 0.0 { self.products / self.squares } else { 0.0 };
        Line { range: self.range, slope, offset: self.float - slope * self.integer }
    }
}
