//! Which models the firmware accepts, and how often it erases the flash. That is set when it is built, by features of the
//! board's crate.

use awd_embedded::slots::Mapped;
use awd_embedded::{Server, Updates};

#[cfg(all(feature = "signed", feature = "fixed"))]
compile_error!("firmware either takes signed models (`signed`) or none (`fixed`)");

/// Every valid model.
#[cfg(not(any(feature = "signed", feature = "fixed")))]
const UPDATES: Updates = Updates::Any;

/// None: the board keeps the model in its slots.
#[cfg(feature = "fixed")]
const UPDATES: Updates = Updates::Never;

/// Models that are signed with the key in the file that the environment variable `AWD_PUBLIC_KEY` names.
#[cfg(all(feature = "signed", not(feature = "fixed")))]
const UPDATES: Updates =
    Updates::Signed(awd_embedded::update::PublicKey(*include_bytes!(concat!(env!("OUT_DIR"), "/key"))));

/// Seconds between two erases of the flash.
#[cfg(feature = "limited")]
const INTERVAL: u32 = match option_env!("AWD_ERASE_INTERVAL") {
    None => 60,
    Some(text) => match u32::from_str_radix(text, 10) {
        Ok(seconds) => seconds,
        Err(_) => panic!("AWD_ERASE_INTERVAL: seconds, such as 60"),
    },
};

/// Sets which models the server accepts, and how often the flash is erased. `start` starts the board's clock, if that is
/// limited, and returns what reads it in seconds.
#[cfg_attr(not(feature = "limited"), expect(unused_variables))]
pub fn set<F: Mapped>(server: &mut Server<'_, F>, start: fn() -> fn() -> u32) {
    server.accept(UPDATES);
    #[cfg(feature = "limited")]
    server.limit_erases(INTERVAL, start());
}
