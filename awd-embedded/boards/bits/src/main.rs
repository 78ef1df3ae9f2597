//! Scores the same signals on a board as on the host, in every way there is. Prints a line for each output: the
//! scorer's name and the output's bits.
#![no_std]
#![no_main]

mod scores;

use core::panic::PanicInfo;
use scores::scores;
use semihosting::process::exit;
use semihosting::{eprintln, println};

/// The model files that the build script wrote.
const FILES: &[&[u8]] = &[
    include_bytes!(concat!(env!("OUT_DIR"), "/zero.awd")),
    include_bytes!(concat!(env!("OUT_DIR"), "/sums.awd")),
    include_bytes!(concat!(env!("OUT_DIR"), "/increments.awd")),
    include_bytes!(concat!(env!("OUT_DIR"), "/products.awd")),
    include_bytes!(concat!(env!("OUT_DIR"), "/periodization.awd")),
    include_bytes!(concat!(env!("OUT_DIR"), "/fixed.awd")),
    include_bytes!(concat!(env!("OUT_DIR"), "/fixed_products.awd")),
];

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    for file in FILES {
        if let Err(why) = scores(file, |name, bits| println!("{name} {bits:08x}")) {
            eprintln!("{why}");
            exit(1)
        }
    }
    exit(0)
}

/// Prints the message and fails, so that missing scores are not compared.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    eprintln!("{info}");
    exit(1)
}
