//! The features of a band that one loop from end to end gathers.

use super::number::Number;
use super::source::{Band, Gathered, add};
use super::tree::{Expr, Stmt, Type, name};
use awd_core::Feature;

/// Which of these features are wanted.
pub struct Whole<C> {
    /// How many of the largest and of the smallest are kept.
    largest: u8,
    smallest: u8,
    moduli: bool,
    moment: bool,
    energy: bool,
    position: bool,
    positive_count: bool,
    positive_sum: bool,
    longest_positive: bool,
    longest_negative: bool,
    crossings: bool,
    number: std::marker::PhantomData<C>,
}

impl<C: Number> Whole<C> {
    pub fn of(features: &Gathered) -> Self {
        let has = |which: fn(&Feature) -> bool| features.iter().any(|(_, feature)| which(feature));
        let ranks = |rank: fn(&Feature) -> Option<u8>| {
            features.iter().filter_map(|(_, feature)| rank(feature)).max().map_or(0, |rank| rank + 1)
        };
        let moment = has(|feature| matches!(feature, Feature::FirstMoment | Feature::Centroid));
        Self {
            largest: ranks(|feature| if let Feature::Largest(rank) = feature { Some(*rank) } else { None }),
            smallest: ranks(|feature| if let Feature::Smallest(rank) = feature { Some(*rank) } else { None }),
            moduli: moment || has(|feature| matches!(feature, Feature::AbsSum | Feature::LogAbsSum)),
            moment,
            energy: has(|feature| matches!(feature, Feature::RootEnergy | Feature::LogEnergy)),
            position: has(|feature| *feature == Feature::Position),
            positive_count: has(|feature| *feature == Feature::PositiveCount),
            positive_sum: has(|feature| *feature == Feature::PositiveSum),
            longest_positive: has(|feature| *feature == Feature::LongestPositive),
            longest_negative: has(|feature| *feature == Feature::LongestNegative),
            crossings: has(|feature| *feature == Feature::Crossings),
            number: std::marker::PhantomData,
        }
    }

    pub const fn is_empty(&self) -> bool {
        let signs = self.positive_count
            || self.positive_sum
            || self.longest_positive
            || self.longest_negative
            || self.crossings;
        self.largest == 0 && self.smallest == 0 && !(self.moduli || self.energy || self.position || signs)
    }

    /// The variables of the loop.
    pub fn declare(&self, block: &mut Vec<Stmt>, band: &Band) {
        let mut variable = |of: Type, name: &str, value: Expr| block.push(Stmt::Var(of, name.into(), value));
        for rank in 0..self.largest {
            variable(C::VALUE, &format!("largest{rank}"), C::least());
        }
        for rank in 0..self.smallest {
            variable(C::VALUE, &format!("smallest{rank}"), C::greatest());
        }
        if self.moduli {
            variable(C::VALUE, "moduli", C::zero());
        }
        if self.moment {
            variable(C::VALUE, "moment", C::zero());
            variable(C::VALUE, "index", C::zero());
        }
        if self.energy {
            variable(C::ENERGY, "energy", C::no_energy());
        }
        if self.position {
            variable(C::VALUE, "farthest", C::zero());
            variable(Type::Count, "position", Expr::Int(0));
            variable(Type::Count, "k", Expr::Int(0));
        }
        if self.positive_sum {
            variable(C::VALUE, "positive_sum", C::zero());
        }
        if self.crossings {
            let first = Expr::Element(band.array.clone(), band.from);
            variable(C::VALUE, "previous", C::value(first));
        }
        let counts = [
            (self.positive_count, "positive"),
            (self.longest_positive, "run_positive"),
            (self.longest_positive, "longest_positive"),
            (self.longest_negative, "run_negative"),
            (self.longest_negative, "longest_negative"),
            (self.crossings, "crossings"),
        ];
        for (_, name) in counts.into_iter().filter(|(has, _)| *has) {
            variable(Type::Count, name, Expr::Int(0));
        }
    }

