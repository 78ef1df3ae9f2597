//! The serial line to the micro:bit's USB chip (nRF51 series reference manual, UART): an interrupt puts what comes into a ring.

use awd_embedded::receive::{Line, Receiver, Ring, Sender};
use core::cell::Cell;
use core::convert::Infallible;
use cortex_m::asm;
use cortex_m::interrupt::{self, InterruptNumber, Mutex};
use cortex_m::peripheral::NVIC;
use cortex_m::singleton;
use cortex_m_rt::exception;
use embedded_io::{ErrorType, Write};

/// Registers, from which the others are counted in words.
const UART: *mut u32 = 0x4000_2000 as *mut u32;

const START_RX: usize = 0x000 / 4;
const START_TX: usize = 0x008 / 4;
const RX_READY: usize = 0x108 / 4;
const TX_READY: usize = 0x11c / 4;
const INTERRUPT_SET: usize = 0x304 / 4;
const ENABLE: usize = 0x500 / 4;
const TX_PIN: usize = 0x50c / 4;
const RX_PIN: usize = 0x514 / 4;
const RXD: usize = 0x518 / 4;
const TXD: usize = 0x51c / 4;
const BAUD_RATE: usize = 0x524 / 4;

/// What they are set to: 115200 baud, and the pins that lead to the USB chip.
const SETTINGS: [(usize, u32); 7] = [
    (TX_PIN, 24),
    (RX_PIN, 25),
    (BAUD_RATE, 0x01d7_e000),
    (ENABLE, 4),
    (INTERRUPT_SET, 1 << 2),
    (START_RX, 1),
    (START_TX, 1),
];

/// As many bytes as the longest request has on the line, and some: so none is lost, however fast they come.
const RING: usize = 128;

/// The line's interrupt.
#[derive(Debug, Clone, Copy)]
struct UartInterrupt;

// SAFETY: the chip's interrupt of this number is the UART's.
unsafe impl InterruptNumber for UartInterrupt {
    fn number(self) -> u16 {
        2
    }
}

/// The interrupt's end of the ring. It is taken out and put back, so that nobody waits for it.
static SENDER: Mutex<Cell<Option<Sender<'static>>>> = Mutex::new(Cell::new(None));

/// The UART as something to write to. It is switched on by [`line`].
#[derive(Debug)]
pub struct Transmitter {
    /// The first byte does not wait for one before it.
    begun: bool,
}

/// Switches the UART on, both ways; nothing the second time.
pub fn line() -> Option<Line<'static, Transmitter>> {
    let (sender, receiver) = singleton!(: Ring<RING> = Ring::new())?.split();
    interrupt::free(|cs| SENDER.borrow(cs).set(Some(sender)));
    SETTINGS.into_iter().for_each(|(register, value)| write_register(register, value));
    // SAFETY: no critical section is about to be surprised.
    unsafe { NVIC::unmask(UartInterrupt) };
    Some(Line::new(receiver, Transmitter { begun: false }, sleep))
}

/// Sleeps unless there is a byte. An interrupt that comes after the question is not taken here, but it ends the sleep.
fn sleep(receiver: &Receiver<'_>) {
    interrupt::free(|_| {
        if receiver.is_empty() {
            asm::wfi();
        }
    });
}

/// The board has no interrupt but the line's, which takes what has come.
#[exception]
unsafe fn DefaultHandler(_irq: i16) {
    interrupt::free(|cs| {
        let mut sender = SENDER.borrow(cs).take();
        while read_register(RX_READY) != 0 {
            write_register(RX_READY, 0);
            // The upper bits are reserved.
            let [byte, ..] = read_register(RXD).to_le_bytes();
            sender.iter_mut().for_each(|sender| sender.push(byte));
        }
        SENDER.borrow(cs).set(sender);
    });
}

fn read_register(register: usize) -> u32 {
    // SAFETY: `register` is one of the constants above, so this is an aligned register of a device that this chip always has;
    // reading it has no effect on memory.
    unsafe { UART.add(register).read_volatile() }
}

fn write_register(register: usize, value: u32) {
    // SAFETY: as for reading; the UART does not write to memory whatever it is told.
    unsafe { UART.add(register).write_volatile(value) }
}

impl ErrorType for Transmitter {
    type Error = Infallible;
}

impl Write for Transmitter {
    /// Waits until the byte before it is gone.
    fn write(&mut self, buffer: &[u8]) -> Result<usize, Infallible> {
        let Some(&first) = buffer.first() else { return Ok(0) };
        self.flush()?;
        write_register(TX_READY, 0);
        write_register(TXD, u32::from(first));
        self.begun = true;
        Ok(1)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while self.begun && read_register(TX_READY) == 0 {}
        Ok(())
    }
}
