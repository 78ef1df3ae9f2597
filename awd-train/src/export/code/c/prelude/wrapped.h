/* The lowest 16 bits, with their sign. */
static int32_t wrapped(int32_t value) {
    return (int16_t)value;
}
