/// The square root in units of 1/16, of less than 2⁴⁴.
fn integer_root(energy: u64) -> i32 {
    (energy << 8).isqrt() as i32
}
