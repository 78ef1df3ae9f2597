//! Factorisation of an orthogonal filter into lifting steps whose taps are bounded.
//!
//! Euclid's algorithm runs on the two polyphase halves of the low-pass filter. Each division subtracts a
//! two-tap multiple of one half from the other, which removes two taps, and becomes one lifting step (Daubechies &
//! Sweldens 1998). The first division, of halves of equal length, uses a single tap and removes one. The choice of
//! the ends at which taps are removed is free, and decisive: a blind choice gives taps in the thousands. So all choices
//! are searched for the scheme that amplifies rounding errors least, and branches that exceed the bound are pruned.
//!
//! A rounding error made after some step reaches the outputs through the remaining steps. Because the whole transform
//! is orthogonal, their gain follows from the two rows (filters) that the steps so far have made: the mean square of
//! all errors is the sum over the steps of the product of the rows' squared norms, and each term is at least 1.

use super::support::stays_inside;
use awd_core::wavelet::MAX_TAP;
use num_dual::DualNum;
use serde::{Deserialize, Serialize};

/// Maximum number of divisions that the search tries for each choice of the first half.
const MAX_TRIALS: usize = 20_000;

/// Absolute value below which a tap is a rounding error.
const CLOSED: f64 = 1e-12;

/// Which taps a division removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cut {
    /// The lowest, or the two lowest.
    Low,
    /// The highest, or the two highest.
    High,
    /// The lowest and the highest.
    Both,
}

/// How a filter is factored: whether its even or odd samples become the approximation, the choice at each division,
/// first step first, and the offset of the closing step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Path {
    pub from_odd: bool,
    pub cuts: Vec<Cut>,
    pub closing: i32,
}

/// The origins of the halves, the steps (offset and taps) first to last, and the scales of approximation and detail.
#[derive(Debug, Clone)]
pub struct Scheme<D> {
    pub origin: [i8; 2],
    pub steps: Vec<(i8, [D; 2])>,
    pub scale: [D; 2],
    /// The largest tap that the closing step would need besides its two; a rounding error if the path fits the filter.
    residue: f64,
}

impl Scheme<f64> {
    /// Whether the taps are within the bound and the steps make the filter, also at the ends of a window.
    pub fn is_valid(&self, filter_len: usize) -> bool {
        let bounded = self.steps.iter().flat_map(|(_, taps)| taps).all(|tap| tap.abs() <= MAX_TAP);
        self.residue < CLOSED && bounded && stays_inside(filter_len, self.origin, &self.steps)
    }
}

/// A Laurent polynomial: `taps[i]` reads the half at `k + low + i`.
#[derive(Debug, Clone)]
struct Laurent<D> {
    low: i32,
    taps: Vec<D>,
}

impl<D: DualNum<Primitive = f64> + Copy> Laurent<D> {
    fn at(&self, exponent: i32) -> D {
        let i = usize::try_from(exponent - self.low).ok();
        i.and_then(|i| self.taps.get(i)).copied().unwrap_or_else(|| D::from(0.0))
    }

    fn squared_norm(&self) -> f64 {
        self.taps.iter().map(|tap| tap.re() * tap.re()).sum()
    }

    fn exponents(&self) -> std::ops::Range<i32> {
        self.low..self.end()
    }

    fn end(&self) -> i32 {
        self.low + i32::try_from(self.taps.len()).unwrap_or(i32::MAX)
    }

    /// `self − quotient·divisor` over all exponents where it can differ from zero.
    fn minus(&self, (offset, [first, second]): (i32, [D; 2]), divisor: &Self) -> Self {
        let low = self.low.min(divisor.low + offset);
        let end = self.end().max(divisor.end() + offset + 1);
        let taps = (low..end)
            .map(|i| self.at(i) - first * divisor.at(i - offset) - second * divisor.at(i - offset - 1))
            .collect();
        Self { low, taps }
    }

    /// The `len` taps from exponent `low` on.
    fn part(&self, low: i32, len: usize) -> Self {
        Self { low, taps: (low..).take(len).map(|i| self.at(i)).collect() }
    }
}

/// A partial factorisation. Pairs are (approximation, detail).
#[derive(Debug, Clone)]
struct Partial<D> {
    /// The remainder of the low-pass filter.
    low: [Laurent<D>; 2],
    /// The filters that the steps so far have made: rows, and their polyphase halves.
    rows: [[Laurent<D>; 2]; 2],
}

impl<D: DualNum<Primitive = f64> + Copy> Partial<D> {
    fn of(taps: &[D], from_odd: bool) -> Self {
        let constant = |value: f64| Laurent { low: 0, taps: vec![D::from(value)] };
        let rows = [[constant(1.0), constant(0.0)], [constant(0.0), constant(1.0)]];
        Self { low: halves(taps, from_odd), rows }
    }

