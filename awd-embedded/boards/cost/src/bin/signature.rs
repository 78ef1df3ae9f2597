//! Measures the check of a model's signature. Prints instructions and bytes of stack, separated by a tab.
#![no_std]
#![no_main]

#[path = "../count.rs"]
mod count;
#[expect(unsafe_code, reason = "memory that no variable owns is painted and read")]
#[path = "../stack.rs"]
mod stack;

use awd_embedded::update::PublicKey;
use core::hint::black_box;
use core::panic::PanicInfo;
use cortex_m::Peripherals;
use count::Counter;
use semihosting::process::exit;
use semihosting::{eprintln, println};

/// What the build script wrote: a model file, a public key, and the signature of the file with the number 1.
const FILE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/zero.awd"));
const KEY: &[u8; 32] = include_bytes!(concat!(env!("OUT_DIR"), "/key"));
const SIGNATURE: &[u8; 64] = include_bytes!(concat!(env!("OUT_DIR"), "/signature"));

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some(Peripherals { SYST: timer, .. }) = Peripherals::take() else { unreachable!("they are taken once") };
    let mut counter = Counter::new(timer);
    let mut verified = false;
    let call = |verified: &mut bool| *verified = black_box(PublicKey(*KEY)).verifies(1, FILE, SIGNATURE);
    let stack = stack::peak(call, &mut verified);
    println!("{:.0}\t{stack}", counter.instructions_once(call, &mut verified));
    assert!(verified && !PublicKey(*KEY).verifies(2, FILE, SIGNATURE));
    exit(0)
}

/// Prints the message and fails, so that a case that panics is not reported.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    eprintln!("{info}");
    exit(1)
}
