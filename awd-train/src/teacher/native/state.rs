//! What changes during the training of one network.

use super::adam::Adam;
use super::net::Net;

/// The best network so far, by the windows that are left out.
#[derive(Debug, Clone)]
pub(super) struct Best {
    pub net: Net,
    pub loss: f64,
    pub score: f64,
}

/// All that changes during training.
#[derive(Clone)]
pub(super) struct State {
    pub net: Net,
    pub optimiser: Adam,
    /// Which of the schedule's decays it is trained with.
    pub decay: usize,
    /// Passes that are done with it, and those since the last better one.
    pub epoch: usize,
    pub since: usize,
    pub best: Option<Best>,
}