    /// Divides one half of the low-pass filter by the other. The step changes the other row.
    fn divide(&mut self, target: usize, cut: Cut) -> (i32, [D; 2]) {
        let (step, remainder) = divide(&self.low[target], &self.low[1 - target], cut);
        self.low[target] = remainder;
        let (offset, taps) = step;
        let source = self.rows[target].clone();
        for (row, source) in self.rows[1 - target].iter_mut().zip(&source) {
            *row = row.minus((offset, taps.map(|tap| -tap)), source);
        }
        step
    }

    /// Mean square at the outputs of a rounding error of mean square 1 that is made in either half at this point.
    fn noise(&self) -> f64 {
        self.rows.iter().map(|row| row.iter().map(Laurent::squared_norm).sum::<f64>()).product()
    }

    /// The tap at `offset` of the step that makes the detail orthogonal to every approximation.
    fn closing(&self, offset: i32) -> D {
        let [approximation, detail] = &self.rows;
        let product = |offset: i32, row: &[Laurent<D>; 2]| {
            let halves = approximation.iter().zip(row);
            halves.map(|(a, d)| a.exponents().map(|i| a.at(i) * d.at(i + offset)).sum::<D>()).sum::<D>()
        };
        -product(offset, detail) / product(0, approximation)
    }
}

impl Partial<f64> {
    /// The offset of the closing step's two taps; `None` if two do not suffice.
    fn closing_offset(&self) -> Option<i32> {
        let reach = signed(2 * self.rows[0][0].taps.len().max(self.rows[0][1].taps.len()));
        let taps: Vec<f64> = (-reach..=reach + 1).map(|offset| self.closing(offset).abs()).collect();
        let pair = (0..taps.len() - 1).max_by(|&a, &b| (taps[a] + taps[a + 1]).total_cmp(&(taps[b] + taps[b + 1])))?;
        let others = taps.iter().enumerate().filter(|&(i, _)| i != pair && i != pair + 1);
        (others.map(|(_, &tap)| tap).fold(0.0, f64::max) < CLOSED).then(|| signed(pair) - reach)
    }
}

/// The polyphase halves of a centred filter (its output at k reads x[2k + L/2 − j] with tap j): the taps for the
/// samples that become the approximation, and those for the samples that become the detail.
fn halves<D: DualNum<Primitive = f64> + Copy>(taps: &[D], from_odd: bool) -> [Laurent<D>; 2] {
    let centre = signed(taps.len() / 2);
    let half = |parity: i32| {
        // Exponents ascend as taps descend.
        let samples = taps.iter().enumerate().rev().map(|(j, &tap)| (centre - signed(j), tap));
        let (mut low, mut taps) = (None, Vec::with_capacity(taps.len() / 2));
        for (sample, tap) in samples.filter(|(sample, _)| sample.rem_euclid(2) == parity) {
            low.get_or_insert(sample.div_euclid(2));
            taps.push(tap);
        }
        Laurent { low: low.unwrap_or(0), taps }
    };
    let (even, odd) = (half(0), half(1));
    if from_odd { [odd, even] } else { [even, odd] }
}

fn signed(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}

/// One division: returns the step (offset and taps) and the remainder of `target`. `target` is one tap longer than the
/// divisor, or as long at the first division.
fn divide<D: DualNum<Primitive = f64> + Copy>(
    target: &Laurent<D>,
    divisor: &Laurent<D>,
    cut: Cut,
) -> ((i32, [D; 2]), Laurent<D>) {
    let zero = D::from(0.0);
    let single = target.taps.len() == divisor.taps.len();
    let offset = target.low - divisor.low;
    // Taps of both, counted from the low end and from the high end.
    let (t, d) = (|i| target.at(target.low + i), |i| divisor.at(divisor.low + i));
    let (t_end, d_end) = (|i| target.at(target.end() - 1 - i), |i| divisor.at(divisor.end() - 1 - i));
    let (taps, cut_low) = match cut {
        Cut::High if single => ([t_end(0) / d_end(0), zero], 0),
        _ if single => ([t(0) / d(0), zero], 1),
        Cut::Low => {
            let first = t(0) / d(0);
            ([first, (t(1) - first * d(1)) / d(0)], 2)
        }
        Cut::High => {
            let second = t_end(0) / d_end(0);
            ([(t_end(1) - second * d_end(1)) / d_end(0), second], 0)
        }
        Cut::Both => ([t(0) / d(0), t_end(0) / d_end(0)], 1),
    };
    let step = (offset, taps);
    let remaining = target.taps.len() - if single { 1 } else { 2 };
    (step, target.minus(step, divisor).part(target.low + cut_low, remaining))
}