    /// What is done for each coefficient c.
    pub fn body(&self) -> Vec<Stmt> {
        let c = || name("c");
        let one = || Expr::Int(1);
        let mut body = vec![];
        if self.largest > 0 {
            body.push(insert("largest", self.largest - 1, |c, kept| c.greater(kept)));
        }
        if self.smallest > 0 {
            body.push(insert("smallest", self.smallest - 1, |c, kept| c.less(kept)));
        }
        if self.moduli || self.position {
            body.push(Stmt::Let(C::VALUE, "modulus".into(), C::modulus(c())));
        }
        if self.moment {
            body.push(Stmt::Set("moment".into(), C::add_moment(name("moment"), name("index"), name("modulus"))));
            body.push(add("index", C::one()));
        }
        if self.moduli {
            body.push(add("moduli", name("modulus")));
        }
        if self.energy {
            body.push(add("energy", C::square(c())));
        }
        if self.position {
            let farther = vec![Stmt::Set("farthest".into(), name("modulus")), Stmt::Set("position".into(), name("k"))];
            body.push(Stmt::If(name("modulus").greater(name("farthest")), farther, vec![]));
            body.push(add("k", one()));
        }
        let is_positive = || c().greater(C::zero());
        let (mut positive, mut others) = (vec![], vec![]);
        if self.positive_count {
            positive.push(add("positive", one()));
        }
        if self.positive_sum {
            positive.push(add("positive_sum", c()));
        }
        let runs = [
            (self.longest_positive, "run_positive", "longest_positive", false),
            (self.longest_negative, "run_negative", "longest_negative", true),
        ];
        for (_, run, longest, is_negative) in runs.into_iter().filter(|(has, ..)| *has) {
            let (goes_on, ends) = if is_negative { (&mut others, &mut positive) } else { (&mut positive, &mut others) };
            goes_on.push(add(run, one()));
            let longer = vec![Stmt::Set(longest.into(), name(run))];
            goes_on.push(Stmt::If(name(run).greater(name(longest)), longer, vec![]));
            ends.push(Stmt::Set(run.into(), Expr::Int(0)));
        }
        if !positive.is_empty() {
            body.push(Stmt::If(is_positive(), positive, others));
        }
        if self.crossings {
            let crosses = is_positive().not_equal(name("previous").greater(C::zero()));
            body.push(Stmt::If(crosses, vec![add("crossings", one())], vec![]));
            body.push(Stmt::Set("previous".into(), c()));
        }
        body
    }

    /// The value of a feature after the loop; nothing if it is not one of these.
    pub fn value(&self, feature: Feature, deviation: f32) -> Option<Expr> {
        Some(match feature {
            Feature::Largest(rank) => name(format!("largest{rank}")),
            Feature::Smallest(rank) => name(format!("smallest{rank}")),
            Feature::AbsSum => name("moduli"),
            Feature::RootEnergy => C::root(name("energy")),
            Feature::LogAbsSum => C::log_sum(name("moduli"), deviation),
            Feature::LogEnergy => C::log_energy(name("energy"), deviation),
            Feature::FirstMoment => name("moment"),
            Feature::Centroid => C::ratio(name("moment"), name("moduli")),
            Feature::Position => name("position").to(C::VALUE),
            Feature::PositiveCount => name("positive").to(C::VALUE),
            Feature::PositiveSum => name("positive_sum"),
            Feature::LongestPositive => name("longest_positive").to(C::VALUE),
            Feature::LongestNegative => name("longest_negative").to(C::VALUE),
            Feature::Crossings => name("crossings").to(C::VALUE),
            _ => return None,
        })
    }
}

/// Puts c into its place among the kept coefficients of ranks up to `rank`; those behind it move on by one.
fn insert(kept: &str, rank: u8, is_beyond: fn(Expr, Expr) -> Expr) -> Stmt {
    Stmt::If(is_beyond(name("c"), name(format!("{kept}{rank}"))), vec![place(kept, rank, is_beyond)], vec![])
}

/// Puts c, which is beyond the one of this rank, into the place of this rank or of one before.
fn place(kept: &str, rank: u8, is_beyond: fn(Expr, Expr) -> Expr) -> Stmt {
    let of = |rank: u8| format!("{kept}{rank}");
    let put = Stmt::Set(of(rank), name("c"));
    if rank == 0 {
        return put;
    }
    let moved = vec![Stmt::Set(of(rank), name(of(rank - 1))), place(kept, rank - 1, is_beyond)];
    Stmt::If(is_beyond(name("c"), name(of(rank - 1))), moved, vec![put])
}
