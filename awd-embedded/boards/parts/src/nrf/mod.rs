//! Devices that the nRF51 series and the nRF52840 have alike.

pub mod nvmc;
pub mod uart;
