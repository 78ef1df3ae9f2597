//! The deepest that a call reaches into the stack.

use cortex_m::register::msp;

const PAINT: u32 = 0xa5a5_a5a5;

unsafe extern "C" {
    /// The lowest word that the stack may reach (cortex-m-rt's linker script).
    static mut _stack_end: u32;
}

/// Bytes between the caller and the lowest that the call wrote to: free stack is painted, and what is not paint
/// afterwards was used.
// Never inlined, so that all it keeps itself stands above the stack pointer that it reads.
#[inline(never)]
pub fn peak<T>(call: fn(&mut T), data: &mut T) -> usize {
    let floor = &raw mut _stack_end;
    let words = (msp::read() as usize - floor.addr()) / size_of::<u32>();
    for word in 0..words {
        // SAFETY: from the end of the statics to the stack pointer nothing is in use, and no interrupt is enabled.
        unsafe { floor.add(word).write_volatile(PAINT) };
    }
    call(data);
    // SAFETY: as above; all of it was written.
    let untouched = (0..words).take_while(|&word| unsafe { floor.add(word).read_volatile() } == PAINT).count();
    (words - untouched) * size_of::<u32>()
}
