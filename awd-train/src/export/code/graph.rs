//! One level of a transform as a graph: which value each lifting step computes from which, and in which turn of one loop over the level.
//!
//! The loop reads the next pair of samples in each turn. A node is a sequence of values; in turn t it computes its value at index
//! t − delay. A value that a later turn needs is kept for so many turns. Samples beyond the ends of the signal are read like all others,
//! as the boundary continues the signal. So no turn is special, and the same bits come out as in `awd_core`, which treats ends apart.

use super::reach::Reach;
use awd_core::{Boundary, Scheme, Tap};

/// A sequence of values.
#[derive(Debug, Clone, PartialEq)]
pub enum Node<C> {
    /// The first or the second sample of each pair.
    Load(usize),
    /// A lifting step: a target, and the taps with their sources. Without sources it is the target itself.
    Lift(Ref, Vec<(C, Ref)>),
}

/// The value of a node at the index k + offset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ref {
    pub node: usize,
    pub offset: isize,
}

/// What a level computes.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph<C> {
    /// In the order in which a turn computes them. Those that nothing needs are left out.
    pub nodes: Vec<Node<C>>,
    /// Whether a node is forced to zero before index 0, and after the last coefficient.
    pub zero: Vec<[bool; 2]>,
    /// The approximation, if something needs it.
    pub low: Option<Ref>,
    /// The details of each phase, if something needs them.
    pub high: Vec<Ref>,
    /// The delay of each node, in turns.
    pub delay: Vec<isize>,
    /// The first turn and the last one.
    pub turns: [isize; 2],
    /// The position of the first sample of the pair of turn 0.
    pub position: isize,
}

/// The level to be computed.
#[derive(Debug, Clone, Copy)]
pub struct Level<'a, C> {
    pub scheme: Scheme<'a, C>,
    pub boundary: Boundary,
    /// Samples that go in.
    pub len: usize,
    /// Phases of the details that are needed: 0 if none are.
    pub phases: usize,
    /// Whether the approximation is needed.
    pub low: bool,
}

impl<C: Tap> Level<'_, C> {
    /// The samples of a half.
    pub fn half(&self) -> usize {
        self.boundary.half_len(self.len, self.scheme.filter_len())
    }

    /// The graph that costs least, over both ways to pair the samples.
    pub fn graph(&self) -> Graph<C> {
        let [even, odd] = [0, 1].map(|position| self.paired(position, false));
        if odd.cost() < even.cost() { odd } else { even }
    }

    /// The graph if pairs begin at positions of this parity; with nodes for the halves as they are before all steps, if they need them.
    fn paired(&self, position: isize, split: bool) -> Graph<C> {
        let mut nodes = vec![Node::Load(0), Node::Load(1)];
        let (mut low, mut high) = (None, vec![]);
        let mut reach = Reach::default();
        // The half that each node is, after a step.
        let mut halves_of = vec![None; 2];
        for phase in 0..self.phases.max(1) {
            let starts = self
                .scheme
                .origin()
                .map(|origin| self.boundary.start(origin, self.scheme.filter_len(), 0) + phase.cast_signed());
            // Positions are start + 2k; those of the window are 0..len.
            let mut versions =
                starts.map(|start| reach.input([0, self.len].map(|end| (end.cast_signed() - start + 1).div_euclid(2))));
            let mut halves = starts.map(|start| {
                let first = start - position;
                Ref { node: first.rem_euclid(2).unsigned_abs(), offset: first.div_euclid(2) }
            });
            let mut add = |node: Node<C>, version: usize| {
                nodes.push(node);
                halves_of.push(Some(version));
                Ref { node: nodes.len() - 1, offset: 0 }
            };
            if split {
                halves = [0, 1].map(|half| add(Node::Lift(halves[half], vec![]), versions[half]));
            }
            for (step, changes_detail) in self.scheme.steps_with_targets() {
                let (target, source) = if changes_detail { (1, 0) } else { (0, 1) };
                let offsets = (isize::from(step.offset)..).zip(step.taps).filter(|(_, tap)| *tap != C::ZERO);
                let terms: Vec<(isize, C)> = offsets.collect();
                if terms.is_empty() {
                    continue;
                }
                let sources = terms.iter().map(|(offset, _)| (versions[source], *offset));
                let reads = [(versions[target], 0)].into_iter().chain(sources).collect();
                versions[target] = reach.lift(reads);
                let read = halves[source];
                let moved = |(offset, tap)| (tap, Ref { offset: read.offset + offset, ..read });
                let lift = Node::Lift(halves[target], terms.into_iter().map(moved).collect());
                halves[target] = add(lift, versions[target]);
            }
            if phase == 0 && self.low {
                low = Some(halves[0]);
                reach.need(versions[0], self.half());
            }
            if phase < self.phases {
                high.push(halves[1]);
                reach.need(versions[1], self.half());
            }
        }
        let mut zero = vec![[false; 2]; nodes.len()];
        if self.boundary == Boundary::Zero {
            let beyond = reach.beyond(self.half());
            if !split && reach.inputs().any(|version| beyond[version] != [false; 2]) {
                return self.paired(position, true);
            }
            for (zero, half) in zero.iter_mut().zip(halves_of) {
                *zero = half.map_or([false; 2], |half: usize| beyond[half]);
            }
        }
        let mut graph = Graph { nodes, zero, low, high, delay: vec![], turns: [0, 0], position };
        graph.drop_unneeded();
        graph.schedule(self.half());
        graph
    }
}

