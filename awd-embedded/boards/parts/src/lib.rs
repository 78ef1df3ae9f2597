//! Code that the boards' firmware shares. A board adds the addresses of its registers and of its free flash.
#![no_std]

pub mod fault;
pub mod flash;
pub mod line;
pub mod nrf;
pub mod pin;
pub mod register;
pub mod updates;
pub mod watchdog;
