//! RAM that stands in for flash on emulated boards, which keep its contents over a reset: erasing sets bits, writing
//! clears them.

use crate::flash::{Controller, Failed};
use core::marker::PhantomData;

/// A free part of the RAM.
///
/// # Safety
/// As for [`Controller`].
pub unsafe trait Free {
    /// Address of the first byte.
    const BASE: usize;
    /// Length in bytes.
    const LEN: usize;
}

/// Stands in for a flash controller.
#[derive(Debug)]
pub struct Ram<P>(PhantomData<P>);

// SAFETY: the implementation of `Free` promises that the part is free.
unsafe impl<P: Free> Controller for Ram<P> {
    const BASE: usize = P::BASE;
    const LEN: usize = P::LEN;
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(offset: usize) -> Result<(), Failed> {
        for address in P::BASE + offset..P::BASE + offset + Self::ERASE_SIZE {
            // SAFETY: the address is within the part, where no variable is.
            unsafe { (address as *mut u8).write_volatile(0xff) };
        }
        Ok(())
    }

    fn write(offset: usize, bytes: &[u8]) -> Result<(), Failed> {
        for (address, byte) in (P::BASE + offset..).zip(bytes) {
            let address = address as *mut u8;
            // SAFETY: as above.
            unsafe { address.write_volatile(address.read_volatile() & byte) };
        }
        Ok(())
    }
}
