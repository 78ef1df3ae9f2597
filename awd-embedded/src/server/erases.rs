//! Limits how often the flash is erased, because it endures a limited number of erases.

/// When the flash may be erased.
#[derive(Debug)]
pub struct Erases {
    /// Seconds between two erases.
    interval: u32,
    /// Seconds since the start.
    clock: fn() -> u32,
    /// The time of the latest erase, or 0 for the start.
    latest: u32,
}

impl Erases {
    /// Without a limit.
    pub const UNLIMITED: Self = Self { interval: 0, clock: || 0, latest: 0 };

    /// At most one erase in `interval` seconds, and none that soon after the start: a host could otherwise reset the board
    /// before each.
    pub const fn limited(interval: u32, clock: fn() -> u32) -> Self {
        Self { interval, clock, latest: 0 }
    }

    /// Seconds until the flash may be erased. A clock that has started again, because it has counted too far, permits it.
    pub fn wait(&self) -> u32 {
        (self.clock)().checked_sub(self.latest).map_or(0, |since| self.interval.saturating_sub(since))
    }

    /// Notes that the flash is erased now.
    pub fn note(&mut self) {
        self.latest = (self.clock)();
    }
}
