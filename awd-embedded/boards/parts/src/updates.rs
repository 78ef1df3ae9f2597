//! Which models the firmware accepts. That is set when it is built, by features of the board's crate.

use awd_embedded::Updates;

#[cfg(all(feature = "signed", feature = "fixed"))]
compile_error!("firmware either takes signed models (`signed`) or none (`fixed`)");

/// Every valid model.
#[cfg(not(any(feature = "signed", feature = "fixed")))]
pub const UPDATES: Updates = Updates::Any;

/// None: the board keeps the model in its slots.
#[cfg(feature = "fixed")]
pub const UPDATES: Updates = Updates::Never;

/// Models that are signed with the key in the file that the environment variable `AWD_PUBLIC_KEY` names.
#[cfg(all(feature = "signed", not(feature = "fixed")))]
pub const UPDATES: Updates =
    Updates::Signed(awd_embedded::update::PublicKey(*include_bytes!(concat!(env!("OUT_DIR"), "/key"))));
