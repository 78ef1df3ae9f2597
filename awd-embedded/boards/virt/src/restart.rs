//! What restarts the board: the host, and faults. It has no watchdog in QEMU.

use awd_board_parts::fault;
use awd_board_parts::register::Register;
use riscv_rt::TrapFrame;

/// The test device, and the value that resets the board.
// SAFETY: the address of its register, of which a write changes no variable.
const TEST: Register = unsafe { Register::at(0x0010_0000) };
const RESET: u32 = 0x7777;

/// Resets the board.
pub fn reset() -> ! {
    TEST.write(RESET);
    // The emulator resets the processor a moment later.
    loop {
        riscv::asm::wfi();
    }
}

/// Faults.
#[unsafe(export_name = "ExceptionHandler")]
extern "C" fn exception(frame: &TrapFrame) -> ! {
    fault::keep(frame.ra);
    reset()
}

/// The serial line's interrupt is the only one enabled.
#[unsafe(export_name = "DefaultHandler")]
extern "C" fn unexpected() -> ! {
    fault::raise()
}
