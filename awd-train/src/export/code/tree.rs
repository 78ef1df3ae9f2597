//! A scorer as a tree of expressions and statements, which [`c`](super::c) and [`rust`](super::rust) print.
//!
//! It has what scorers need and no more: constants and variables, arrays of fixed length, and loops whose number of turns is known.

use std::ops::{Add, Mul, Shr, Sub};

/// The type of a variable or of an array's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `f32`.
    Float,
    /// A sample or a coefficient in fixed point, `i16`.
    Short,
    /// `i32`.
    Int,
    /// `u32`.
    Count,
    /// `u64`.
    Long,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Name(String),
    Float(f32),
    Int(i64),
    /// An element of an array at a fixed index.
    Element(String, usize),
    Binary(Box<Self>, Op, Box<Self>),
    /// A call of a function of the prelude.
    Call(&'static str, Vec<Self>),
    /// If the first is true the second, otherwise the third.
    Choose(Box<[Self; 3]>),
    /// A conversion.
    As(Type, Box<Self>),
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Add,
    Sub,
    Mul,
    Shr,
    Greater,
    Less,
    NotEqual,
}

impl Op {
    /// The operator as both languages write it, and how strongly it binds.
    pub const fn text(self) -> (&'static str, u8) {
        match self {
            Self::Mul => ("*", 4),
            Self::Add => ("+", 3),
            Self::Sub => ("-", 3),
            Self::Shr => (">>", 2),
            Self::Greater => (">", 1),
            Self::Less => ("<", 1),
            Self::NotEqual => ("!=", 1),
        }
    }
}

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Stmt {
    Comment(String),
    /// A constant.
    Let(Type, String, Expr),
    /// A variable.
    Var(Type, String, Expr),
    Set(String, Expr),
    If(Expr, Vec<Self>, Vec<Self>),
    /// An array, whose elements are written before they are read.
    Array(Type, String, usize),
    /// Writes an element of an array at a fixed index.
    Store(String, usize, Expr),
    /// Goes over pairs of samples.
    Pairs(Pairs),
    /// Goes over the elements of a band.
    Each(Each),
    /// Statements whose names end with them.
    Block(Vec<Self>),
}

/// A loop over neighbouring pairs of elements.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairs {
    pub element: Type,
    /// What is gone over, one after the other.
    pub segments: Vec<Segment>,
    /// The names of both elements of a pair, if they are read.
    pub names: [Option<String>; 2],
    pub body: Vec<Stmt>,
    /// What each turn appends to arrays.
    pub outputs: Vec<Output>,
    /// What each turn does last.
    pub later: Vec<Stmt>,
}

/// A part of an array.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    pub array: String,
    pub from: usize,
    /// How many pairs.
    pub turns: usize,
}

/// Values that each turn of a loop appends to an array.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub array: String,
    /// The index of the first.
    pub from: usize,
    pub values: Vec<Expr>,
}

/// A loop over elements of an array, alone or each with a later one.
#[derive(Debug, Clone, PartialEq)]
pub struct Each {
    pub element: Type,
    pub array: String,
    pub from: usize,
    /// How many turns.
    pub turns: usize,
    pub name: String,
    /// How much later the second element is, and its name.
    pub later: Option<(usize, String)>,
    pub body: Vec<Stmt>,
}

/// A name.
pub fn name(name: impl Into<String>) -> Expr {
    Expr::Name(name.into())
}

/// A call of a function of the prelude.
pub fn call<const N: usize>(function: &'static str, arguments: [Expr; N]) -> Expr {
    Expr::Call(function, arguments.into())
}

impl Expr {
    fn with(self, op: Op, other: Self) -> Self {
        Self::Binary(Box::new(self), op, Box::new(other))
    }

    pub fn greater(self, other: Self) -> Self {
        self.with(Op::Greater, other)
    }

    pub fn less(self, other: Self) -> Self {
        self.with(Op::Less, other)
    }

    pub fn not_equal(self, other: Self) -> Self {
        self.with(Op::NotEqual, other)
    }

    pub fn to(self, to: Type) -> Self {
        Self::As(to, Box::new(self))
    }
}

macro_rules! operators {
    ($($operator:ident $method:ident),*) => {$(
        impl $operator for Expr {
            type Output = Self;

            fn $method(self, other: Self) -> Self {
                self.with(Op::$operator, other)
            }
        }
    )*};
}

operators!(Add add, Sub sub, Mul mul, Shr shr);
