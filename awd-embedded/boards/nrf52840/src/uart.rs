//! The serial line to the board's debugger: Embassy's driver, which receives by DMA.

use awd_board_parts::attended::Attended;
use awd_board_parts::nrf::watchdog::Watchdog;
use awd_board_parts::register::Register;
use cortex_m::singleton;
use embassy_nrf::buffered_uarte::{BufferedUarte, InterruptHandler};
use embassy_nrf::config::{Debug, HfclkSource};
use embassy_nrf::peripherals::UARTE0;
use embassy_nrf::{bind_interrupts, uarte};

/// The line, and the watchdog that it feeds.
pub type Line = Attended<BufferedUarte<'static>, Watchdog>;

/// More bytes than the longest encoded request, so that none is lost, however fast they arrive.
const RECEIVED: usize = 1024;

/// Bytes of an answer, most of which have fewer.
const SENT: usize = 256;

/// The configuration of the receive pin. Embassy's driver connects it and does not pull it up.
// SAFETY: it is a register of port 0.
const RX_PIN_CONFIG: Register = unsafe { Register::at(0x5000_0700 + 4 * 8) };
const PULLED_UP: u32 = 0b11 << 2;

bind_interrupts!(struct Interrupts {
    UARTE0 => InterruptHandler<UARTE0>;
});

/// Starts the clocks and the UART in both directions. Returns `None` if called a second time.
pub fn line() -> Option<Line> {
    let received = singleton!(: [u8; RECEIVED] = [0; RECEIVED])?;
    let sent = singleton!(: [u8; SENT] = [0; SENT])?;
    let mut config = embassy_nrf::config::Config::default();
    // The crystal is more accurate than the internal oscillator.
    config.hfclk_source = HfclkSource::ExternalXtal;
    // Whether the debug port is locked stays as it is.
    config.debug = Debug::NotConfigured;
    let chip = embassy_nrf::init(config);
    let mut config = uarte::Config::default();
    config.baudrate = uarte::Baudrate::Baud115200;
    let uart = BufferedUarte::new(
        chip.UARTE0,
        chip.TIMER0,
        chip.PPI_CH0,
        chip.PPI_CH1,
        chip.PPI_GROUP0,
        // The pins that are connected to the debugger.
        chip.P0_08,
        chip.P0_06,
        Interrupts,
        config,
        received,
        sent,
    );
    // An unconnected line is idle.
    RX_PIN_CONFIG.write(PULLED_UP);
    Some(Attended::new(uart))
}
