/* The ratio in units of 1/256; 0 if the sum is too small. */
static int32_t integer_ratio(int32_t moment, int32_t sum) {
    uint32_t above = (uint32_t)moment, below = (uint32_t)sum;
    int left = 0;
    while (left < 8 && (above & 0x80000000) == 0) {
        above <<= 1;
        left += 1;
    }
    below >>= 8 - left;
    return below == 0 ? 0 : (int32_t)(above / below);
}
