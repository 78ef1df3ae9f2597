//! Separable transform and back-propagation of images, several at a time.
//!
//! As in awd-core's transform (`Dwt::analyze_image`), one buffer holds the coefficients. A second one holds the
//! gradient with respect to them. Back-propagation is in place too, because the boundary is periodic and every level
//! halves the sides.

use super::line::{Half, Level, Real, Row, Sum, add_scale_gradient, l1, l1_of_product, real, zero_row};
use super::rows::Rows;
use crate::wavelet::Bank;
use awd_core::Boundary;
use std::ops::Range;

const PERIODIC: Boundary = Boundary::Periodization;

/// A band: its corner, its size, and the (level, filter) pairs whose scales multiply to the band's scale.
#[derive(Clone)]
struct Band {
    corner: [usize; 2],
    size: [usize; 2],
    factors: Vec<(usize, usize)>,
}

/// Transforms blocks of images and propagates gradients back.
pub(super) struct Images<T> {
    levels: Vec<Level<T>>,
    bands: Vec<Band>,
    /// Height and width.
    size: [usize; 2],
    /// Coefficients and gradients, row by row.
    buffer: Vec<Row<T>>,
    gradient_buffer: Vec<Row<T>>,
    /// A row or a column, and its halves.
    line: Vec<Row<T>>,
    halves: [Half<T>; 2],
    loss: Row<T>,
    gradient: Vec<Row<T>>,
}

/// The position of a row or column in a buffer: its first sample, the step between samples, and the number of samples.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    step: usize,
    len: usize,
}

impl Line {
    #[inline(always)]
    fn load<T: Copy>(self, buffer: &[T], into: &mut [T]) {
        let from = buffer[self.start..].iter().step_by(self.step);
        into.iter_mut().zip(from).for_each(|(into, from)| *into = *from);
    }

    #[inline(always)]
    fn store<T: Copy>(self, from: &[T], buffer: &mut [T]) {
        let into = buffer[self.start..].iter_mut().step_by(self.step);
        into.zip(from).for_each(|(into, from)| *into = *from);
    }

    /// The second half of the line.
    const fn second(self) -> Self {
        Self { start: self.start + self.len / 2 * self.step, ..self }
    }
}

impl<T: Real> Images<T> {
    /// A pass with the banks of the first levels; the last one serves all deeper levels. Sides are multiples of
    /// 2^levels.
    pub fn new(banks: &[&Bank], levels: u8, size: [usize; 2]) -> Self {
        let (per_level, derivatives) = Level::of(banks, levels);
        let [height, width] = size;
        let longest = height.max(width);
        let half = || Half::zeros(longest / 2, 0..longest / 2);
        Self {
            levels: per_level,
            bands: bands(levels, size),
            size,
            buffer: vec![zero_row(); height * width],
            gradient_buffer: vec![zero_row(); height * width],
            line: vec![zero_row(); longest],
            halves: [half(), half()],
            loss: zero_row(),
            gradient: vec![zero_row(); derivatives],
        }
    }

    pub fn sum(self) -> Sum {
        Sum::of(self.loss, self.gradient)
    }

    /// Analyses a block and stores its bands.
    #[inline(always)]
    pub fn forward(&mut self, rows: &Rows<'_>, block: usize) {
        rows.load(block, &mut self.buffer);
        for level in 0..self.levels.len() {
            let [across, down] = self.lines(level);
            across.chain(down).for_each(|line| self.forward_line(level, line));
        }
    }

    /// Adds Σ|c| over the coefficients of all bands to the loss, and stores its gradient with respect to them.
    #[inline(always)]
    pub fn l1(&mut self, smoothing: T) {
        let Self { levels, bands, size, buffer, gradient_buffer, loss, gradient, .. } = self;
        for band in &*bands {
            let (scale, mut sum) = (band.scale(levels), zero_row());
            for row in band.rows(size[1]) {
                let by_log_scale = l1(&buffer[row.clone()], &mut gradient_buffer[row], scale, smoothing, loss);
                sum.iter_mut().zip(by_log_scale).for_each(|(sum, by)| *sum += by);
            }
            add_scale_gradient(gradient, levels, band.factors.iter().copied(), sum);
        }
    }

