//! Addresses and interrupts of the boards (Arm AN385, AN386, AN505: memory and interrupt maps).

/// Address of UART 0's registers. On AN505 a program starts in the secure state, which has other peripheral addresses.
pub const UART: usize = if cfg!(secure) { 0x5020_0000 } else { 0x4000_4000 };

/// The number of UART 0's receive interrupt.
pub const UART_INTERRUPT: u16 = if cfg!(secure) { 32 } else { 0 };

/// The number of UART 0's transmit interrupt.
#[cfg(feature = "embassy")]
pub const UART_SENT_INTERRUPT: u16 = UART_INTERRUPT + 1;

/// Address of the slots, in the last part of the code memory. The memory maps in memory/ give the first part to the
/// program.
pub const SLOTS: usize = if cfg!(secure) { 0x103f_0000 } else { 0x003f_0000 };

/// Address of the register of the LEDs.
pub const LEDS: usize = if cfg!(secure) { 0x5030_2000 } else { 0x4002_8000 };

/// Address of the register that counts seconds.
pub const SECONDS: usize = LEDS + 0x10;

/// Address of the watchdog.
pub const WATCHDOG: usize = if cfg!(secure) { 0x5008_1000 } else { 0x4000_8000 };
