//! Limits how often the flash is erased, because it endures a limited number of erases.

/// The time of the next erase.
#[derive(Debug)]
pub struct Erases {
    /// Seconds between two erases.
    interval: u32,
    /// Seconds since the start.
    clock: fn() -> u32,
    next: u32,
}

impl Erases {
    /// Without a limit.
    pub const UNLIMITED: Self = Self { interval: 0, clock: || 0, next: 0 };

    /// At most one erase in `interval` seconds, and none that soon after the start: a host could otherwise reset the board
    /// before each.
    pub const fn limited(interval: u32, clock: fn() -> u32) -> Self {
        Self { interval, clock, next: interval }
    }

    /// Seconds until the flash may be erased.
    pub fn wait(&self) -> u32 {
        self.next.saturating_sub((self.clock)())
    }

    /// Notes that the flash is erased now.
    pub fn note(&mut self) {
        self.next = (self.clock)().saturating_add(self.interval);
    }
}
