//! Factorisation of an orthogonal filter into lifting steps whose taps are bounded.
//!
//! Euclid's algorithm on the two polyphase halves of the low-pass filter: each division removes two taps of one half
//! by two taps' worth of the other (the first one, of halves of equal length, a single tap), and becomes one step
//! (Daubechies & Sweldens 1998). From which ends the taps are removed is free, and decides everything: dividing blindly
//! gives taps in the thousands. So all ways are searched, those that leave the bound cut off, for the scheme that
//! amplifies rounding errors least.
//!
//! A rounding error made after some step reaches the outputs through the rest of the scheme. As the whole is
//! orthogonal, its gain is known from the two rows (filters) that the steps so far have made: the mean square of all
//! errors is the sum over the steps of the product of the rows' squared norms, and each term is at least 1.

use super::support::stays_inside;
use awd_core::wavelet::MAX_TAP;
use num_dual::DualNum;
use serde::{Deserialize, Serialize};

/// Divisions tried, for each half that may come first, before the search is content with what it has.
const MAX_TRIALS: usize = 20_000;

/// Modulus above which a third tap of the closing step is not rounding.
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

/// Where the halves start, the steps (offset and taps) first to last, and the factors of approximation and detail.
#[derive(Debug, Clone)]
pub struct Scheme<D> {
    pub origin: [i8; 2],
    pub steps: Vec<(i8, [D; 2])>,
    pub scale: [D; 2],
    /// What the closing step would need beside its two taps; rounding, if the path is one of this filter.
    residue: f64,
}

impl Scheme<f64> {
    /// The taps are within the bound, and the steps make the filter of so many taps, at the ends of a window too.
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

    /// Its part of `len` taps from `low`.
    fn part(&self, low: i32, len: usize) -> Self {
        Self { low, taps: (low..).take(len).map(|i| self.at(i)).collect() }
    }
}

/// A factorisation under way; pairs are (approximation, detail).
#[derive(Debug, Clone)]
struct Partial<D> {
    /// What is left of the low-pass filter.
    low: [Laurent<D>; 2],
    /// The filters that the steps so far have made of the samples: rows and their halves.
    rows: [[Laurent<D>; 2]; 2],
}

impl<D: DualNum<Primitive = f64> + Copy> Partial<D> {
    fn of(taps: &[D], from_odd: bool) -> Self {
        let constant = |value: f64| Laurent { low: 0, taps: vec![D::from(value)] };
        let rows = [[constant(1.0), constant(0.0)], [constant(0.0), constant(1.0)]];
        Self { low: halves(taps, from_odd), rows }
    }

    /// Divides one half of the low-pass by the other: a step that changes the other row.
    fn divide(&mut self, target: usize, cut: Cut) -> (i32, [D; 2]) {
        let (step, left) = divide(&self.low[target], &self.low[1 - target], cut);
        self.low[target] = left;
        let (offset, taps) = step;
        let source = self.rows[target].clone();
        for (row, source) in self.rows[1 - target].iter_mut().zip(&source) {
            *row = row.minus((offset, taps.map(|tap| -tap)), source);
        }
        step
    }

    /// Mean square at the outputs of a rounding error of mean square 1 made here in either half.
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
    /// Where the closing step has its two taps; `None` if two do not suffice.
    fn closing_offset(&self) -> Option<i32> {
        let reach = signed(2 * self.rows[0][0].taps.len().max(self.rows[0][1].taps.len()));
        let taps: Vec<f64> = (-reach..=reach + 1).map(|offset| self.closing(offset).abs()).collect();
        let pair = (0..taps.len() - 1).max_by(|&a, &b| (taps[a] + taps[a + 1]).total_cmp(&(taps[b] + taps[b + 1])))?;
        let others = taps.iter().enumerate().filter(|&(i, _)| i != pair && i != pair + 1);
        (others.map(|(_, &tap)| tap).fold(0.0, f64::max) < CLOSED).then(|| signed(pair) - reach)
    }
}

