fn square(value: i32) -> u64 {
    (value * value) as u64
}
