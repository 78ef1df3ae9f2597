//! The statements of one wavelet: a loop over each level, and what is gathered of its bands.

use super::band;
use super::graph::{Graph, Level, Node, Ref};
use super::number::Number;
use super::source::{Band, Context, Gathered};
use super::tree::{Expr, Output, Pairs, Segment, Stmt, Type, name};
use awd_core::{Boundary, Dwt};

/// A signal in an array.
struct Signal {
    array: String,
    /// The index of the sample at position 0.
    zero: usize,
    len: usize,
}

/// A level to be computed, and its place among the arrays.
struct Stage<C> {
    graph: Graph<C>,
    half: usize,
    /// The index of the first coefficient of the approximation in its array, and the array's length.
    zero: usize,
    len: usize,
}

/// The statements that compute the bands of a wavelet and gather features of them. `features` are those of each band, the finest first.
pub fn wavelet<C: Number>(dwt: &Dwt<C>, window: usize, features: &[Gathered], context: &Context<'_>) -> Vec<Stmt> {
    let stages = stages(dwt, window, features);
    let mut statements = vec![];
    let mut signal = Signal { array: "window".into(), zero: 0, len: window };
    for (level, stage) in stages.iter().enumerate() {
        let low = format!("low{}", level + 1);
        if stage.graph.low.is_some() {
            statements.push(Stmt::Array(C::ELEMENT, low.clone(), stage.len));
        }
        let words = format!("Level {}: {} samples to {}.", level + 1, signal.len, stage.half);
        statements.push(Stmt::Comment(words));
        let mut block = vec![];
        let (array, high) = (format!("high{}", level + 1), stage.graph.high_turn());
        let turns = stage.turns();
        if high.is_some() {
            block.push(Stmt::Array(C::ELEMENT, array.clone(), stage.graph.high.len() * turns));
        }
        pass(&mut block, stage, dwt.boundary(), &signal, [&low, &array]);
        if let Some(turn) = high {
            let phases = stage.graph.high.len();
            let from = phases * (turn - stage.graph.turns[0]).unsigned_abs();
            let band = Band { array, from, len: phases * stage.half };
            band::gather::<C>(&mut block, &band, &features[level], context);
        }
        statements.push(Stmt::Block(block));
        signal = Signal { array: low, zero: stage.zero, len: stage.half };
    }
    if let Some(of_low) = features.get(usize::from(dwt.levels())).filter(|features| !features.is_empty()) {
        let band = Band { array: signal.array, from: signal.zero, len: signal.len };
        let mut block = vec![];
        band::gather::<C>(&mut block, &band, of_low, context);
        statements.push(Stmt::Block(block));
    }
    statements
}

impl<C> Stage<C> {
    /// Turns of the loop.
    fn turns(&self) -> usize {
        (self.graph.turns[1] - self.graph.turns[0] + 1).unsigned_abs()
    }
}

/// The levels down to the last one that features are taken of.
fn stages<C: Number>(dwt: &Dwt<C>, window: usize, features: &[Gathered]) -> Vec<Stage<C>> {
    let levels = usize::from(dwt.levels());
    let last = features.iter().rposition(|features| !features.is_empty()).map_or(0, |band| (band + 1).min(levels));
    let mut stages: Vec<Stage<C>> = vec![];
    let mut len = window;
    for level in 0..last {
        let deeper = features[level + 1..].iter().any(|features| !features.is_empty());
        let phases = if features[level].is_empty() { 0 } else { 1 + usize::from(dwt.is_oversampled()) };
        let level = Level { scheme: dwt.scheme(level), boundary: dwt.boundary(), len, phases, low: deeper };
        let graph = level.graph();
        // The array of the level before has room for the samples beyond its ends.
        if let Some(before) = stages.last_mut() {
            let (first, last) = graph.positions();
            before.zero = before.zero.max((-first).max(0).unsigned_abs());
            let last = before.zero.cast_signed() + last + 1;
            let written = before.zero.cast_signed() + before.graph.turns[1] - before.graph.low_turn().unwrap_or(0) + 1;
            before.len = last.max(written).unsigned_abs();
        }
        let half = level.half();
        let zero = graph.low_turn().map_or(0, |turn| turn - graph.turns[0]).unsigned_abs();
        let end = graph.low_turn().map_or(0, |turn| graph.turns[1] - turn + 1).unsigned_abs();
        stages.push(Stage { half, zero, len: zero + end, graph });
        len = half;
    }
    stages
}

