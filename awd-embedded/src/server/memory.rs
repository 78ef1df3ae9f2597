//! The memory of a server.

use super::Signal;

/// The memory of a [`Server`](super::Server), borrowed from the caller.
#[derive(Debug)]
pub struct Memory<'b> {
    /// Work space in samples: the largest [`awd_core::Model::work_len`] of a model.
    pub work: &'b mut [f32],
    /// Samples: those of a window that arrives in parts, or one window per signal. Its length is that of the longest
    /// window.
    pub samples: &'b mut [f32],
    /// One per signal that can be open at once.
    pub signals: &'b mut [Signal],
    /// Bytes of the longest request, including [`OVERHEAD`](crate::frame::OVERHEAD).
    pub request: &'b mut [u8],
}

/// Arrays for a [`Memory`]; the parameters are the lengths of its slices. They start as zeros, so a static of them takes
/// no flash.
#[derive(Debug)]
pub struct Arrays<const WORK: usize, const SAMPLES: usize, const SIGNALS: usize, const REQUEST: usize> {
    work: [f32; WORK],
    samples: [f32; SAMPLES],
    signals: [Signal; SIGNALS],
    request: [u8; REQUEST],
}

impl<const WORK: usize, const SAMPLES: usize, const SIGNALS: usize, const REQUEST: usize>
    Arrays<WORK, SAMPLES, SIGNALS, REQUEST>
{
    /// Zeros.
    #[must_use]
    pub const fn new() -> Self {
        Self { work: [0.0; WORK], samples: [0.0; SAMPLES], signals: [Signal::CLOSED; SIGNALS], request: [0; REQUEST] }
    }

    /// The arrays as slices.
    pub const fn memory(&mut self) -> Memory<'_> {
        Memory {
            work: &mut self.work,
            samples: &mut self.samples,
            signals: &mut self.signals,
            request: &mut self.request,
        }
    }
}

impl<const WORK: usize, const SAMPLES: usize, const SIGNALS: usize, const REQUEST: usize> Default
    for Arrays<WORK, SAMPLES, SIGNALS, REQUEST>
{
    fn default() -> Self {
        Self::new()
    }
}
