//! The parts of a cost: what is counted once, and what is counted for each coefficient.

/// A part of the cost of a score. `…Each` is counted for each coefficient of the band or segment, the others once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the features; the others are documented")]
pub enum Part {
    /// Any score.
    Score,
    /// A sample of the window.
    Sample,
    /// A wavelet.
    Wavelet,
    /// A level of a wavelet.
    Level,
    /// A lifting step of a level.
    LevelStep,
    /// A sample that enters a level, times the taps of its steps.
    LevelTap,
    /// The second phase of a level.
    Phase,
    /// A lifting step of it.
    PhaseStep,
    /// A sample that enters it, times the taps.
    PhaseTap,
    /// A band that has any feature.
    Band,
    /// A loop over a band.
    Loop,
    /// A coefficient in it.
    LoopEach,
    /// A coefficient by its index.
    Place,
    /// A feature that is read off its pass.
    Value,
    /// A rank besides the first.
    Rank,
    /// An insertion at it, as many as are expected of independent coefficients.
    RankInsertion,
    /// The function of the logarithm.
    LogarithmOnce,
    /// A logarithm.
    Logarithm,
    /// The function of the root.
    RootOnce,
    /// A root or a ratio.
    Root,
    /// A weight.
    Weight,
    /// A product, without its weights.
    Product,
    /// The largest or the smallest coefficient.
    Extreme,
    ExtremeEach,
    /// Several of the largest or of the smallest.
    Extremes,
    ExtremesEach,
    Moduli,
    ModuliEach,
    Energy,
    EnergyEach,
    Moment,
    MomentEach,
    Position,
    PositionEach,
    PositiveSum,
    PositiveSumEach,
    Signs,
    SignsEach,
    PositiveCount,
    PositiveCountEach,
    Crossings,
    CrossingsEach,
    Runs,
    RunsEach,
    Increments,
    IncrementsEach,
    ModulusIncrements,
    ModulusIncrementsEach,
    SegmentModuli,
    SegmentModuliEach,
    Segment,
    SegmentEach,
}

/// The number of parts.
pub const PARTS: usize = Part::SegmentEach as usize + 1;

/// A part, and how often it occurs.
pub type Amount = (Part, f64);

/// How much each part costs, in the order of [`Part`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Table(pub [f64; PARTS]);

impl Table {
    /// The cost of these parts.
    pub fn of(&self, amounts: &[Amount]) -> f64 {
        amounts.iter().map(|(part, times)| self.0[*part as usize] * times).sum()
    }
}
