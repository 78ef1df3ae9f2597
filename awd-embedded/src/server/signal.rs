//! The position in a signal.

/// The position in an open signal. The sample counts wrap at 2³².
#[derive(Debug, Clone, Copy)]
pub struct Signal {
    pub hop: u16,
    /// Samples taken so far.
    pub taken: u32,
    /// Sample count at the end of the next window to score.
    pub due: u32,
}
