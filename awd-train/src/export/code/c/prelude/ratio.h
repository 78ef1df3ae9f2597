static float ratio(float moment, float sum) {
    return sum > 0.0f ? moment / sum : 0.0f;
}
