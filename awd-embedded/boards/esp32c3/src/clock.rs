//! Seconds since the start: the system timer, by esp-hal.

use esp_hal::time::Instant;

/// Returns what reads the clock, which esp-hal has started.
pub fn start() -> fn() -> u32 {
    || Instant::now().duration_since_epoch().as_secs() as u32
}
