//! What the server tells a person who watches: changes of state only, nothing on the way of a window.

use crate::frame::FrameError;
use crate::protocol::ModelError;
use awd_core::Model;

/// Logs with defmt, where that is asked for; uses its arguments either way.
macro_rules! log {
    ($level:ident, $($argument:expr),+) => {{
        #[cfg(feature = "defmt")]
        defmt::$level!($($argument),+);
        #[cfg(not(feature = "defmt"))]
        let _ = ($($argument),+);
    }};
}

/// A model scores from now on.
pub(crate) fn loaded(model: &Model<'_>, number: u32) {
    log!(
        info,
        "model {=u32} in service: window {=usize}, features {=usize}, outputs {=usize}",
        number,
        model.window(),
        model.terms().len(),
        model.outputs()
    );
}

/// A model was complete but cannot be used.
pub(crate) fn refused(error: ModelError) {
    log!(warn, "model refused: {}", error);
}

/// The flash of the slots failed.
pub(crate) fn memory_fault() {
    log!(error, "the memory of the slots failed");
}

/// A signal is open.
pub(crate) fn opened(hop: u16) {
    log!(info, "signal open: a window ends every {=u16} samples", hop);
}

/// A signal is closed.
pub(crate) fn closed() {
    log!(info, "signal closed");
}

/// What came is no frame, or no request.
pub(crate) fn bad_frame(error: FrameError) {
    log!(warn, "bad frame: {}", error);
}
