/// A value divided by 2 to the power of `shift` and rounded, within 16 bits.
fn shifted(value: i32, shift: i32) -> i16 {
    if shift > 0 {
        (value.saturating_add(1 << (shift - 1)) >> shift).clamp(-32767, 32767) as i16
    } else {
        let most = 32767 >> -shift;
        (value.clamp(-most, most) << -shift) as i16
    }
}
