/// The logarithm to base 2 of a sum and its floor, which is in units of 2⁻¹⁶; in units of 2⁻¹¹.
fn integer_logarithm(sum: u64, floor: u32) -> i32 {
    let x = (sum << 16) + u64::from(floor);
    let zeros = x.leading_zeros();
    let (mut mantissa, mut result) = ((x << zeros >> 48) as u32, 63 - zeros as i32);
    for _ in 0..11 {
        mantissa = mantissa * mantissa >> 15;
        let digit = mantissa >> 16;
        mantissa >>= digit;
        result = result << 1 | digit as i32;
    }
    result - (16 << 11)
}
