/* A value divided by 2 to the power of `shift` and rounded, within 16 bits. */
static int16_t shifted(int32_t value, int shift) {
    int32_t most = INT16_MAX;
    if (shift > 0) {
        const int32_t half = (int32_t)1 << (shift - 1);
        value = (value > INT32_MAX - half ? INT32_MAX : value + half) >> shift;
        return (int16_t)(value > most ? most : value < -most ? -most : value);
    }
    most >>= -shift;
    value = value > most ? most : value < -most ? -most : value;
    return (int16_t)(value * ((int32_t)1 << -shift));
}
