//! The state of the training of one network.

use super::adam::Adam;
use super::net::Net;

/// The best network so far, by the loss on left-out windows.
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
    /// Index of the current weight decay in the schedule.
    pub decay: usize,
    /// Passes done with this decay, and passes since the last improvement.
    pub epoch: usize,
    pub since: usize,
    pub best: Option<Best>,
}