impl<C: Tap> Graph<C> {
    /// What a node reads.
    fn reads(node: &Node<C>) -> impl Iterator<Item = Ref> + '_ {
        let (target, terms) = match node {
            Node::Load(_) => (None, &[][..]),
            Node::Lift(target, terms) => (Some(*target), &terms[..]),
        };
        target.into_iter().chain(terms.iter().map(|(_, source)| *source))
    }

    fn outputs(&self) -> impl Iterator<Item = Ref> + '_ {
        self.low.into_iter().chain(self.high.iter().copied())
    }

    /// How often the values of a node are read.
    pub fn reads_of(&self, node: usize) -> usize {
        self.nodes.iter().flat_map(Self::reads).chain(self.outputs()).filter(|read| read.node == node).count()
    }

    /// Leaves out the steps that no output needs.
    fn drop_unneeded(&mut self) {
        let mut needed = vec![false; self.nodes.len()];
        self.outputs().for_each(|read| needed[read.node] = true);
        for (i, node) in self.nodes.iter().enumerate().rev() {
            if needed[i] {
                Self::reads(node).for_each(|read| needed[read.node] = true);
            }
        }
        // Both samples of a pair are read in any case.
        needed[..2].fill(true);
        let place: Vec<usize> = needed
            .iter()
            .scan(0, |next, needed| {
                let place = *next;
                *next += usize::from(*needed);
                Some(place)
            })
            .collect();
        let moved = |read: &mut Ref| read.node = place[read.node];
        for node in &mut self.nodes {
            if let Node::Lift(target, terms) = node {
                moved(target);
                terms.iter_mut().for_each(|(_, source)| moved(source));
            }
        }
        self.low.iter_mut().chain(&mut self.high).for_each(moved);
        let mut kept = needed.iter();
        self.nodes.retain(|_| kept.next() == Some(&true));
        let mut kept = needed.iter();
        self.zero.retain(|_| kept.next() == Some(&true));
    }

    /// Sets delays and turns, for outputs of so many samples.
    fn schedule(&mut self, half: usize) {
        for node in &self.nodes {
            let late = Self::reads(node).map(|read| self.delay[read.node] + read.offset).max();
            self.delay.push(late.unwrap_or(0));
        }
        // The indices at which each node is needed.
        let mut needed = vec![None::<[isize; 2]>; self.nodes.len()];
        let mut need = |node: usize, [first, last]: [isize; 2]| {
            let [a, b] = needed[node].unwrap_or([first, last]);
            needed[node] = Some([a.min(first), b.max(last)]);
            needed[node]
        };
        let last = half.cast_signed() - 1;
        let mut turns = [isize::MAX, isize::MIN];
        let mut span = |at: isize| turns = [turns[0].min(at), turns[1].max(at)];
        for read in self.outputs() {
            need(read.node, [0, last].map(|k| k + read.offset));
        }
        for (i, node) in self.nodes.iter().enumerate().rev() {
            // Nothing more is added to a node once those after it are done.
            let Some(range) = need(i, [isize::MAX, isize::MIN]).filter(|[first, last]| first <= last) else { continue };
            Self::reads(node).for_each(|read| {
                need(read.node, range.map(|k| k + read.offset));
            });
            range.into_iter().for_each(|k| span(k + self.delay[i]));
        }
        for emitted in self.low_turn().into_iter().chain(self.high_turn()) {
            [0, last].into_iter().for_each(|k| span(k + emitted));
        }
        self.turns = turns;
    }

    /// The first position that is read, and the last.
    pub fn positions(&self) -> (isize, isize) {
        let [first, last] = self.turns;
        (self.position + 2 * first, self.position + 2 * last + 1)
    }

    /// The turn in which a value at index 0 is known.
    fn turn(&self, read: Ref) -> isize {
        self.delay[read.node] + read.offset
    }

    /// The turn that appends the first coefficient of the approximation.
    pub fn low_turn(&self) -> Option<isize> {
        self.low.map(|read| self.turn(read))
    }

    /// The turn that appends the first details, of all phases.
    pub fn high_turn(&self) -> Option<isize> {
        self.high.iter().map(|read| self.turn(*read)).max()
    }

    /// For how many turns a value of each node is kept.
    pub fn ages(&self) -> Vec<isize> {
        let mut ages = vec![0; self.nodes.len()];
        let mut keep = |read: Ref, by: isize| ages[read.node] = ages[read.node].max(by - self.turn(read));
        for (node, delay) in self.nodes.iter().zip(&self.delay) {
            Self::reads(node).for_each(|read| keep(read, *delay));
        }
        self.low.into_iter().for_each(|read| keep(read, self.turn(read)));
        for read in &self.high {
            keep(*read, self.high_turn().unwrap_or(0));
        }
        ages
    }

    /// How long ago a value was computed that is read in the turn of index 0.
    pub fn age(&self, read: Ref, turn: isize) -> isize {
        turn - self.turn(read)
    }

    /// Turns times what each does, roughly.
    fn cost(&self) -> isize {
        let work = 3 * self.nodes.len().cast_signed() + self.ages().iter().sum::<isize>();
        (self.turns[1] - self.turns[0] + 1) * work
    }
}
