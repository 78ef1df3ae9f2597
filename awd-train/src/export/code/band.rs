//! The statements that gather features of a band: one loop over the band for all that goes over it from end to end, and a loop for each lag
//! and each segment.

use super::number::Number;
use super::source::{Band, Context, Gathered, add};
use super::tree::{Each, Expr, Stmt, name};
use super::whole::Whole;
use awd_core::Feature;
use awd_core::features::Segment;

/// Gathers the features of a band.
pub fn gather<C: Number>(block: &mut Vec<Stmt>, band: &Band, features: &Gathered, context: &Context<'_>) {
    let deviation = context.deviation;
    let store = |block: &mut Vec<Stmt>, place: usize, value: Expr| block.push(context.store::<C>(place, value));
    let whole = Whole::<C>::of(features);
    whole.declare(block, band);
    if !whole.is_empty() {
        let body = whole.body();
        block.push(Stmt::Each(each::<C>(band, [0, band.len], None, body)));
    }
    for &(place, feature) in features {
        if let Some(value) = whole.value(feature, deviation) {
            store(block, place, value);
        }
    }
    for lag in awd_core::features::LAGS {
        lagged::<C>(block, band, features, lag, context);
    }
    let mut segments: Vec<Segment> = features.iter().filter_map(|(_, feature)| segment(*feature)).collect();
    segments.dedup();
    for of in segments {
        in_segment::<C>(block, band, features, of, context);
    }
    for &(place, feature) in features {
        if let Feature::Coefficient(k) = feature {
            let value = Expr::Element(band.array.clone(), band.from + usize::from(k));
            store(block, place, C::value(value));
        }
    }
}

/// A loop over a part of a band.
fn each<C: Number>(band: &Band, [start, end]: [usize; 2], later: Option<usize>, body: Vec<Stmt>) -> Each {
    Each {
        element: C::ELEMENT,
        array: band.array.clone(),
        from: band.from + start,
        turns: end - start,
        name: "c".into(),
        later: later.map(|lag| (lag, "next".into())),
        body,
    }
}

/// The sums over one lag.
fn lagged<C: Number>(block: &mut Vec<Stmt>, band: &Band, features: &Gathered, lag: u8, context: &Context<'_>) {
    let (mut plain, mut of_moduli) = (vec![], vec![]);
    for &(place, feature) in features {
        match feature {
            Feature::Increment(l) if l == lag => plain.push((place, false)),
            Feature::LogIncrement(l) if l == lag => plain.push((place, true)),
            Feature::ModulusIncrement(l) if l == lag => of_moduli.push((place, false)),
            Feature::LogModulusIncrement(l) if l == lag => of_moduli.push((place, true)),
            _ => (),
        }
    }
    let mut inner = vec![];
    let mut body = vec![];
    if !plain.is_empty() {
        inner.push(Stmt::Var(C::VALUE, "change".into(), C::zero()));
        body.push(add("change", C::modulus(name("next") - name("c"))));
    }
    if !of_moduli.is_empty() {
        inner.push(Stmt::Var(C::VALUE, "modulus_change".into(), C::zero()));
        body.push(add("modulus_change", C::modulus(C::modulus(name("next")) - C::modulus(name("c")))));
    }
    if body.is_empty() {
        return;
    }
    let lag = usize::from(lag);
    inner.push(Stmt::Each(each::<C>(band, [0, band.len - lag], Some(lag), body)));
    for (variable, places) in [("change", plain), ("modulus_change", of_moduli)] {
        for (place, is_log) in places {
            let value = if is_log { C::log_sum(name(variable), context.deviation) } else { name(variable) };
            inner.push(context.store::<C>(place, value));
        }
    }
    block.push(Stmt::Block(inner));
}

/// The segment that a feature is of.
const fn segment(feature: Feature) -> Option<Segment> {
    match feature {
        Feature::SegmentAbsSum(of) | Feature::LogSegmentAbsSum(of) | Feature::SegmentSum(of) => Some(of),
        _ => None,
    }
}

/// The sums over one segment.
fn in_segment<C: Number>(block: &mut Vec<Stmt>, band: &Band, features: &Gathered, of: Segment, context: &Context<'_>) {
    let [start, end] = [of.part, of.part + 1].map(|part| usize::from(part) * band.len / usize::from(of.of));
    let features = || features.iter().filter(|(_, feature)| segment(*feature) == Some(of));
    let has_sum = features().any(|(_, feature)| matches!(feature, Feature::SegmentSum(_)));
    let has_moduli = features().any(|(_, feature)| !matches!(feature, Feature::SegmentSum(_)));
    let (mut inner, mut body) = (vec![], vec![]);
    if has_moduli {
        inner.push(Stmt::Var(C::VALUE, "moduli".into(), C::zero()));
        body.push(add("moduli", C::modulus(name("c"))));
    }
    if has_sum {
        inner.push(Stmt::Var(C::VALUE, "sum".into(), C::zero()));
        body.push(add("sum", name("c")));
    }
    inner.push(Stmt::Each(each::<C>(band, [start, end], None, body)));
    for &(place, feature) in features() {
        let value = match feature {
            Feature::SegmentAbsSum(_) => name("moduli"),
            Feature::LogSegmentAbsSum(_) => C::log_sum(name("moduli"), context.deviation),
            _ => name("sum"),
        };
        inner.push(context.store::<C>(place, value));
    }
    block.push(Stmt::Block(inner));
}
