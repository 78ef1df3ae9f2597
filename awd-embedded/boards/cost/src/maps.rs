//! Generated maps, the same on the board and on the host.

/// Height and width.
pub const SIZE: [usize; 2] = [64, 64];

/// Sample `i` of a map: noise between 0 and 1, in steps of 2⁻¹⁶.
pub fn sample(map: u32, i: u32) -> f32 {
    let mixed = (i ^ map.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x85eb_ca6b);
    ((mixed ^ mixed >> 13).wrapping_mul(0xc2b2_ae35) >> 16) as f32 / 65536.0
}
