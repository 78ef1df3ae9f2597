static float absolute(float value) {
    union { float value; uint32_t bits; } as;
    as.value = value;
    as.bits &= 0x7fffffff;
    return as.value;
}
