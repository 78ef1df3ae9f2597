//! What the server tells a person who watches: changes of state only, nothing on the way of a window.

use crate::frame::FrameError;
use awd_core::{FormatError, Model};

/// A model scores from now on.
pub(crate) fn loaded(model: &Model) {
    #[cfg(feature = "defmt")]
    defmt::info!(
        "model loaded: window {=usize}, terms {=usize}, outputs {=usize}",
        model.window(),
        model.spec().terms.len(),
        model.spec().readout.bias.len()
    );
    #[cfg(not(feature = "defmt"))]
    let _ = model;
}

/// A model was complete but cannot be used.
pub(crate) fn refused(error: FormatError) {
    #[cfg(feature = "defmt")]
    defmt::warn!("model refused: {}", error);
    #[cfg(not(feature = "defmt"))]
    let _ = error;
}

/// What came is no frame, or no request.
pub(crate) fn bad_frame(error: FrameError) {
    #[cfg(feature = "defmt")]
    defmt::warn!("bad frame: {}", error);
    #[cfg(not(feature = "defmt"))]
    let _ = error;
}
