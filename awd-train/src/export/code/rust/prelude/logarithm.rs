/// The natural logarithm: algorithm and constants of FreeBSD's e_logf.c, whose notice is:
/// Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun Microsystems, Inc. business. Permission to
/// use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved.
fn logarithm(value: f32) -> f32 {
    let (mut bits, mut exponent) = (value.to_bits(), 0);
    if bits >= 0x7f80_0000 || bits == 0x3f80_0000 {
        // Infinite, not a number, or 1. Sums of magnitudes are not negative.
        return if bits == 0x3f80_0000 { 0.0 } else { value };
    }
    if bits < 0x80_0000 {
        bits = (value * 33_554_432.0).to_bits();
        exponent = -25;
    }
    bits += 0x3f80_0000 - 0x3f35_04f3;
    exponent += (bits >> 23) as i32 - 127;
    let f = f32::from_bits((bits & 0x7f_ffff) + 0x3f35_04f3) - 1.0;
    let s = f / (2.0 + f);
    let (z, w) = (s * s, (s * s) * (s * s));
    let r = z * (0.666_666_626_93 + w * 0.284_987_868_88) + w * (0.400_009_721_52 + w * 0.242_790_788_41);
    let (half, power) = (0.5 * f * f, exponent as f32);
    s * (half + r) + power * 9.058_000_614_5e-06 - half + f + power * 6.931_381_225_6e-01
}
