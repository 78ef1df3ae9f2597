//! Minimisation with argmin: L-BFGS with the line search of Moré & Thuente, and the simplex of Nelder & Mead.

use argmin::core::{CostFunction, Executor, Gradient};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::neldermead::NelderMead;
use argmin::solver::quasinewton::LBFGS;
use std::cell::{Cell, RefCell};

/// The number of pairs of steps and gradient changes that L-BFGS keeps.
const MEMORY: usize = 10;

/// The value that replaces the function where it is not defined, in multiples of its value at the start. It is high
/// enough that no line search stays there, and low enough that cubic interpolation does not overflow.
const WALL: f64 = 1e3;

/// The lowest point that was evaluated.
#[derive(Debug, Clone)]
pub struct Minimum {
    /// The point.
    pub at: Vec<f64>,
    /// The value of the function there.
    pub value: f64,
    /// The number of evaluations of the function, and of its gradient if it has one.
    pub evaluations: usize,
}

/// Minimises `function` from `start`, until an iteration gains less than `tolerance` of the value at the start, or for
/// at most `iterations` iterations. `function` returns value and gradient, or `None` where it is not defined. Where it
/// is not defined, or either is not finite, the line search gets a high value and turns back. Returns `None` if that is
/// at the start. Values are relative to the value at the start, so that units do not matter.
pub fn minimise<F>(function: F, start: &[f64], iterations: u64, tolerance: f64) -> Option<Minimum>
where
    F: Fn(&[f64]) -> Option<(f64, Vec<f64>)>,
{
    let finite = |x: &[f64]| {
        let (value, gradient) = function(x)?;
        (value.is_finite() && gradient.iter().all(|slope| slope.is_finite())).then_some((value, gradient))
    };
    let (at_start, gradient) = finite(start)?;
    let unit = if at_start == 0.0 { 1.0 } else { at_start.abs() };
    let in_units = |(value, gradient): (f64, Vec<f64>)| {
        (value / unit, gradient.into_iter().map(|slope| slope / unit).collect::<Vec<_>>())
    };
    let (value, gradient) = in_units((at_start, gradient));
    let function = |x: &[f64]| finite(x).map(in_units);
    let best = Minimum { at: start.to_vec(), value, evaluations: 1 };
    if start.is_empty() {
        return Some(Minimum { value: at_start, ..best });
    }
    let problem = Remembering {
        function,
        best: RefCell::new(best),
        last: RefCell::new((start.to_vec(), value, gradient)),
        evaluations: Cell::new(1),
    };
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY).with_tolerance_cost(tolerance);
    let solver = solver.expect("a tolerance is not negative");
    // An error means that the line search found no lower point. The lowest point before that is still the result.
    let _ = Executor::new(&problem, solver)
        .configure(|state| state.param(start.to_vec()).max_iters(iterations))
        .ctrlc(false)
        .run();
    let evaluations = problem.evaluations.get();
    let best = problem.best.into_inner();
    Some(Minimum { evaluations, value: best.value * unit, ..best })
}

/// Minimises `function` from `start` without a gradient, by a simplex whose corners are `reach` away (Nelder & Mead
/// 1965), until the values at the corners differ by less than `tolerance`, or for at most `iterations` iterations.
/// Returns `None` if the function is not defined at the start; elsewhere an undefined value counts as infinite.
pub fn minimise_by_simplex<F>(
    function: F,
    start: &[f64],
    reach: f64,
    iterations: u64,
    tolerance: f64,
) -> Option<Minimum>
where
    F: Fn(&[f64]) -> Option<f64>,
{
    let value = function(start)?;
    let best = Minimum { at: start.to_vec(), value, evaluations: 1 };
    if start.is_empty() {
        return Some(best);
    }
    let corner = |i: usize| start.iter().enumerate().map(|(j, x)| if i == j { x + reach } else { *x }).collect();
    let corners: Vec<Vec<f64>> = [start.to_vec()].into_iter().chain((0..start.len()).map(corner)).collect();
    let solver = NelderMead::new(corners).with_sd_tolerance(tolerance).expect("a tolerance is not negative");
    let evaluations = Cell::new(1);
    let problem = GradientFree { function, best: RefCell::new(best), evaluations: &evaluations };
    // The lowest point is the result, however the search ends.
    let _ = Executor::new(&problem, solver).configure(|state| state.max_iters(iterations)).ctrlc(false).run();
    Some(Minimum { evaluations: evaluations.get(), ..problem.best.into_inner() })
}

/// A function without a gradient.
struct GradientFree<'a, F> {
    function: F,
    best: RefCell<Minimum>,
    evaluations: &'a Cell<usize>,
}