/// The polyphase halves of a filter that is centred (its output at k reads x[2k + L/2 − j] with tap j): what it takes
/// from the samples that become the approximation, and from those that become the detail.
fn halves<D: DualNum<Primitive = f64> + Copy>(taps: &[D], from_odd: bool) -> [Laurent<D>; 2] {
    let centre = signed(taps.len() / 2);
    let half = |parity: i32| {
        // Ascending exponents are descending taps.
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

/// One division: the step (offset and taps) and what is left of `target`, which is one tap longer than the divisor, or
/// as long at the first division.
fn divide<D: DualNum<Primitive = f64> + Copy>(
    target: &Laurent<D>,
    divisor: &Laurent<D>,
    cut: Cut,
) -> ((i32, [D; 2]), Laurent<D>) {
    let zero = D::from(0.0);
    let single = target.taps.len() == divisor.taps.len();
    let offset = target.low - divisor.low;
    // Taps counted from either end of both.
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
    let left = target.taps.len() - if single { 1 } else { 2 };
    (step, target.minus(step, divisor).part(target.low + cut_low, left))
}

/// Steps alternate, and the last division of all clears the detail's half: which half does division `i` of so many
/// divide?
fn divided(i: usize, divisions: usize) -> usize {
    (divisions - i) % 2
}

/// The scheme of a filter along a path; `None` where an offset is out of reach.
pub fn factor<D: DualNum<Primitive = f64> + Copy>(taps: &[D], path: &Path) -> Option<Scheme<D>> {
    let mut partial = Partial::of(taps, path.from_odd);
    let mut steps = Vec::with_capacity(path.cuts.len() + 1);
    for (i, &cut) in path.cuts.iter().enumerate() {
        steps.push(partial.divide(divided(i, path.cuts.len()), cut));
    }
    // What is rounding is no tap: the device would multiply by it.
    let exact = |tap: D| if tap.re().abs() < CLOSED { D::from(0.0) } else { tap };
    steps.push((path.closing, [partial.closing(path.closing), partial.closing(path.closing + 1)].map(exact)));
    let beside = [partial.closing(path.closing - 1), partial.closing(path.closing + 2)];
    let residue = beside.iter().fold(0.0, |max, tap| tap.re().abs().max(max));
    // What is left is diag(scale · zᵐ, scale · z⁻ᵐ), whose determinant is that of the polyphase matrix, 1 or −1.
    let shift = partial.low[0].low;
    let low = partial.low[0].at(shift);
    let determinant = if (taps.len() / 2).is_multiple_of(2) == path.from_odd { -1.0 } else { 1.0 };
    let scale = [low, low.recip() * determinant];

    // The delays are taken up by where the halves start: the approximation m pairs later, the detail m earlier.
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

/// The path of the best scheme, and that scheme; `None` where none keeps to the bound.
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
    /// Tries all further divisions of what was reached with so much noise.
    fn descend(&mut self, partial: &Partial<f64>, noise: f64) {
        let (made, divisions) = (self.path.cuts.len(), self.taps.len() / 2);
        if made == divisions {
            let Some(closing) = partial.closing_offset() else { return };
            self.path.closing = closing;
            if let Some(scheme) = factor(self.taps, &self.path).filter(|scheme| scheme.is_valid(self.taps.len())) {
                self.least = noise;
                self.best = Some((self.path.clone(), scheme));
            }
            return;
        }
        let cuts: &[Cut] = match made {
            // Nothing to choose where the divisor is a single tap.
            _ if made + 1 == divisions => &[Cut::Both],
            0 => &[Cut::Low, Cut::High],
            _ => &[Cut::Both, Cut::Low, Cut::High],
        };
        let mut branches: Vec<_> = (cuts.iter())
            .filter_map(|&cut| {
                let mut partial = partial.clone();
                let (_, taps) = partial.divide(divided(made, divisions), cut);
                let within = taps.iter().all(|tap| tap.abs() <= MAX_TAP);
                within.then(|| (noise + partial.noise(), cut, partial))
            })
            .collect();
        // The quietest first, so that the rest can be cut off early.
        branches.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (noise, cut, partial) in branches {
            self.trials += 1;
            // Strictly less: of equal schemes the first stays.
            if noise < self.least * (1.0 - 1e-9) && self.trials < MAX_TRIALS {
                self.path.cuts.push(cut);
                self.descend(&partial, noise);
                self.path.cuts.pop();
            }
        }
    }
}
