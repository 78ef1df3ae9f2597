//! The serial line to an adapter: UART 0 on GP0 and GP1. An interrupt puts what comes into a ring.

use awd_embedded::receive::{Line, Receiver, Ring, Sender};
use core::cell::Cell;
use cortex_m::asm;
use cortex_m::interrupt::{Mutex, free};
use cortex_m::peripheral::NVIC;
use cortex_m::singleton;
use embedded_io::{Read, ReadReady};
use rp2040_hal::clocks::init_clocks_and_plls;
use rp2040_hal::fugit::RateExtU32;
use rp2040_hal::gpio::bank0::{Gpio0, Gpio1};
use rp2040_hal::gpio::{self, FunctionUart, Pin, PullNone, PullUp};
use rp2040_hal::pac::{Interrupt, Peripherals, UART0, interrupt};
use rp2040_hal::uart::{DataBits, Reader, StopBits, UartConfig, UartPeripheral, Writer};
use rp2040_hal::{Clock, Sio, Watchdog};

/// Cycles a second of a Pico's crystal, from which the 125 MHz of the program are made.
const CRYSTAL: u32 = 12_000_000;

/// As many bytes as the longest request has on the line, and some: so none is lost, however fast they come.
const RING: usize = 576;

/// The pins. One that nobody drives is pulled up, which is a line at rest.
type Pins = (Pin<Gpio0, FunctionUart, PullNone>, Pin<Gpio1, FunctionUart, PullUp>);

/// The interrupt's end of the UART, and that of the ring.
type Ends = (Reader<UART0, Pins>, Sender<'static>);

/// They are taken out and put back, so that nobody waits for them.
static ENDS: Mutex<Cell<Option<Ends>>> = Mutex::new(Cell::new(None));

/// Switches the clocks and UART 0 on, both ways; nothing where the crystal does not swing.
pub fn line(chip: Peripherals) -> Option<Line<'static, Writer<UART0, Pins>>> {
    let mut resets = chip.RESETS;
    let mut watchdog = Watchdog::new(chip.WATCHDOG);
    let clocks =
        init_clocks_and_plls(CRYSTAL, chip.XOSC, chip.CLOCKS, chip.PLL_SYS, chip.PLL_USB, &mut resets, &mut watchdog);
    let clock = clocks.ok()?.peripheral_clock.freq();
    let pins = gpio::Pins::new(chip.IO_BANK0, chip.PADS_BANK0, Sio::new(chip.SIO).gpio_bank0, &mut resets);
    let pins = (pins.gpio0.reconfigure(), pins.gpio1.reconfigure());
    let config = UartConfig::new(115_200.Hz(), DataBits::Eight, None, StopBits::One);
    let mut uart = UartPeripheral::new(chip.UART0, pins, &mut resets).enable(config, clock).ok()?;
    uart.enable_rx_interrupt();
    let (reader, writer) = uart.split();
    let (sender, receiver) = singleton!(: Ring<RING> = Ring::new())?.split();
    free(|cs| ENDS.borrow(cs).set(Some((reader, sender))));
    // SAFETY: no critical section is about to be surprised.
    unsafe { NVIC::unmask(Interrupt::UART0_IRQ) };
    Some(Line::new(receiver, writer, sleep))
}

/// Sleeps unless there is a byte. An interrupt that comes after the question is not taken here, but it ends the sleep.
fn sleep(receiver: &Receiver<'_>) {
    free(|_| {
        if receiver.is_empty() {
            asm::wfi();
        }
    });
}

/// Takes what has come. What came damaged is left out: its frame will not pass its checksum.
#[interrupt]
fn UART0_IRQ() {
    free(|cs| {
        let mut ends = ENDS.borrow(cs).take();
        if let Some((reader, sender)) = &mut ends {
            let mut buffer = [0; 32];
            while reader.read_ready() == Ok(true) {
                let len = reader.read(&mut buffer).unwrap_or(0);
                buffer.iter().take(len).for_each(|byte| sender.push(*byte));
            }
        }
        ENDS.borrow(cs).set(ends);
    });
}
