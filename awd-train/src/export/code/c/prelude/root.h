/* The square root, correctly rounded, of a number that is not negative: digit by digit. */
static float root(float value) {
#if defined(__ARM_FP) && (__ARM_FP & 4) && defined(__GNUC__)
    float result;
    __asm__("vsqrt.f32 %0, %1" : "=t"(result) : "t"(value));
    return result;
#else
    union { float value; uint32_t bits; } as;
    uint32_t rest, mantissa, digit, square = 0, root = 0;
    int32_t exponent;
    as.value = value;
    if (as.bits << 1 == 0 || as.bits >= 0x7f800000) {
        return value;
    }
    exponent = (int32_t)(as.bits >> 23);
    mantissa = as.bits & 0x7fffff;
    if (exponent == 0) {
        exponent = 1;
        while ((mantissa & 0x800000) == 0) {
            mantissa <<= 1;
            exponent -= 1;
        }
    }
    mantissa |= 0x800000;
    exponent -= 127;
    if ((exponent & 1) != 0) {
        mantissa <<= 1;
        exponent -= 1;
    }
    rest = mantissa << 1;
    for (digit = 0x1000000; digit != 0; digit >>= 1) {
        if (square + digit <= rest) {
            square += digit << 1;
            rest -= square - digit;
            root += digit;
        }
        rest <<= 1;
    }
    if (rest != 0) {
        root += root & 1;
    }
    as.bits = (root >> 1) + (uint32_t)((exponent / 2 + 126) << 23);
    return as.value;
#endif
}
