fn magnitude(value: i32) -> i32 {
    value.wrapping_abs()
}
