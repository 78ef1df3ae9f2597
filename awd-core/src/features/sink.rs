//! What values of features are given to, and the floor under their logarithms.

/// What takes the values of a band, a group at a time.
pub(crate) trait Sink<V> {
    /// Values in the order of their codes; those of the bits of `asked` were asked for, the others mean nothing.
    fn take<const M: usize>(&mut self, asked: u8, values: [V; M]);

    /// The same of values that are in memory.
    fn take_some(&mut self, asked: u8, values: &[V]);

    /// One value that was asked for.
    fn take_one(&mut self, value: V);
}

/// Added to a sum of magnitudes before its logarithm is taken, as a fraction of the training samples' standard deviation, and to
/// an energy as a fraction of its square: an empty band is finite, and the unit of the samples means nothing.
pub const LOG_FLOOR: f32 = 1e-6;