    /// Adds Σ|c·d| over the coefficients c of this pass and d of another to the loss of this one, and stores its
    /// gradient with respect to both.
    #[inline(always)]
    pub fn l1_of_product(&mut self, other: &mut Self, smoothing: T) {
        let Self { levels, bands, size, buffer, gradient_buffer, loss, gradient, .. } = self;
        for band in &*bands {
            let (scales, mut sum) = ([band.scale(levels), band.scale(&other.levels)], zero_row());
            for row in band.rows(size[1]) {
                let values = [&buffer[row.clone()], &other.buffer[row.clone()]];
                let gradients = [&mut gradient_buffer[row.clone()], &mut other.gradient_buffer[row]];
                let by_log_scale = l1_of_product(values, gradients, scales, smoothing, loss);
                sum.iter_mut().zip(by_log_scale).for_each(|(sum, by)| *sum += by);
            }
            add_scale_gradient(gradient, levels, band.factors.iter().copied(), sum);
            add_scale_gradient(&mut other.gradient, &other.levels, band.factors.iter().copied(), sum);
        }
    }

    /// Propagates the gradients of the bands back and adds the derivatives of the loss. Overwrites the bands.
    #[inline(always)]
    pub fn pull_back(&mut self) {
        for level in (0..self.levels.len()).rev() {
            let [across, down] = self.lines(level);
            down.chain(across).for_each(|line| self.pull_back_line(level, line));
        }
    }

    /// The rows and the columns of the corner that a level splits.
    fn lines(&self, level: usize) -> [impl Iterator<Item = Line> + use<T>; 2] {
        let [height, width] = self.size.map(|side| side >> level);
        let stride = self.size[1];
        let lines = |count: usize, apart: usize, step: usize, len: usize| {
            (0..count).map(move |i| Line { start: i * apart, step, len })
        };
        [lines(height, stride, 1, width), lines(width, 1, stride, height)]
    }

    #[inline(always)]
    fn forward_line(&mut self, level: usize, line: Line) {
        let [low, high] = &mut self.halves;
        line.load(&self.buffer, &mut self.line[..line.len]);
        [&mut *low, &mut *high].into_iter().for_each(|half| half.resize(line.len / 2));
        self.levels[level].forward(&self.line[..line.len], low, high, PERIODIC);
        line.store(&low.value, &mut self.buffer);
        line.second().store(&high.value, &mut self.buffer);
    }

    #[inline(always)]
    fn pull_back_line(&mut self, level: usize, line: Line) {
        let [low, high] = &mut self.halves;
        [&mut *low, &mut *high].into_iter().for_each(|half| half.resize(line.len / 2));
        for (half, line) in [(&mut *low, line), (&mut *high, line.second())] {
            line.load(&self.buffer, &mut half.value);
            line.load(&self.gradient_buffer, &mut half.gradient);
        }
        let level = &self.levels[level];
        level.pull_back(low, high, PERIODIC, &mut self.gradient);
        let (scheme, samples) = (level.lifting.scheme(), &mut self.line[..line.len]);
        PERIODIC.merge([&low.value, &high.value], samples, scheme);
        line.store(samples, &mut self.buffer);
        PERIODIC.split_adjoint([&low.gradient, &high.gradient], samples, scheme);
        line.store(samples, &mut self.gradient_buffer);
    }
}

impl Band {
    /// The ranges of its rows in a buffer.
    fn rows(&self, stride: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let ([row, column], [height, width]) = (self.corner, self.size);
        (row..row + height).map(move |row| row * stride + column..row * stride + column + width)
    }

    fn scale<T: Real>(&self, levels: &[Level<T>]) -> T {
        real(self.factors.iter().map(|&(level, filter)| levels[level].scale[filter]).product())
    }
}

/// The bands of an image, numbered as in `awd_core::dwt2`.
fn bands(levels: u8, [height, width]: [usize; 2]) -> Vec<Band> {
    let levels = usize::from(levels);
    // The low-pass of every finer level acts on rows and on columns.
    let above = |level: usize| (0..level).flat_map(|above| [(above, 0); 2]);
    let details = (0..levels).flat_map(|level| {
        let (down, right) = (height >> (level + 1), width >> (level + 1));
        let band = move |corner, filters: [usize; 2]| {
            let factors = above(level).chain(filters.map(|filter| (level, filter))).collect();
            Band { corner, size: [down, right], factors }
        };
        [band([down, 0], [0, 1]), band([0, right], [0, 1]), band([down, right], [1, 1])]
    });
    let size = [height >> levels, width >> levels];
    details.chain([Band { corner: [0, 0], size, factors: above(levels).collect() }]).collect()
}
