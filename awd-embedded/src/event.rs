//! Log messages of the server: state changes only, nothing per window.

use crate::frame::FrameError;
use crate::protocol::ModelError;
use awd_core::Model;

/// Logs with the feature `defmt`. Without it, only evaluates the arguments, so that none is reported as unused.
macro_rules! log {
    ($level:ident, $($argument:expr),+) => {{
        #[cfg(feature = "defmt")]
        defmt::$level!($($argument),+);
        #[cfg(not(feature = "defmt"))]
        let _ = ($($argument),+);
    }};
}

/// A model was put into service.
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

/// A model was refused.
pub(crate) fn refused(error: ModelError) {
    log!(warn, "model refused: {}", error);
}

/// The flash of the slots failed.
pub(crate) fn memory_fault() {
    log!(error, "the flash of the model slots failed");
}

/// A signal was opened.
pub(crate) fn opened(signal: u16, hop: u16) {
    log!(info, "signal {=u16} open: a window is scored every {=u16} samples", signal, hop);
}

/// A score was an event.
pub(crate) fn raised(signal: u16, sample: u32) {
    log!(info, "signal {=u16}: event at sample {=u32}", signal, sample);
}

/// A signal was closed.
pub(crate) fn closed(signal: u16) {
    log!(info, "signal {=u16} closed", signal);
}

/// Received bytes were not a valid frame, or a payload was not a valid request.
pub(crate) fn bad_frame(error: FrameError) {
    log!(warn, "bad frame: {}", error);
}
