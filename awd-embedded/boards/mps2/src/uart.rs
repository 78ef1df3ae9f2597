//! The board's first serial line (CMSDK APB UART, Arm DDI 0479). An interrupt puts received bytes into a ring.

use crate::map::UART;
use crate::run::{self, Line};
use awd_board_parts::line::received;
use awd_board_parts::register::Register;
use awd_embedded::receive::Ring;
use core::convert::Infallible;
use cortex_m::singleton;
use embedded_io::{ErrorType, Write};

const fn at(offset: usize) -> Register {
    // SAFETY: the offsets below are those of the UART's registers, which these boards have.
    unsafe { Register::at(UART + offset) }
}

const DATA: Register = at(0x00);
const STATUS: Register = at(0x04);
const CTRL: Register = at(0x08);
const INTERRUPT: Register = at(0x0c);
const BAUDDIV: Register = at(0x10);

const TX_FULL: u32 = 1 << 0;
const RX_FULL: u32 = 1 << 1;
const TX_ENABLE: u32 = 1 << 0;
const RX_ENABLE: u32 = 1 << 1;
const RX_INTERRUPT_ENABLE: u32 = 1 << 3;
const RX_INTERRUPT: u32 = 1 << 1;

/// Enables the interrupt of a transmit buffer that is empty again, and ends it.
#[cfg(feature = "embassy")]
pub const TX_INTERRUPT_ENABLE: u32 = 1 << 2;
#[cfg(feature = "embassy")]
const TX_INTERRUPT: u32 = 1 << 0;

/// Cycles of the 25 MHz clock per bit, for 115200 baud. The emulator accepts any value above 15 and transmits as fast
/// as it can.
const DIVISOR: u32 = 217;

/// More bytes than the longest encoded request, so that none is lost, however fast they arrive.
const RING: usize = 576;

/// The transmitting half of UART 0. [`line`] enables it.
#[derive(Debug)]
pub struct Transmitter(());

/// Enables UART 0 in both directions. Returns `None` if called a second time.
pub fn line() -> Option<Line> {
    let ring = singleton!(: Ring<RING> = Ring::new())?;
    BAUDDIV.write(DIVISOR);
    CTRL.write(TX_ENABLE | RX_ENABLE | RX_INTERRUPT_ENABLE | run::INTERRUPT_ENABLE);
    Some(run::line(ring, Transmitter(())))
}

/// Takes what has been received. To be called by the receive interrupt's handler.
pub fn receive() {
    INTERRUPT.write(RX_INTERRUPT);
    received(|| {
        // The upper bits are reserved.
        (STATUS.read() & RX_FULL != 0).then(|| DATA.read().to_le_bytes()[0])
    });
}

impl ErrorType for Transmitter {
    type Error = Infallible;
}

impl Write for Transmitter {
    /// Waits until the transmit buffer is empty, and writes one byte.
    fn write(&mut self, buffer: &[u8]) -> Result<usize, Infallible> {
        let Some(&first) = buffer.first() else { return Ok(0) };
        self.flush()?;
        DATA.write(u32::from(first));
        Ok(1)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while STATUS.read() & TX_FULL != 0 {}
        Ok(())
    }
}

#[cfg(feature = "embassy")]
impl embedded_io::WriteReady for Transmitter {
    fn write_ready(&mut self) -> Result<bool, Infallible> {
        Ok(STATUS.read() & TX_FULL == 0)
    }
}

/// Notes that the transmit buffer is empty. To be called by the transmit interrupt's handler.
#[cfg(feature = "embassy")]
pub fn sent() {
    INTERRUPT.write(TX_INTERRUPT);
}
