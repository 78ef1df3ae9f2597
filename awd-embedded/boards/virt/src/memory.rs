//! The memory of the server.

use awd_core::model::MAX_WINDOW;
use awd_embedded::Arrays;
use core::sync::atomic::{AtomicBool, Ordering};

/// Samples of all windows: one of the longest that a model may have, or of up to 256 signals together.
pub const SAMPLES: usize = 20480;
pub const SIGNALS: usize = 256;

/// Work space for the longest window. With 40 taps, zero padding and one phase, each half of the second level is at
/// most 30 samples longer than a quarter of the window, and scoring needs 4 halves. A model that needs more is refused.
const WORK: usize = MAX_WINDOW as usize + 128;

/// Bytes of a request with 128 samples.
const REQUEST: usize = 512 + 18;

type Memory = Arrays<WORK, SAMPLES, SIGNALS, REQUEST>;

/// The arrays, or `None` if called a second time. `riscv::singleton` would not start them as zeros, so that the program
/// would contain them.
pub fn arrays() -> Option<&'static mut Memory> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    static mut ARRAYS: Memory = Arrays::new();
    if TAKEN.swap(true, Ordering::Relaxed) {
        return None;
    }
    let arrays = &raw mut ARRAYS;
    // SAFETY: this is the only reference, because nothing else names the variable and this line runs once.
    Some(unsafe { &mut *arrays })
}
