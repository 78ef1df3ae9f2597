static int32_t magnitude(int32_t value) {
    return value < 0 ? -value : value;
}
