/* The natural logarithm: algorithm and constants of FreeBSD's e_logf.c, whose notice is:
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun Microsystems, Inc. business. Permission to
 * use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved. */
static float logarithm(float value) {
    union { float value; uint32_t bits; } as;
    float f, s, z, w, r, half, power;
    int32_t exponent = 0;
    as.value = value;
    if (as.bits >= 0x7f800000 || as.bits == 0x3f800000) {
        /* Infinite, not a number, or 1. Sums of magnitudes are not negative. */
        return as.bits == 0x3f800000 ? 0.0f : value;
    }
    if (as.bits < 0x00800000) {
        as.value *= 33554432.0f;
        exponent = -25;
    }
    as.bits += 0x3f800000 - 0x3f3504f3;
    exponent += (int32_t)(as.bits >> 23) - 127;
    as.bits = (as.bits & 0x007fffff) + 0x3f3504f3;
    f = as.value - 1.0f;
    s = f / (2.0f + f);
    z = s * s;
    w = z * z;
    r = z * (0.66666662693f + w * 0.28498786688f) + w * (0.40000972152f + w * 0.24279078841f);
    half = 0.5f * f * f;
    power = (float)exponent;
    return s * (half + r) + power * 9.0580006145e-06f - half + f + power * 6.9313812256e-01f;
}
