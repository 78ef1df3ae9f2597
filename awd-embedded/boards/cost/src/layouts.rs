//! The layouts of the models that are measured.

use awd_core::{Boundary, Layout};

/// 40 samples continued with zeros.
pub struct Zeros;

impl Layout for Zeros {
    const WINDOW: usize = 40;
    const LEVELS: usize = 4;
    const BOUNDARY: Boundary = Boundary::Zero;
    const FILTER_LEN: usize = 10;
    const ORIGIN: [i8; 2] = [-2, 3];
    const STEPS: &'static [(i8, [bool; 2])] = &[
        (-2, [true, false]),
        (2, [true, true]),
        (-3, [true, true]),
        (1, [true, true]),
        (-1, [true, true]),
        (0, [true, false]),
    ];
}

/// 64 samples around a circle.
pub struct Circle;

impl Layout for Circle {
    const WINDOW: usize = 64;
    const LEVELS: usize = 4;
    const BOUNDARY: Boundary = Boundary::Periodization;
    const FILTER_LEN: usize = Zeros::FILTER_LEN;
    const ORIGIN: [i8; 2] = Zeros::ORIGIN;
    const STEPS: &'static [(i8, [bool; 2])] = Zeros::STEPS;
}
