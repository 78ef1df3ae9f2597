/// The lowest 16 bits, with their sign.
fn wrapped(value: i32) -> i32 {
    i32::from(value as i16)
}
