//! The layouts of the measured models.

use awd_core::{Boundary, Layout, named};

/// 40 samples with zero padding.
pub struct Zeros;

impl Layout for Zeros {
    const WINDOW: usize = 40;
    const LEVELS: usize = 4;
    const BOUNDARY: Boundary = Boundary::Zero;
    const FILTER_LEN: usize = named::DB5.filter_len as usize;
    const ORIGIN: [i8; 2] = named::DB5.origin;
    const STEPS: &'static [(i8, [bool; 2])] = &named::DB5.shape::<6>();
}

/// 64 samples with periodization.
pub struct Circle;

impl Layout for Circle {
    const WINDOW: usize = 64;
    const LEVELS: usize = 4;
    const BOUNDARY: Boundary = Boundary::Periodization;
    const FILTER_LEN: usize = Zeros::FILTER_LEN;
    const ORIGIN: [i8; 2] = Zeros::ORIGIN;
    const STEPS: &'static [(i8, [bool; 2])] = Zeros::STEPS;
}
