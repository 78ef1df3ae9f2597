//! The serial line to an adapter: UART 0 on GP0 and GP1. An interrupt puts received bytes into a ring.

use crate::restart;
use awd_board_parts::line::{Line, open, received};
use awd_embedded::receive::Ring;
use core::cell::Cell;
use cortex_m::interrupt::{Mutex, free};
use cortex_m::singleton;
use embedded_io::{Read, ReadReady};
use rp2040_hal::clocks::init_clocks_and_plls;
use rp2040_hal::fugit::RateExtU32;
use rp2040_hal::gpio::bank0::{Gpio0, Gpio1};
use rp2040_hal::gpio::{self, FunctionUart, Pin, PullNone, PullUp};
use rp2040_hal::pac::{Interrupt, Peripherals, UART0, interrupt};
use rp2040_hal::uart::{DataBits, Reader, StopBits, UartConfig, UartPeripheral, Writer};
use rp2040_hal::{Clock, Sio, Watchdog};

/// Frequency of a Pico's crystal in Hz, from which the 125 MHz system clock is derived.
const CRYSTAL: u32 = 12_000_000;

/// More bytes than the longest encoded request, so that none is lost, however fast they arrive.
const RING: usize = 576;

/// The pins. The receive pin is pulled up, so that an unconnected line is idle.
type Pins = (Pin<Gpio0, FunctionUart, PullNone>, Pin<Gpio1, FunctionUart, PullUp>);

/// The receiving half of the UART. The interrupt takes it out and puts it back, so that nothing waits for it.
static READER: Mutex<Cell<Option<Reader<UART0, Pins>>>> = Mutex::new(Cell::new(None));

/// Enables the clocks, the watchdog, and UART 0 in both directions. Returns `None` if the clocks do not start.
pub fn line(chip: Peripherals) -> Option<Line<Writer<UART0, Pins>, restart::Watchdog>> {
    let mut resets = chip.RESETS;
    let mut watchdog = Watchdog::new(chip.WATCHDOG);
    let clocks =
        init_clocks_and_plls(CRYSTAL, chip.XOSC, chip.CLOCKS, chip.PLL_SYS, chip.PLL_USB, &mut resets, &mut watchdog);
    let clock = clocks.ok()?.peripheral_clock.freq();
    restart::start(&mut watchdog);
    let pins = gpio::Pins::new(chip.IO_BANK0, chip.PADS_BANK0, Sio::new(chip.SIO).gpio_bank0, &mut resets);
    let pins = (pins.gpio0.reconfigure(), pins.gpio1.reconfigure());
    let config = UartConfig::new(115_200.Hz(), DataBits::Eight, None, StopBits::One);
    let mut uart = UartPeripheral::new(chip.UART0, pins, &mut resets).enable(config, clock).ok()?;
    uart.enable_rx_interrupt();
    let (reader, writer) = uart.split();
    let ring = singleton!(: Ring<RING> = Ring::new())?;
    free(|cs| READER.borrow(cs).set(Some(reader)));
    // SAFETY: this is the UART's interrupt, and the handler below serves it.
    Some(unsafe { open(ring, writer, Interrupt::UART0_IRQ as u16) })
}

/// Takes the received bytes and skips damaged ones, whose frame then fails its checksum.
#[interrupt]
fn UART0_IRQ() {
    let mut reader = free(|cs| READER.borrow(cs).take());
    received(|| {
        let reader = reader.as_mut()?;
        let mut byte = [0];
        while reader.read_ready() == Ok(true) {
            if reader.read(&mut byte) == Ok(1) {
                return Some(byte[0]);
            }
        }
        None
    });
    free(|cs| READER.borrow(cs).set(reader));
}
