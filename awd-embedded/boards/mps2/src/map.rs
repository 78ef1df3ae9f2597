//! Where things are on the boards (Arm AN385, AN386, AN505: memory and interrupt maps).

/// Registers of UART 0. On AN505 a program starts in the secure state and sees devices at addresses of their own.
pub const UART: usize = if cfg!(secure) { 0x5020_0000 } else { 0x4000_4000 };

/// The number of its receive interrupt.
pub const UART_INTERRUPT: u16 = if cfg!(secure) { 32 } else { 0 };

/// The end of the memory that holds code, of which memory/ gives the program the first part.
pub const SLOTS: usize = if cfg!(secure) { 0x103f_0000 } else { 0x003f_0000 };
