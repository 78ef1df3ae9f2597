//! The UART without DMA (nRF51 series reference manual and nRF52840 product specification).

use crate::register::Register;
use core::convert::Infallible;
use embedded_io::{ErrorType, Write};

/// The number of the UART's interrupt.
pub const INTERRUPT: u16 = 2;

const fn at(offset: usize) -> Register {
    // SAFETY: the offsets below are those of the UART's registers.
    unsafe { Register::at(0x4000_2000 + offset) }
}

const START_RX: Register = at(0x000);
const START_TX: Register = at(0x008);
const RX_READY: Register = at(0x108);
const TX_READY: Register = at(0x11c);
const INTERRUPT_SET: Register = at(0x304);
const ENABLE: Register = at(0x500);
const TX_PIN: Register = at(0x50c);
const RX_PIN: Register = at(0x514);
const RXD: Register = at(0x518);
const TXD: Register = at(0x51c);
const BAUD_RATE: Register = at(0x524);

/// The register value for 115200 baud.
const BAUD: u32 = 0x01d7_e000;

/// The transmitting half of the UART.
#[derive(Debug)]
pub struct Transmitter {
    /// Whether a byte was written before; the first write has none to wait for.
    begun: bool,
}

/// Enables the UART in both directions on these pins.
pub fn on(tx: u32, rx: u32) -> Transmitter {
    let settings = [
        (TX_PIN, tx),
        (RX_PIN, rx),
        (BAUD_RATE, BAUD),
        (ENABLE, 4),
        (INTERRUPT_SET, 1 << 2),
        (START_RX, 1),
        (START_TX, 1),
    ];
    settings.into_iter().for_each(|(register, value)| register.write(value));
    Transmitter { begun: false }
}

/// The next received byte, if there is one.
pub fn next() -> Option<u8> {
    if RX_READY.read() == 0 {
        return None;
    }
    RX_READY.write(0);
    // The upper bits are reserved.
    let [byte, ..] = RXD.read().to_le_bytes();
    Some(byte)
}

impl ErrorType for Transmitter {
    type Error = Infallible;
}

impl Write for Transmitter {
    /// Waits until the previous byte has been sent, and writes one byte.
    fn write(&mut self, buffer: &[u8]) -> Result<usize, Infallible> {
        let Some(&first) = buffer.first() else { return Ok(0) };
        self.flush()?;
        TX_READY.write(0);
        TXD.write(u32::from(first));
        self.begun = true;
        Ok(1)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while self.begun && TX_READY.read() == 0 {}
        Ok(())
    }
}
