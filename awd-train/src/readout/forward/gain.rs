//! How an input is selected.

/// What is fitted.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// Times half the squared norm of the weights, beside the mean loss: half the squared error or the cross-entropy.
    pub penalty: f64,
    /// Whether products of two features that are in are candidates too.
    pub products: bool,
}

/// The place of the greatest gain above 0, the first of equals, so that ties are broken the same way everywhere.
pub fn greatest(gains: impl Iterator<Item = Option<f64>>) -> Option<usize> {
    let mut best = (None, 0.0);
    for (place, gain) in gains.enumerate() {
        if let Some(gain) = gain.filter(|gain| *gain > best.1) {
            best = (Some(place), gain);
        }
    }
    best.0
}
