//! Code that the boards' firmware shares. A board adds the addresses of its registers and of its free flash.
#![no_std]

#[cfg(target_arch = "arm")]
mod arm;
#[cfg(feature = "async")]
pub mod attended;
pub mod fault;
pub mod flash;
pub mod line;
#[cfg(target_arch = "arm")]
pub mod nrf;
#[cfg(target_arch = "riscv32")]
pub mod once;
pub mod pin;
pub mod ram;
mod record;
pub mod register;
#[cfg(target_arch = "riscv32")]
mod riscv;
pub mod updates;
#[cfg(feature = "async")]
pub mod waiting;
pub mod watchdog;
