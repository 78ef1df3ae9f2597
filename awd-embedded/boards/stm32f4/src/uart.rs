//! The serial line to a Nucleo's debugger, or to an adapter: USART 2 on PA2 and PA3 (STM32F411 reference manual RM0383). An
//! interrupt puts what comes into a ring.

use awd_embedded::receive::{Line, Receiver, Ring, Sender};
use core::cell::Cell;
use core::convert::Infallible;
use cortex_m::asm;
use cortex_m::interrupt::{self, InterruptNumber, Mutex};
use cortex_m::peripheral::NVIC;
use cortex_m::singleton;
use cortex_m_rt::exception;
use embedded_io::{ErrorType, Write};

// The clocks of port A and of the USART.
const AHB1_CLOCKS: *mut u32 = 0x4002_3830 as *mut u32;
const APB1_CLOCKS: *mut u32 = 0x4002_3840 as *mut u32;

// Port A: what its pins are, their resistors, and which device has them, two, two and four bits a pin.
const PIN_MODES: *mut u32 = 0x4002_0000 as *mut u32;
const PIN_PULLS: *mut u32 = 0x4002_000c as *mut u32;
const PIN_DEVICES: *mut u32 = 0x4002_0020 as *mut u32;

// The USART.
const STATE: *mut u32 = 0x4000_4400 as *mut u32;
const DATA: *mut u32 = 0x4000_4404 as *mut u32;
const DIVISOR: *mut u32 = 0x4000_4408 as *mut u32;
const CONTROL: *mut u32 = 0x4000_440c as *mut u32;

/// A byte came before the one before it was read. Reading the data after the state clears this too.
const OVERRUN: u32 = 1 << 3;
const RX_FULL: u32 = 1 << 5;
const TX_DONE: u32 = 1 << 6;
const TX_EMPTY: u32 = 1 << 7;

const RX_ENABLE: u32 = 1 << 2;
const TX_ENABLE: u32 = 1 << 3;
const RX_INTERRUPT_ENABLE: u32 = 1 << 5;
const ENABLE: u32 = 1 << 13;

/// Bits of them, and what these are set to. The chip stays at the 16 MHz that it starts with, of which 139 cycles are a bit at
/// 115200 baud, less a thousandth. A pin that nobody drives is pulled up, which is a line at rest.
const SETTINGS: [(*mut u32, u32, u32); 7] = [
    (AHB1_CLOCKS, 1 << 0, 1 << 0),
    (APB1_CLOCKS, 1 << 17, 1 << 17),
    (PIN_PULLS, 0b11 << 6, 0b01 << 6),
    (PIN_DEVICES, 0xff << 8, 0x77 << 8),
    (PIN_MODES, 0b1111 << 4, 0b1010 << 4),
    (DIVISOR, 0xffff, 139),
    (CONTROL, 0xffff, ENABLE | TX_ENABLE | RX_ENABLE | RX_INTERRUPT_ENABLE),
];

/// As many bytes as the longest request has on the line, and some: so none is lost, however fast they come.
const RING: usize = 576;

/// The line's interrupt.
#[derive(Debug, Clone, Copy)]
struct UsartInterrupt;

// SAFETY: the chip's interrupt of this number is USART 2's.
unsafe impl InterruptNumber for UsartInterrupt {
    fn number(self) -> u16 {
        38
    }
}

/// The interrupt's end of the ring. It is taken out and put back, so that nobody waits for it.
static SENDER: Mutex<Cell<Option<Sender<'static>>>> = Mutex::new(Cell::new(None));

/// The USART as something to write to. It is switched on by [`line`].
#[derive(Debug)]
pub struct Transmitter(());

/// Switches the USART on, both ways; nothing the second time.
pub fn line() -> Option<Line<'static, Transmitter>> {
    let (sender, receiver) = singleton!(: Ring<RING> = Ring::new())?.split();
    interrupt::free(|cs| SENDER.borrow(cs).set(Some(sender)));
    for (register, bits, value) in SETTINGS {
        write_register(register, read_register(register) & !bits | value);
    }
    // SAFETY: no critical section is about to be surprised.
    unsafe { NVIC::unmask(UsartInterrupt) };
    Some(Line::new(receiver, Transmitter(()), sleep))
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
        loop {
            let state = read_register(STATE);
            if state & (RX_FULL | OVERRUN) == 0 {
                break;
            }
            // The upper bits are reserved.
            let [byte, ..] = read_register(DATA).to_le_bytes();
            if state & RX_FULL != 0 {
                sender.iter_mut().for_each(|sender| sender.push(byte));
            }
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
    /// Waits until there is room for a byte.
    fn write(&mut self, buffer: &[u8]) -> Result<usize, Infallible> {
        let Some(&first) = buffer.first() else { return Ok(0) };
        while read_register(STATE) & TX_EMPTY == 0 {}
        write_register(DATA, u32::from(first));
        Ok(1)
    }

    /// Waits until the last bit is gone.
    fn flush(&mut self) -> Result<(), Infallible> {
        while read_register(STATE) & TX_DONE == 0 {}
        Ok(())
    }
}
