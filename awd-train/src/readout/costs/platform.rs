//! What a score is computed by, and what each part of it costs there.

use super::part::Table;

/// What scores windows on the device, for which the cost is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Platform {
    /// The reader of model files on a Cortex-M4F, at opt-level 3. Its flash does not depend on the model.
    #[default]
    File,
    /// Generated C code on a Cortex-M4F, in `f32`, by GCC with -Os.
    M4f,
    /// Generated C code on a Cortex-M0, in integers, by GCC with -Os.
    M0,
}

impl Platform {
    /// All targets.
    pub const ALL: [Self; 3] = [Self::File, Self::M4f, Self::M0];

    /// Whether it scores in integers.
    #[must_use]
    pub const fn is_fixed(self) -> bool {
        matches!(self, Self::M0)
    }

    /// Its name in options and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::M4f => "m4f",
            Self::M0 => "m0",
        }
    }

    /// Its processor.
    #[must_use]
    pub const fn processor(self) -> &'static str {
        match self {
            Self::File | Self::M4f => "Cortex-M4F",
            Self::M0 => "Cortex-M0",
        }
    }

    /// What the parts of a score cost: instructions, and bytes of flash.
    pub(super) const fn tables(self) -> [Table; 2] {
        match self {
            Self::File => [FILE, NOTHING],
            Self::M4f => [M4F, M4F_FLASH],
            Self::M0 => [M0, M0_FLASH],
        }
    }
}

const NOTHING: Table = Table([0.0; super::part::PARTS]);

/// Fitted to 96 models of 14 sets, whose instructions for scoring from the model file were counted at opt-level 3
/// (`cargo xtask costs` counts them). The errors are 4 % (root mean square), and 15 % at most.
#[rustfmt::skip]
const FILE: Table = Table([
    1200.0, 0.0, 380.0, 520.0, 0.0, 2.5, 100.0, 0.0, 1.6, 125.0, 0.0, 0.0, 37.0, 0.0, 0.0, 0.0,
    0.0, 94.0, 0.0, 70.0, 13.0, 20.0, 125.0, 2.5, 250.0, 7.6, 58.0, 2.0, 78.0, 3.7, 62.0, 4.6,
    64.0, 7.7, 60.0, 3.0, 160.0, 11.0, 0.0, 0.0, 0.0, 0.0, 70.0, 0.9, 43.0, 5.2, 15.0, 8.2,
    60.0, 3.7, 50.0, 2.5,
]);

/// Instructions, by `cargo xtask costs --fit m4f`: errors of models that were left out 8.8 % (root mean square), 35 % at most.
#[rustfmt::skip]
const M4F: Table = Table([
    0.0, 0.0, 0.0, 41.4, 10.1, 1.4, 98.9, 0.0, 1.3, 0.0, 0.0, 3.6, 0.0, 0.0, 0.0, 6.5,
    0.0, 56.7, 0.0, 0.0, 0.0, 0.0, 0.0, 3.8, 0.0, 5.0, 0.0, 2.6, 0.0, 1.3, 0.0, 4.0,
    0.0, 8.4, 0.0, 0.9, 0.0, 2.9, 0.0, 1.5, 0.0, 12.9, 0.0, 2.7, 0.0, 8.9, 0.0, 13.4,
    46.7, 6.5, 0.0, 3.9,
]);

/// Flash, by `cargo xtask costs --fit m4f`: errors of models that were left out 8.4 % (root mean square), 39 % at most.
#[rustfmt::skip]
const M4F_FLASH: Table = Table([
    41.5, 0.0, 4.5, 0.0, 36.9, 0.0, 0.0, 6.7, 0.1, 0.0, 17.9, 0.0, 1.0, 0.0, 36.6, 0.0,
    235.1, 2.9, 0.0, 6.6, 5.4, 9.0, 11.0, 0.2, 2.7, 0.0, 36.5, 0.0, 0.0, 0.0, 42.4, 0.0,
    49.8, 0.0, 3.4, 0.0, 0.0, 0.0, 9.3, 0.1, 43.6, 0.1, 39.9, 0.0, 60.5, 0.0, 57.8, 0.0,
    31.8, 0.0, 13.4, 0.0,
]);

/// Instructions, by `cargo xtask costs --fit m0`: errors of models that were left out 12.9 % (root mean square), 43 % at most.
#[rustfmt::skip]
const M0: Table = Table([
    4.0, 0.0, 0.0, 0.0, 0.0, 5.2, 0.0, 55.5, 3.7, 195.6, 0.0, 7.8, 298.1, 0.0, 0.0, 12.2,
    150.0, 0.0, 563.6, 57.7, 0.0, 183.9, 0.0, 10.5, 0.0, 9.3, 0.0, 5.4, 820.6, 12.2, 0.0, 11.2,
    0.0, 10.4, 72.6, 3.2, 0.0, 0.0, 0.0, 0.2, 0.0, 12.2, 0.0, 9.8, 0.0, 13.1, 161.8, 18.3,
    57.9, 11.2, 0.0, 26.1,
]);

/// Flash, by `cargo xtask costs --fit m0`: errors of models that were left out 10.0 % (root mean square), 27 % at most.
#[rustfmt::skip]
const M0_FLASH: Table = Table([
    4.1, 0.0, 14.9, 0.0, 38.8, 0.0, 0.0, 29.0, 0.0, 35.0, 0.0, 0.0, 20.9, 0.0, 8.2, 1.5,
    104.8, 7.9, 106.4, 144.4, 2.5, 42.2, 84.7, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 82.9, 0.0,
    87.9, 0.0, 17.3, 0.0, 14.7, 0.1, 56.0, 0.0, 34.1, 0.0, 5.0, 0.2, 41.9, 0.0, 29.6, 0.0,
    64.6, 0.0, 47.3, 0.0,
]);
