/// The square root, correctly rounded, of a number that is not negative: digit by digit.
fn root(value: f32) -> f32 {
    let bits = value.to_bits();
    if bits << 1 == 0 || bits >= 0x7f80_0000 {
        return value;
    }
    let (mut exponent, mut mantissa) = ((bits >> 23) as i32, bits & 0x7f_ffff);
    if exponent == 0 {
        exponent = 1;
        while mantissa & 0x80_0000 == 0 {
            mantissa <<= 1;
            exponent -= 1;
        }
    }
    mantissa |= 0x80_0000;
    exponent -= 127;
    if exponent & 1 != 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    let (mut rest, mut digit, mut square, mut root) = (mantissa << 1, 0x100_0000_u32, 0_u32, 0_u32);
    while digit != 0 {
        if square + digit <= rest {
            square += digit << 1;
            rest -= square - digit;
            root += digit;
        }
        rest <<= 1;
        digit >>= 1;
    }
    if rest != 0 {
        root += root & 1;
    }
    f32::from_bits((root >> 1).wrapping_add(((exponent / 2 + 126) << 23) as u32))
}
