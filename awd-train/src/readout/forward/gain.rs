//! The options of a forward selection, and the choice of the largest gain.

/// The options of a forward selection.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Factor of half the squared norm of the weights, added to the mean loss (half squared error or cross-entropy).
    pub penalty: f64,
    /// Whether products of two selected features are candidates too.
    pub products: bool,
}

/// The index of the largest gain above 0. The first of equal gains wins, so that results are reproducible.
pub fn greatest(gains: impl Iterator<Item = Option<f64>>) -> Option<usize> {
    let mut best = (None, 0.0);
    for (index, gain) in gains.enumerate() {
        if let Some(gain) = gain.filter(|gain| *gain > best.1) {
            best = (Some(index), gain);
        }
    }
    best.0
}
