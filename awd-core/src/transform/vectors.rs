//! The vector instructions of the processor that runs this.

/// Calls a function whose code, with all that is inlined into it, is compiled several times, and runs the version for the
/// vector instructions of this processor. Bits are equal: no version fuses products and sums.
#[cfg(feature = "vectors")]
#[inline(always)]
pub fn vectorised<R>(call: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(call)
}

/// Calls the function: the instructions are those of the compilation target.
#[cfg(not(feature = "vectors"))]
#[inline(always)]
pub fn vectorised<R>(call: impl FnOnce() -> R) -> R {
    call()
}
