//! The receiver of feature values, and the floor under their logarithms.

/// Receives the feature values of a band, one group at a time.
pub(crate) trait Sink<V> {
    /// Receives values in the order of their codes. Only those whose bits are set in `asked` are selected; the others
    /// are meaningless.
    fn take<const M: usize>(&mut self, asked: u8, values: [V; M]);

    /// The same as `take`, for values in memory.
    fn take_some(&mut self, asked: u8, values: &[V]);

    /// Receives one selected value.
    fn take_one(&mut self, value: V);
}

/// Added to a sum of absolute values before its logarithm is taken, as a fraction of the training samples' standard
/// deviation, and to an energy as a fraction of the variance. So the logarithm of an all-zero band is finite, and the
/// unit of the samples does not matter.
pub const LOG_FLOOR: f32 = 1e-6;
