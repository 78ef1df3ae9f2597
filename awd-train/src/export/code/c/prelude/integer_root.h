/* The square root in units of 1/16, of less than 2^44. */
static int32_t integer_root(uint64_t energy) {
    uint64_t rest = energy << 8, root = 0, digit = (uint64_t)1 << 50;
    while (digit != 0) {
        if (rest >= root + digit) {
            rest -= root + digit;
            root = (root >> 1) + digit;
        } else {
            root >>= 1;
        }
        digit >>= 2;
    }
    return (int32_t)root;
}
