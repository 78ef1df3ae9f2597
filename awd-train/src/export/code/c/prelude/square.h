static uint64_t square(int32_t value) {
    return (uint32_t)(value * value);
}
