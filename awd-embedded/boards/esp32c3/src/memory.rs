//! The memory of the server.

use awd_board_parts::once::Once;
use awd_core::model::MAX_WINDOW;
use awd_embedded::Arrays;

/// Samples of all windows: one of the longest that a model may have, or of up to 64 signals together.
const SAMPLES: usize = 16384;
const SIGNALS: usize = 64;

/// Work space for the longest window. With 40 taps, zero padding and one phase, each half of the second level is at
/// most 30 samples longer than a quarter of the window, and scoring needs 4 halves. A model that needs more is refused.
const WORK: usize = MAX_WINDOW as usize + 128;

/// Bytes of a request with 128 samples.
const REQUEST: usize = 512 + 18;

type Memory = Arrays<WORK, SAMPLES, SIGNALS, REQUEST>;

static ARRAYS: Once<Memory> = Once::new(Arrays::new());

/// The arrays, or `None` if called a second time.
pub fn arrays() -> Option<&'static mut Memory> {
    ARRAYS.take()
}
