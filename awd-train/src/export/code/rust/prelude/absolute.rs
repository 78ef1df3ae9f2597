fn absolute(value: f32) -> f32 {
    f32::from_bits(value.to_bits() & 0x7fff_ffff)
}
