//! The board's first serial line (CMSDK APB UART, Arm DDI 0479): an interrupt puts what comes into a ring.

use awd_embedded::Board;
use awd_embedded::receive::{Receiver, Ring, Sender};
use core::cell::Cell;
use core::convert::Infallible;
use cortex_m::asm;
use cortex_m::interrupt::{self, InterruptNumber, Mutex};
use cortex_m::peripheral::NVIC;
use cortex_m::singleton;
use cortex_m_rt::exception;
use embedded_io::{ErrorType, Read, Write};

/// Registers of UART 0 (Arm AN386, memory map).
const BASE: *mut u32 = 0x4000_4000 as *mut u32;

// Register numbers, in words.
const DATA: usize = 0;
const STATE: usize = 1;
const CTRL: usize = 2;
const INTERRUPT: usize = 3;
const BAUDDIV: usize = 4;

const TX_FULL: u32 = 1 << 0;
const RX_FULL: u32 = 1 << 1;
const TX_ENABLE: u32 = 1 << 0;
const RX_ENABLE: u32 = 1 << 1;
const RX_INTERRUPT_ENABLE: u32 = 1 << 3;
const RX_INTERRUPT: u32 = 1 << 1;

/// Cycles of the 25 MHz clock a bit: 115200 baud. The emulator takes any number above 15 and is as fast as it can.
const DIVISOR: u32 = 217;

/// Bytes that may come while a window is scored: the host sends one request at a time, so a frame and a zero.
const RING: usize = 2048;

/// Its receive interrupt (Arm AN386, interrupt map).
#[derive(Debug, Clone, Copy)]
struct Line;

// SAFETY: 0 is less than the 32 interrupts of this board.
unsafe impl InterruptNumber for Line {
    fn number(self) -> u16 {
        0
    }
}

/// The interrupt's end of the ring. It is taken out and put back, so that nobody waits for it.
static SENDER: Mutex<Cell<Option<Sender<'static>>>> = Mutex::new(Cell::new(None));

/// UART 0.
pub struct Uart {
    receiver: Receiver<'static>,
}

impl Uart {
    /// Switches the line on, both ways; nothing the second time.
    pub fn new() -> Option<Self> {
        let (sender, receiver) = singleton!(: Ring<RING> = Ring::new())?.split();
        interrupt::free(|cs| SENDER.borrow(cs).set(Some(sender)));
        write_register(BAUDDIV, DIVISOR);
        write_register(CTRL, TX_ENABLE | RX_ENABLE | RX_INTERRUPT_ENABLE);
        // SAFETY: no critical section is about to be surprised.
        unsafe { NVIC::unmask(Line) };
        Some(Self { receiver })
    }
}

/// The board has no interrupt but the line's, which takes what has come.
#[exception]
unsafe fn DefaultHandler(_irq: i16) {
    interrupt::free(|cs| {
        let mut sender = SENDER.borrow(cs).take();
        write_register(INTERRUPT, RX_INTERRUPT);
        while read_register(STATE) & RX_FULL != 0 {
            // The upper bits are reserved.
            let [byte, ..] = read_register(DATA).to_le_bytes();
            sender.iter_mut().for_each(|sender| sender.push(byte));
        }
        SENDER.borrow(cs).set(sender);
    });
}

fn read_register(register: usize) -> u32 {
    // SAFETY: `register` is one of the constants above, so this is an aligned register of a device that this board always
    // has; reading it has no effect on memory.
    unsafe { BASE.add(register).read_volatile() }
}

fn write_register(register: usize, value: u32) {
    // SAFETY: as for reading; the UART does not write to memory whatever it is told.
    unsafe { BASE.add(register).write_volatile(value) }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Read for Uart {
    /// Sleeps until there is a byte, and gives what follows it without a pause.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        while self.receiver.is_empty() {
            // An interrupt that comes after the question is not taken here, but it ends the sleep.
            interrupt::free(|_| {
                if self.receiver.is_empty() {
                    asm::wfi();
                }
            });
        }
        Ok(self.receiver.take(buffer))
    }
}

impl Write for Uart {
    /// Waits until there is room for a byte.
    fn write(&mut self, buffer: &[u8]) -> Result<usize, Infallible> {
        let Some(&first) = buffer.first() else { return Ok(0) };
        self.flush()?;
        write_register(DATA, u32::from(first));
        Ok(1)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while read_register(STATE) & TX_FULL != 0 {}
        Ok(())
    }
}

impl Board for Uart {
    fn lost(&self) -> u32 {
        self.receiver.lost()
    }
}
