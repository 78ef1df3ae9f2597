//! Peripherals that are the same in the nRF51 series and the nRF52840.

pub mod clock;
pub mod nvmc;
pub mod pin;
pub mod uart;
pub mod watchdog;
