//! How far a signal has come.

/// Where a signal is. Its counts of samples come around at 2³².
#[derive(Debug, Clone, Copy)]
pub struct Signal {
    pub hop: u16,
    /// Samples so far.
    pub taken: u32,
    /// Samples at the end of the next window that is scored.
    pub due: u32,
}
