//! The serial line: UART 0. An interrupt puts received bytes into a ring.

use crate::restart::Watchdog;
use awd_board_parts::line::{Line, connect, received};
use awd_board_parts::once::Once;
use awd_embedded::receive::Ring;
use core::cell::Cell;
use critical_section::{Mutex, with};
use esp_hal::peripherals::{GPIO20, GPIO21, UART0};
use esp_hal::uart::{Config, RxConfig, Uart, UartInterrupt, UartRx, UartTx};
use esp_hal::{Blocking, handler};

/// More bytes than the longest encoded request, so that none is lost, however fast they arrive.
const RING: usize = 576;

static BYTES: Once<Ring<RING>> = Once::new(Ring::new());

/// The receiving half of the UART. The interrupt takes it out and puts it back, so that nothing waits for it.
static READER: Mutex<Cell<Option<UartRx<'static, Blocking>>>> = Mutex::new(Cell::new(None));

/// Enables UART 0 in both directions, with an interrupt for each byte. Returns `None` if called a second time.
pub fn line(
    uart: UART0<'static>,
    tx: GPIO21<'static>,
    rx: GPIO20<'static>,
) -> Option<Line<UartTx<'static, Blocking>, Watchdog>> {
    let ring = BYTES.take()?;
    // 115200 baud, eight bits, no parity, one stop bit.
    let config = Config::default().with_rx(RxConfig::default().with_fifo_full_threshold(1));
    let mut uart = Uart::new(uart, config).ok()?.with_tx(tx).with_rx(rx);
    uart.set_interrupt_handler(receive);
    uart.listen(UartInterrupt::RxFifoFull);
    let (reader, writer) = uart.split();
    let line = connect(ring, writer);
    with(|cs| READER.borrow(cs).set(Some(reader)));
    Some(line)
}

/// Takes the received bytes. The UART discards damaged ones, whose frame then fails its checksum.
#[handler]
fn receive() {
    UART0::regs().int_clr().write(|clear| clear.rxfifo_full().clear_bit_by_one());
    let mut reader = with(|cs| READER.borrow(cs).take());
    received(|| {
        let (reader, mut byte) = (reader.as_mut()?, [0]);
        (reader.read_buffered(&mut byte) == Ok(1)).then_some(byte[0])
    });
    with(|cs| READER.borrow(cs).set(reader));
}
