//! The serial line to the board's debugger (nRF52840 product specification, UART without DMA): an interrupt puts what comes
//! into a ring.

use awd_embedded::receive::{Line, Receiver, Ring, Sender};
use core::cell::Cell;
use core::convert::Infallible;
use cortex_m::asm;
use cortex_m::interrupt::{self, InterruptNumber, Mutex};
use cortex_m::peripheral::NVIC;
use cortex_m::singleton;
use cortex_m_rt::exception;
use embedded_io::{ErrorType, Write};

/// Starts the crystal, which keeps time better than what the chip starts with. It is switched to when it is steady.
const CRYSTAL_START: *mut u32 = 0x4000_0000 as *mut u32;

// Port 0: which pins to set and to drive, and how pin 8 is.
const PINS_SET: *mut u32 = 0x5000_0508 as *mut u32;
const PINS_DRIVE: *mut u32 = 0x5000_0518 as *mut u32;
const PIN_8: *mut u32 = 0x5000_0720 as *mut u32;

// The UART.
const START_RX: *mut u32 = 0x4000_2000 as *mut u32;
const START_TX: *mut u32 = 0x4000_2008 as *mut u32;
const RX_READY: *mut u32 = 0x4000_2108 as *mut u32;
const TX_READY: *mut u32 = 0x4000_211c as *mut u32;
const INTERRUPT_SET: *mut u32 = 0x4000_2304 as *mut u32;
const ENABLE: *mut u32 = 0x4000_2500 as *mut u32;
const TX_PIN: *mut u32 = 0x4000_250c as *mut u32;
const RX_PIN: *mut u32 = 0x4000_2514 as *mut u32;
const RXD: *mut u32 = 0x4000_2518 as *mut u32;
const TXD: *mut u32 = 0x4000_251c as *mut u32;
const BAUD_RATE: *mut u32 = 0x4000_2524 as *mut u32;

/// What they are set to: 115200 baud on P0.06 and P0.08, which lead to the debugger. P0.06 is high, and P0.08 is pulled up where
/// nobody drives it, which is a line at rest.
const SETTINGS: [(*mut u32, u32); 11] = [
    (CRYSTAL_START, 1),
    (PINS_SET, 1 << 6),
    (PINS_DRIVE, 1 << 6),
    (PIN_8, 0b11 << 2),
    (TX_PIN, 6),
    (RX_PIN, 8),
    (BAUD_RATE, 0x01d7_e000),
    (ENABLE, 4),
    (INTERRUPT_SET, 1 << 2),
    (START_RX, 1),
    (START_TX, 1),
];

/// As many bytes as the longest request has on the line, and some: so none is lost, however fast they come.
const RING: usize = 576;

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

fn read_register(register: *mut u32) -> u32 {
    // SAFETY: `register` is one of the constants above, so this is an aligned register of a device that this chip always has;
    // reading it has no effect on memory.
    unsafe { register.read_volatile() }
}

fn write_register(register: *mut u32, value: u32) {
    // SAFETY: as for reading; none of them writes to memory whatever it is told.
    unsafe { register.write_volatile(value) }
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
