static int32_t add_moment(int32_t moment, int32_t index, int32_t modulus) {
    const int32_t term = index * modulus;
    return moment > INT32_MAX - term ? INT32_MAX : moment + term;
}
