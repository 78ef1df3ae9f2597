//! The board's first serial line (CMSDK APB UART, Arm DDI 0479). It sleeps while it waits for a byte.

use core::convert::Infallible;
use cortex_m::asm;
use cortex_m::interrupt::{self, InterruptNumber};
use cortex_m::peripheral::NVIC;
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

/// Its receive interrupt (Arm AN386, interrupt map).
#[derive(Debug, Clone, Copy)]
struct Line;

// SAFETY: 0 is less than the 32 interrupts of this board.
unsafe impl InterruptNumber for Line {
    fn number(self) -> u16 {
        0
    }
}

/// UART 0. There is one, so whoever makes a second shares it.
#[derive(Debug)]
pub struct Uart(());

impl Uart {
    /// Switches the line on, both ways.
    pub fn new() -> Self {
        let uart = Self(());
        uart.write_register(BAUDDIV, DIVISOR);
        // Masked as a whole, the interrupt is never taken, but it ends a sleep.
        interrupt::disable();
        // SAFETY: there is no handler that could surprise a critical section.
        unsafe { NVIC::unmask(Line) };
        uart.write_register(CTRL, TX_ENABLE | RX_ENABLE | RX_INTERRUPT_ENABLE);
        uart
    }

    fn read_register(&self, register: usize) -> u32 {
        // SAFETY: `register` is one of the constants above, so this is an aligned register of a device that this
        // board always has; reading it has no effect on memory.
        unsafe { BASE.add(register).read_volatile() }
    }

    fn write_register(&self, register: usize, value: u32) {
        // SAFETY: as for reading; the UART does not write to memory whatever it is told.
        unsafe { BASE.add(register).write_volatile(value) }
    }

    fn is(&self, state: u32) -> bool {
        self.read_register(STATE) & state != 0
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Read for Uart {
    /// Sleeps until there is a byte, and gives what follows it without a pause.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        while !self.is(RX_FULL) {
            // In this order a byte that comes in between leaves the interrupt pending, and that ends the sleep.
            self.write_register(INTERRUPT, RX_INTERRUPT);
            NVIC::unpend(Line);
            if !self.is(RX_FULL) {
                asm::wfi();
            }
        }
        let mut len = 0;
        for slot in buffer {
            if !self.is(RX_FULL) {
                break;
            }
            // The upper bits are reserved.
            [*slot, ..] = self.read_register(DATA).to_le_bytes();
            len += 1;
        }
        Ok(len)
    }
}

impl Write for Uart {
    /// Waits until there is room for a byte.
    fn write(&mut self, buffer: &[u8]) -> Result<usize, Infallible> {
        let Some(&first) = buffer.first() else { return Ok(0) };
        while self.is(TX_FULL) {}
        self.write_register(DATA, u32::from(first));
        Ok(1)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while self.is(TX_FULL) {}
        Ok(())
    }
}
