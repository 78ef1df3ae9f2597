/* The logarithm to base 2 of a sum and its floor, which is in units of 2^-16; in units of 2^-11. */
static int32_t integer_logarithm(uint64_t sum, uint32_t floor) {
    uint64_t x = (sum << 16) + floor;
    uint32_t mantissa, digit, i;
    int32_t result = 63;
    while ((x >> 63) == 0) {
        x <<= 1;
        result -= 1;
    }
    mantissa = (uint32_t)(x >> 48);
    for (i = 0; i < 11; i++) {
        mantissa = mantissa * mantissa >> 15;
        digit = mantissa >> 16;
        mantissa >>= digit;
        result = result * 2 + (int32_t)digit;
    }
    return result - (16 << 11);
}
