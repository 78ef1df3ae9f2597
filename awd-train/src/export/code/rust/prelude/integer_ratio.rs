/// The ratio in units of 1/256; 0 if the sum is too small.
fn integer_ratio(moment: i32, sum: i32) -> i32 {
    let left = (moment as u32).leading_zeros().min(8);
    ((moment as u32) << left).checked_div(sum as u32 >> (8 - left)).unwrap_or(0) as i32
}
