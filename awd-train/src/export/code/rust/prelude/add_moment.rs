fn add_moment(moment: i32, index: i32, modulus: i32) -> i32 {
    moment.saturating_add(index * modulus)
}
