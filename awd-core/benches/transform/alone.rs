//! One window at a time, compared with the crate `osclet`, which convolves in AVX where the processor has it.

use crate::{LEVELS, N, coefficients, dwt, measure::micros, same_bits};
use awd_core::{Boundary, Dwt, Invalid, Layout, Unrolled, named};
use osclet::{BorderMode, DaubechiesFamily, Osclet};
use std::hint::black_box;

/// Prints a table with one line per boundary.
pub fn table(windows: &[f32]) {
    println!(
        "| single window | `Unrolled` | `Dwt::analyze` | osclet | osclet / `Unrolled` | osclet / `Dwt::analyze` |"
    );
    println!("|---|--:|--:|--:|--:|--:|");
    line::<Db5<0>>("zero", Some(BorderMode::Zeros), windows);
    line::<Db5<1>>("symmetric", Some(BorderMode::Reflect), windows);
    line::<Db5<2>>("periodization", None, windows);
}

/// A transform of windows into bands.
trait Transform {
    fn analyze(&self, x: &[f32], work: &mut [f32], visit: impl FnMut(usize, &[f32])) -> Result<(), Invalid>;
}

impl Transform for Dwt<f32> {
    fn analyze(&self, x: &[f32], work: &mut [f32], visit: impl FnMut(usize, &[f32])) -> Result<(), Invalid> {
        Self::analyze(self, x, work, visit)
    }
}

impl<L: Layout> Transform for Unrolled<L, f32> {
    fn analyze(&self, x: &[f32], work: &mut [f32], visit: impl FnMut(usize, &[f32])) -> Result<(), Invalid> {
        Self::analyze(self, x, work, visit)
    }
}

/// The layout of db5 for each boundary.
struct Db5<const BOUNDARY: usize>;

impl<const BOUNDARY: usize> Layout for Db5<BOUNDARY> {
    const WINDOW: usize = N;
    const LEVELS: usize = LEVELS as usize;
    const BOUNDARY: Boundary = [Boundary::Zero, Boundary::Symmetric, Boundary::Periodization][BOUNDARY];
    const FILTER_LEN: usize = named::DB5.filter_len as usize;
    const ORIGIN: [i8; 2] = named::DB5.origin;
    const STEPS: &'static [(i8, [bool; 2])] = &named::DB5.shape::<6>();
}

fn line<L: Layout>(name: &str, mode: Option<BorderMode>, windows: &[f32]) {
    let dwt = dwt(L::BOUNDARY);
    let unrolled = Unrolled::<L, f32>::new(&dwt).expect("the layout is that of the transform");
    let work = &mut vec![0.0; dwt.work_len(N)];
    let bands = all_coefficients(&dwt, windows, work);
    assert!(same_bits(&bands, &all_coefficients(&unrolled, windows, work)), "both must give the same bits");

    let fixed = measure_ours(&unrolled, windows, work);
    let general = measure_ours(&dwt, windows, work);
    match mode {
        Some(mode) => {
            let theirs = measure_osclet(windows, mode);
            let [by_fixed, by_general] = [theirs / fixed, theirs / general];
            println!("| {name} | {fixed:.3} | {general:.3} | {theirs:.3} | {by_fixed:.1} | {by_general:.1} |");
        }
        None => println!("| {name} | {fixed:.3} | {general:.3} | not supported | | |"),
    }
}

fn all_coefficients(transform: &impl Transform, windows: &[f32], work: &mut [f32]) -> Vec<Vec<f32>> {
    coefficients(windows, |x, visit| transform.analyze(x, work, visit).expect("the buffers are long enough"))
}

fn measure_ours(transform: &impl Transform, windows: &[f32], work: &mut [f32]) -> f64 {
    micros(|| {
        for x in windows.chunks_exact(N) {
            let done = transform.analyze(black_box(x), work, |_, band| {
                black_box(band);
            });
            done.expect("the buffers are long enough");
        }
    })
}

/// Measures `osclet` level by level into preallocated buffers, which is faster than its call for all levels. Its
/// results are not compared: in 0.4.3 its coefficients near the ends are not those of the boundary that it names (for a
/// single 1 at sample 2, its zero padding keeps .92 of the energy).
fn measure_osclet(windows: &[f32], mode: BorderMode) -> f64 {
    let filters = Osclet::make_daubechies_f32(DaubechiesFamily::Db5, mode);
    let mut scratch = vec![0.0; filters.required_scratch_size(N)];
    let mut n = N;
    let mut levels = Vec::new();
    for _ in 0..LEVELS {
        let size = filters.dwt_size(n);
        n = size.approx_length;
        levels.push((vec![0.0; size.approx_length], vec![0.0; size.details_length]));
    }
    let mut analyze = |x: &[f32], levels: &mut [(Vec<f32>, Vec<f32>)]| {
        let mut x = x;
        for (approximation, detail) in levels {
            let done = filters.execute_forward_with_scratch(x, approximation, detail, &mut scratch);
            done.expect("the buffers have the required lengths");
            x = approximation;
        }
        black_box(x);
    };

    micros(|| {
        for x in windows.chunks_exact(N) {
            analyze(black_box(x), &mut levels);
        }
        black_box(&levels);
    })
}