impl<F: Fn(&[f64]) -> Option<f64>> CostFunction for &GradientFree<'_, F> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, x: &Vec<f64>) -> Result<f64, argmin::core::Error> {
        self.evaluations.set(self.evaluations.get() + 1);
        let value = (self.function)(x).unwrap_or(f64::INFINITY);
        if value < self.best.borrow().value {
            *self.best.borrow_mut() = Minimum { at: x.clone(), value, evaluations: 0 };
        }
        Ok(value)
    }
}

/// argmin asks for value and gradient separately. Both come from one evaluation, which is remembered.
struct Remembering<F> {
    function: F,
    best: RefCell<Minimum>,
    last: RefCell<(Vec<f64>, f64, Vec<f64>)>,
    evaluations: Cell<usize>,
}

impl<F: Fn(&[f64]) -> Option<(f64, Vec<f64>)>> Remembering<F> {
    fn at(&self, x: &[f64]) -> (f64, Vec<f64>) {
        if self.last.borrow().0 == x {
            let (_, value, gradient) = &*self.last.borrow();
            return (*value, gradient.clone());
        }
        self.evaluations.set(self.evaluations.get() + 1);
        let (value, gradient) = (self.function)(x).unwrap_or_else(|| (WALL, vec![0.0; x.len()]));
        if value < self.best.borrow().value {
            *self.best.borrow_mut() = Minimum { at: x.to_vec(), value, evaluations: 0 };
        }
        *self.last.borrow_mut() = (x.to_vec(), value, gradient.clone());
        (value, gradient)
    }
}

impl<F: Fn(&[f64]) -> Option<(f64, Vec<f64>)>> CostFunction for &Remembering<F> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, x: &Vec<f64>) -> Result<f64, argmin::core::Error> {
        Ok(self.at(x).0)
    }
}

impl<F: Fn(&[f64]) -> Option<(f64, Vec<f64>)>> Gradient for &Remembering<F> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, x: &Vec<f64>) -> Result<Vec<f64>, argmin::core::Error> {
        Ok(self.at(x).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rosenbrock(x: &[f64]) -> (f64, Vec<f64>) {
        let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
        (a * a + 100.0 * b * b, vec![-2.0 * a - 400.0 * x[0] * b, 200.0 * b])
    }

    #[test]
    fn the_minimum_of_rosenbrock_is_found() {
        let found = minimise(|x| Some(rosenbrock(x)), &[-1.2, 1.0], 200, 1e-12).unwrap();
        assert!((found.at[0] - 1.0).abs() < 1e-5 && (found.at[1] - 1.0).abs() < 1e-5, "{found:?}");
    }

    #[test]
    fn the_minimum_is_found_without_a_gradient() {
        let found = minimise_by_simplex(|x| Some(rosenbrock(x).0), &[-1.2, 1.0], 0.3, 300, 1e-12).unwrap();
        assert!((found.at[0] - 1.0).abs() < 1e-4 && (found.at[1] - 1.0).abs() < 1e-4, "{found:?}");
        let wall = |x: &[f64]| (x[0] < 0.5).then(|| rosenbrock(x).0);
        let found = minimise_by_simplex(wall, &[-1.2, 1.0], 0.3, 300, 1e-12).unwrap();
        assert!((0.25..0.3).contains(&found.value) && found.at[0] < 0.5, "{found:?}");
        assert!(minimise_by_simplex(wall, &[0.7, 1.0], 0.3, 300, 1e-12).is_none());
    }

    #[test]
    fn the_unit_of_the_function_does_not_matter() {
        let in_unit = |unit: f64| {
            let scaled = move |x: &[f64]| {
                let (value, gradient) = rosenbrock(x);
                Some((unit * value, gradient.iter().map(|slope| unit * slope).collect()))
            };
            minimise(scaled, &[-1.2, 1.0], 200, 1e-12).unwrap().at
        };
        for unit in [1e-12, 1e9] {
            assert!(in_unit(unit).iter().all(|x| (x - 1.0).abs() < 1e-4), "{unit}: {:?}", in_unit(unit));
        }
    }

    #[test]
    fn the_search_turns_back_where_the_function_is_not_defined() {
        let wall = |x: &[f64]| (x[0] < 0.5).then(|| rosenbrock(x));
        let found = minimise(wall, &[-1.2, 1.0], 200, 1e-12).unwrap();
        // The minimum of the half plane is 0.25, at its edge.
        assert!(found.value < 1.0 && found.at[0] < 0.5, "{found:?}");
        assert!(minimise(wall, &[0.7, 1.0], 200, 1e-12).is_none());
    }
}
