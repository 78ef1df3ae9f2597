//! What restarts the board: the watchdog (ESP32-C3 technical reference manual, watchdog timers) and faults.

use awd_board_parts::register::Register;
use awd_board_parts::{fault, watchdog};
use esp_hal::handler;
use esp_hal::peripherals::{SYSTIMER, TIMG0};
use esp_hal::system::software_reset;
use esp_hal::time::Duration;
use esp_hal::timer::PeriodicTimer;
use esp_hal::timer::systimer::SystemTimer;
use esp_hal::timer::timg::{MwdtStage, Wdt};
use esp_hal::trapframe::TrapFrame;

const fn at(offset: usize) -> Register {
    // SAFETY: the offsets below are those of registers of timer group 0.
    unsafe { Register::at(0x6001_f000 + offset) }
}

const FEED: Register = at(0x60);
const PROTECT: Register = at(0x64);

/// Values of [`PROTECT`]: the watchdog can be fed with this one, and not with another.
const UNLOCK: u32 = 0x50d8_3aa1;
const LOCK: u32 = 0;

/// More than the 15 s after which the host gives up a request. Erasing a slot takes less than a second.
const TIME: Duration = Duration::from_secs(20);

/// The watchdog, after [`start`].
#[derive(Debug)]
pub struct Watchdog;

/// Starts the watchdog, which counts while the processor sleeps, and a timer that ends each sleep within a second.
pub fn start(timer: SYSTIMER<'static>) {
    let mut watchdog = Wdt::<TIMG0<'static>>::new();
    watchdog.set_timeout(MwdtStage::Stage0, TIME);
    watchdog.enable();
    let mut timer = PeriodicTimer::new(SystemTimer::new(timer).alarm0);
    timer.set_interrupt_handler(tick);
    timer.listen();
    // It fails only if the time is too long for the timer.
    let _ = timer.start(Duration::from_secs(1));
}

/// Ends the sleep; the server's loop then feeds the watchdog.
#[handler]
fn tick() {
    SYSTIMER::regs().int_clr().write(|clear| clear.target0().clear_bit_by_one());
}

impl watchdog::Watchdog for Watchdog {
    const COUNTS_IN_SLEEP: bool = true;

    fn feed() {
        PROTECT.write(UNLOCK);
        FEED.write(1);
        PROTECT.write(LOCK);
    }
}

/// Faults. An interrupt that nothing serves panics in esp-hal, which is a fault too.
#[unsafe(no_mangle)]
unsafe extern "C" fn ExceptionHandler(frame: &TrapFrame) -> ! {
    fault::keep(frame.ra);
    software_reset()
}
