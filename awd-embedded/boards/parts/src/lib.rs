//! What the firmware of boards has in common. A board says where its registers and its free flash are; the rest is here.
#![no_std]

pub mod flash;
pub mod line;
pub mod nrf;
pub mod register;
