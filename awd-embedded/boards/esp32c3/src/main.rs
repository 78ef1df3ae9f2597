//! awd's scorer on an ESP32-C3, with frames on UART 0 and model slots in the last part of the flash.
#![no_std]
#![no_main]

mod clock;
mod flash;
mod memory;
#[expect(unsafe_code, reason = "memory-mapped registers")]
mod pin;
#[expect(unsafe_code, reason = "a memory-mapped register and a handler of traps")]
mod restart;
mod uart;

use awd_board_parts::{fault, updates};
use awd_embedded::Server;
use core::panic::PanicInfo;
use esp_hal::clock::CpuClock;
use esp_hal::system::software_reset;
use flash::Flash;

// What the bootloader reads. Without the time of the build, so that two builds give the same bytes.
esp_bootloader_esp_idf::esp_app_desc!(
    env!("CARGO_PKG_VERSION"),
    env!("CARGO_PKG_NAME"),
    "not stated",
    "not stated",
    esp_bootloader_esp_idf::ESP_IDF_COMPATIBLE_VERSION,
    esp_bootloader_esp_idf::MMU_PAGE_SIZE,
    0,
    u16::MAX,
    esp_bootloader_esp_idf::SECURE_VERSION
);

#[esp_hal::main]
fn main() -> ! {
    let chip = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
    restart::start(chip.SYSTIMER);
    let line = uart::line(chip.UART0, chip.GPIO21, chip.GPIO20);
    if let (Some(mut line), Some(flash), Some(arrays)) = (line, Flash::new(chip.FLASH), memory::arrays()) {
        // The pin is an output as long as this exists.
        let _pin = pin::output(chip.GPIO10);
        let mut server = Server::new(flash, None, arrays.memory());
        updates::set(&mut server, clock::start);
        server.on_event(pin::pulse);
        let _ = server.serve(&mut line);
    }
    // The host requested a reset, or the line has ended.
    software_reset()
}

/// awd does not panic. If other code does, that is a fault: the board restarts with the models in its slots.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    fault::raise()
}