/// The half that division `i` of `divisions` divides. Steps alternate, and the last division clears the detail's half.
fn divided(i: usize, divisions: usize) -> usize {
    (divisions - i) % 2
}

/// The scheme of a filter along a path; `None` if an offset does not fit into an `i8`.
pub fn factor<D: DualNum<Primitive = f64> + Copy>(taps: &[D], path: &Path) -> Option<Scheme<D>> {
    let mut partial = Partial::of(taps, path.from_odd);
    let mut steps = Vec::with_capacity(path.cuts.len() + 1);
    for (i, &cut) in path.cuts.iter().enumerate() {
        steps.push(partial.divide(divided(i, path.cuts.len()), cut));
    }
    // Rounding errors become 0; otherwise the device would multiply by them.
    let clear_rounding = |tap: D| if tap.re().abs() < CLOSED { D::from(0.0) } else { tap };
    steps.push((path.closing, [partial.closing(path.closing), partial.closing(path.closing + 1)].map(clear_rounding)));
    let neighbours = [partial.closing(path.closing - 1), partial.closing(path.closing + 2)];
    let residue = neighbours.iter().fold(0.0, |max, tap| tap.re().abs().max(max));
    // The remainder is diag(scale · zᵐ, scale · z⁻ᵐ), whose determinant is that of the polyphase matrix, 1 or −1.
    let shift = partial.low[0].low;
    let low = partial.low[0].at(shift);
    let determinant = if (taps.len() / 2).is_multiple_of(2) == path.from_odd { -1.0 } else { 1.0 };
    let scale = [low, low.recip() * determinant];

    // The origins of the halves absorb the delays: the approximation starts m pairs later, the detail m pairs earlier.
    let parity = i32::from(path.from_odd);
    let origin = [2 * shift + parity, -2 * shift + 1 - parity];
    let origin = [i8::try_from(origin[0]).ok()?, i8::try_from(origin[1]).ok()?];
    let last = steps.len() - 1;
    let steps = steps.into_iter().enumerate().map(|(i, (offset, taps))| {
        let changes_detail = (last - i) % 2 == 0;
        let offset = if changes_detail { offset - 2 * shift } else { offset + 2 * shift };
        i8::try_from(offset).map(|offset| (offset, taps)).ok()
    });
    Some(Scheme { origin, steps: steps.collect::<Option<_>>()?, scale, residue })
}

/// The best scheme and its path; `None` if no scheme keeps to the bound.
pub fn search(taps: &[f64]) -> Option<(Path, Scheme<f64>)> {
    let mut search = Search { taps, best: None, least: f64::INFINITY, trials: 0, path: Path::default() };
    for from_odd in [false, true] {
        search.path.from_odd = from_odd;
        search.trials = 0;
        search.descend(&Partial::of(taps, from_odd), 0.0);
    }
    search.best
}

struct Search<'a> {
    taps: &'a [f64],
    best: Option<(Path, Scheme<f64>)>,
    /// Noise of the best scheme.
    least: f64,
    trials: usize,
    path: Path,
}

impl Search<'_> {
    /// Tries all further divisions of a partial factorisation whose steps so far add up to `noise`.
    fn descend(&mut self, partial: &Partial<f64>, noise: f64) {
        let (done, divisions) = (self.path.cuts.len(), self.taps.len() / 2);
        if done == divisions {
            let Some(closing) = partial.closing_offset() else { return };
            self.path.closing = closing;
            if let Some(scheme) = factor(self.taps, &self.path).filter(|scheme| scheme.is_valid(self.taps.len())) {
                self.least = noise;
                self.best = Some((self.path.clone(), scheme));
            }
            return;
        }
        let cuts: &[Cut] = match done {
            // A divisor of a single tap leaves no choice.
            _ if done + 1 == divisions => &[Cut::Both],
            0 => &[Cut::Low, Cut::High],
            _ => &[Cut::Both, Cut::Low, Cut::High],
        };
        let mut branches: Vec<_> = (cuts.iter())
            .filter_map(|&cut| {
                let mut partial = partial.clone();
                let (_, taps) = partial.divide(divided(done, divisions), cut);
                let bounded = taps.iter().all(|tap| tap.abs() <= MAX_TAP);
                bounded.then(|| (noise + partial.noise(), cut, partial))
            })
            .collect();
        // Lowest noise first, so that more of the other branches can be pruned.
        branches.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (noise, cut, partial) in branches {
            self.trials += 1;
            // Strictly less, so that the first of equal schemes is kept.
            if noise < self.least * (1.0 - 1e-9) && self.trials < MAX_TRIALS {
                self.path.cuts.push(cut);
                self.descend(&partial, noise);
                self.path.cuts.pop();
            }
        }
    }
}