/// The loop over a level.
fn pass<C: Number>(
    block: &mut Vec<Stmt>,
    stage: &Stage<C>,
    boundary: Boundary,
    signal: &Signal,
    [low, high]: [&str; 2],
) {
    let graph = &stage.graph;
    let segments = segments(block, graph, boundary, signal);
    let ages = graph.ages();
    for (node, age) in ages.iter().enumerate() {
        for age in 1..=*age {
            block.push(Stmt::Var(C::VALUE, kept(node, age), C::zero()));
        }
    }
    let read = |read: Ref, turn: isize| match graph.age(read, turn) {
        0 => name(format!("v{}", read.node)),
        age => name(kept(read.node, age)),
    };
    let mut body = vec![];
    for (i, node) in graph.nodes.iter().enumerate() {
        if let Node::Lift(target, terms) = node {
            let turn = graph.delay[i];
            let terms = terms.iter().map(|(tap, source)| (*tap, read(*source, turn))).collect();
            let mut value = C::lift(read(*target, turn), terms);
            // The turns of index 0, and of the one after the last.
            let ends = [0, stage.half.cast_signed()].map(|index| Expr::Int((index + turn - graph.turns[0]) as i64));
            let [first, end] = ends;
            if graph.zero[i][0] {
                value = Expr::Choose(Box::new([name("turn").less(first), C::zero(), value]));
            }
            if graph.zero[i][1] {
                value = Expr::Choose(Box::new([name("turn").less(end), value, C::zero()]));
            }
            body.push(Stmt::Let(C::VALUE, format!("v{i}"), value));
        }
    }
    let mut outputs = vec![];
    if let (Some(value), Some(turn)) = (graph.low, graph.low_turn()) {
        let from = (stage.zero.cast_signed() + graph.turns[0] - turn).unsigned_abs();
        outputs.push(Output { array: low.into(), from, values: vec![read(value, turn)] });
    }
    if let Some(turn) = graph.high_turn() {
        let values = graph.high.iter().map(|value| read(*value, turn)).collect();
        outputs.push(Output { array: high.into(), from: 0, values });
    }
    let mut later = vec![];
    if graph.zero.as_flattened().contains(&true) {
        block.push(Stmt::Var(Type::Count, "turn".into(), Expr::Int(0)));
        later.push(Stmt::Set("turn".into(), name("turn") + Expr::Int(1)));
    }
    for (node, age) in ages.iter().enumerate() {
        for age in (1..=*age).rev() {
            let newer = if age == 1 { format!("v{node}") } else { kept(node, age - 1) };
            later.push(Stmt::Set(kept(node, age), name(newer)));
        }
    }
    let is_read = |node| graph.reads_of(node) > 0;
    let names = [0, 1].map(|node| is_read(node).then(|| format!("v{node}")));
    block.push(Stmt::Pairs(Pairs { element: C::ELEMENT, segments, names, body, outputs, later }));
}

/// The name of a value of so many turns ago.
fn kept(node: usize, age: isize) -> String {
    format!("v{node}_{age}")
}

/// What a loop over a level goes over. Samples beyond the ends of a signal are put beside it, or, of the window, into arrays of their own.
fn segments<C: Number>(block: &mut Vec<Stmt>, graph: &Graph<C>, boundary: Boundary, signal: &Signal) -> Vec<Segment> {
    let (first, last) = graph.positions();
    let len = signal.len.cast_signed();
    let index = |position: isize| (signal.zero.cast_signed() + position).unsigned_abs();
    let sample = |position: isize| match boundary.source(position, signal.len) {
        Some(source) => Expr::Element(signal.array.clone(), signal.zero + source),
        None => C::zero(),
    };
    if signal.array != "window" {
        for position in (first..0).chain(len..=last) {
            block.push(Stmt::Store(signal.array.clone(), index(position), sample(position)));
        }
        let turns = (last - first + 1).unsigned_abs() / 2;
        return vec![Segment { array: signal.array.clone(), from: index(first), turns }];
    }
    let pairs = |from: isize, to: isize| (to - from).max(0).unsigned_abs() / 2;
    // The first pair inside, and the first one after them.
    let start = if first < 0 { first + 2 * (1 - first).div_euclid(2) } else { first };
    let end = start + 2 * (len - start).max(0).div_euclid(2).min((last + 1 - start).max(0).div_euclid(2));
    let mut segments = vec![];
    for (array, from, to) in [("head", first, start.min(last + 1)), ("window", start, end), ("tail", end, last + 1)] {
        let turns = pairs(from, to);
        if turns == 0 {
            continue;
        }
        if array == "window" {
            segments.push(Segment { array: array.into(), from: from.unsigned_abs(), turns });
            continue;
        }
        block.push(Stmt::Array(C::ELEMENT, array.into(), 2 * turns));
        for (i, position) in (from..).take(2 * turns).enumerate() {
            block.push(Stmt::Store(array.into(), i, sample(position)));
        }
        segments.push(Segment { array: array.into(), from: 0, turns });
    }
    segments
}
