//! Measures the stack depth of a call.

use cortex_m::register::msp;

const PAINT: u32 = 0xa5a5_a5a5;

unsafe extern "C" {
    /// The lowest word of the stack (cortex-m-rt's linker script).
    static mut _stack_end: u32;
}

/// Bytes from the caller's stack pointer to the lowest word that the call wrote. Fills the free stack with a pattern
/// before the call; words that differ afterwards were used.
// Never inlined, so that its own variables are above the stack pointer that it reads.
#[inline(never)]
pub fn peak<T>(call: fn(&mut T), data: &mut T) -> usize {
    let floor = &raw mut _stack_end;
    let words = (msp::read() as usize - floor.addr()) / size_of::<u32>();
    for word in 0..words {
        // SAFETY: nothing uses the memory between the statics and the stack pointer, and no interrupt is enabled.
        unsafe { floor.add(word).write_volatile(PAINT) };
    }
    call(data);
    // SAFETY: as above, and every word was written.
    let untouched = (0..words).take_while(|&word| unsafe { floor.add(word).read_volatile() } == PAINT).count();
    (words - untouched) * size_of::<u32>()
}
