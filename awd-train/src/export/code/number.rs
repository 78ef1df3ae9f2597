//! The operations of a scorer, in `f32` and in integers.

use super::tree::{Expr, Type, call, name};
use awd_core::features::LOG_FLOOR;
use awd_core::{Q14, Tap};

/// Samples and taps in `f32`, or in 16-bit fixed point ([`Q14`]).
pub trait Number: Tap {
    /// The type of a sample in an array.
    const ELEMENT: Type;
    /// The type of a value of a coefficient or a feature.
    const VALUE: Type;
    /// The type of a sum of squares.
    const ENERGY: Type;

    /// An element of an array as a value.
    fn value(element: Expr) -> Expr;
    fn zero() -> Expr;
    fn one() -> Expr;
    fn no_energy() -> Expr;
    /// Less than all values, or equal, and greater.
    fn least() -> Expr;
    fn greatest() -> Expr;
    /// A lifting step.
    fn lift(target: Expr, terms: Vec<(Self, Expr)>) -> Expr;
    fn modulus(value: Expr) -> Expr;
    fn square(value: Expr) -> Expr;
    fn add_moment(moment: Expr, index: Expr, modulus: Expr) -> Expr;
    fn root(energy: Expr) -> Expr;
    fn ratio(moment: Expr, moduli: Expr) -> Expr;
    fn log_sum(moduli: Expr, deviation: f32) -> Expr;
    fn log_energy(energy: Expr, deviation: f32) -> Expr;
    /// The value of a feature or a product as an input of the readout.
    fn input(value: Expr, shift: i8) -> Expr;
}

impl Number for f32 {
    const ELEMENT: Type = Type::Float;
    const VALUE: Type = Type::Float;
    const ENERGY: Type = Type::Float;

    fn value(element: Expr) -> Expr {
        element
    }

    fn zero() -> Expr {
        Expr::Float(0.0)
    }

    fn one() -> Expr {
        Expr::Float(1.0)
    }

    fn no_energy() -> Expr {
        Expr::Float(0.0)
    }

    fn least() -> Expr {
        name("-INFINITE")
    }

    fn greatest() -> Expr {
        name("INFINITE")
    }

    fn lift(target: Expr, terms: Vec<(Self, Expr)>) -> Expr {
        // Not fused, and in this order.
        terms.into_iter().fold(target, |sum, (tap, source)| sum + Expr::Float(tap) * source)
    }

    fn modulus(value: Expr) -> Expr {
        call("absolute", [value])
    }

    fn square(value: Expr) -> Expr {
        value.clone() * value
    }

    fn add_moment(moment: Expr, index: Expr, modulus: Expr) -> Expr {
        moment + index * modulus
    }

    fn root(energy: Expr) -> Expr {
        call("root", [energy])
    }

    fn ratio(moment: Expr, moduli: Expr) -> Expr {
        call("ratio", [moment, moduli])
    }

    fn log_sum(moduli: Expr, deviation: f32) -> Expr {
        call("logarithm", [moduli + floor(deviation)])
    }

    fn log_energy(energy: Expr, deviation: f32) -> Expr {
        call("logarithm", [energy + floor(deviation * deviation)])
    }

    fn input(value: Expr, _: i8) -> Expr {
        value
    }
}

impl Number for Q14 {
    const ELEMENT: Type = Type::Short;
    const VALUE: Type = Type::Int;
    const ENERGY: Type = Type::Long;

    fn value(element: Expr) -> Expr {
        element.to(Type::Int)
    }

    fn zero() -> Expr {
        Expr::Int(0)
    }

    fn one() -> Expr {
        Expr::Int(1)
    }

    fn no_energy() -> Expr {
        Expr::Int(0)
    }

    fn least() -> Expr {
        name("LEAST")
    }

    fn greatest() -> Expr {
        name("GREATEST")
    }

    fn lift(target: Expr, terms: Vec<(Self, Expr)>) -> Expr {
        if terms.is_empty() {
            return target;
        }
        // Rounded once, after both products, and then cut to 16 bits.
        let half = Expr::Int(1 << 13);
        let tap = |(tap, source): (Self, Expr)| Expr::Int(tap.to_bits().into()) * source;
        let sum = terms.into_iter().fold(half, |sum, term| sum + tap(term));
        call("wrapped", [target + (sum >> Expr::Int(14))])
    }

    fn modulus(value: Expr) -> Expr {
        call("magnitude", [value])
    }

    fn square(value: Expr) -> Expr {
        call("square", [value])
    }

    fn add_moment(moment: Expr, index: Expr, modulus: Expr) -> Expr {
        call("add_moment", [moment, index, modulus])
    }

    fn root(energy: Expr) -> Expr {
        call("integer_root", [energy])
    }

    fn ratio(moment: Expr, moduli: Expr) -> Expr {
        call("integer_ratio", [moment, moduli])
    }

    fn log_sum(moduli: Expr, deviation: f32) -> Expr {
        call("integer_logarithm", [moduli.to(Type::Long), integer_floor(LOG_FLOOR * deviation)])
    }

    fn log_energy(energy: Expr, deviation: f32) -> Expr {
        call("integer_logarithm", [energy, integer_floor(LOG_FLOOR * (deviation * deviation))])
    }

    fn input(value: Expr, shift: i8) -> Expr {
        call("shifted", [value, Expr::Int(shift.into())])
    }
}

/// What is added before a logarithm of integers is taken, in units of 2⁻¹⁶.
fn integer_floor(floor: f32) -> Expr {
    // The cast saturates, as that of `awd_core` does.
    Expr::Int(((floor * 65536.0) as u32).max(1).into())
}

/// What is added before a logarithm is taken.
fn floor(deviation: f32) -> Expr {
    Expr::Float(LOG_FLOOR * deviation)
}
