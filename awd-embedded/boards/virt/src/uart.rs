//! The serial line (a 16550A) and the controller of its interrupt (a PLIC), at the addresses of QEMU's `virt`. The
//! interrupt puts received bytes into a ring.

use awd_board_parts::line::{Line, connect, received};
use awd_board_parts::register::Register;
use awd_board_parts::watchdog::Absent;
use awd_embedded::receive::Ring;
use core::convert::Infallible;
use embedded_io::{ErrorType, Write};
use riscv::interrupt::Interrupt;
use riscv::register::mie;
use riscv::singleton;

/// A register of 8 bits of the UART.
#[derive(Debug, Clone, Copy)]
struct Byte(usize);

impl Byte {
    fn read(self) -> u8 {
        // SAFETY: the numbers below are those of the UART's registers.
        unsafe { ((UART + self.0) as *const u8).read_volatile() }
    }

    fn write(self, value: u8) {
        // SAFETY: as above, and the write changes no variable.
        unsafe { ((UART + self.0) as *mut u8).write_volatile(value) }
    }
}

const UART: usize = 0x1000_0000;
const DATA: Byte = Byte(0);
const INTERRUPTS: Byte = Byte(1);
const FIFOS: Byte = Byte(2);
const LINE: Byte = Byte(3);
const STATUS: Byte = Byte(5);

const RX_FULL: u8 = 1 << 0;
const TX_EMPTY: u8 = 1 << 5;
const TX_DONE: u8 = 1 << 6;

/// Eight bits, no parity, one stop bit, both FIFOs, and an interrupt as soon as a byte has come. The emulator transmits
/// as fast as it can, whatever the baud rate.
const SETTINGS: [(Byte, u8); 3] = [(LINE, 0b11), (FIFOS, 0b111), (INTERRUPTS, 0b1)];

/// The number of the UART's interrupt.
const INTERRUPT: u32 = 10;

const fn at(offset: usize) -> Register {
    // SAFETY: the offsets below are those of the interrupt controller's registers for this processor.
    unsafe { Register::at(0x0c00_0000 + offset) }
}

const PRIORITY: Register = at(4 * INTERRUPT as usize);
const ENABLED: Register = at(0x2000);
const THRESHOLD: Register = at(0x20_0000);
/// Reading it begins an interrupt, writing the interrupt's number ends it.
const CLAIM: Register = at(0x20_0004);

/// More bytes than the longest encoded request, so that none is lost, however fast they arrive.
const RING: usize = 576;

/// The transmitting half of the UART. [`line`] enables it.
#[derive(Debug)]
pub struct Transmitter(());

/// Enables the UART in both directions. Returns `None` if called a second time.
pub fn line() -> Option<Line<Transmitter, Absent>> {
    let ring = singleton!(: Ring<RING> = Ring::new())?;
    let line = connect(ring, Transmitter(()));
    SETTINGS.into_iter().for_each(|(register, value)| register.write(value));
    PRIORITY.write(1);
    ENABLED.write(1 << INTERRUPT);
    THRESHOLD.write(0);
    // SAFETY: the handler below serves the only interrupt that is enabled, and no critical section is open.
    unsafe {
        mie::set_mext();
        riscv::interrupt::enable();
    }
    Some(line)
}

/// Serves the UART.
#[riscv_rt::core_interrupt(Interrupt::MachineExternal)]
fn external() {
    let number = CLAIM.read();
    received(|| (STATUS.read() & RX_FULL != 0).then(|| DATA.read()));
    CLAIM.write(number);
}

impl ErrorType for Transmitter {
    type Error = Infallible;
}

impl Write for Transmitter {
    /// Waits until the transmit buffer is empty, and writes one byte.
    fn write(&mut self, buffer: &[u8]) -> Result<usize, Infallible> {
        let Some(&first) = buffer.first() else { return Ok(0) };
        while STATUS.read() & TX_EMPTY == 0 {}
        DATA.write(first);
        Ok(1)
    }

    /// Waits until the last bit has been sent.
    fn flush(&mut self) -> Result<(), Infallible> {
        while STATUS.read() & TX_DONE == 0 {}
        Ok(())
    }
}
