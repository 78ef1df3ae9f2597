//! Loops that are unrolled by a macro, so that arrays that they index can stay in registers.

/// Runs `body` for i in 0..count, the first 32 iterations unrolled with constant indices.
macro_rules! unroll {
    ($i:ident in 0..$count:expr => $body:block) => {
        $crate::transform::unroll::unroll!(@ $i, $count, $body,
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31)
    };
    (@ $i:ident, $count:expr, $body:block, $($n:literal)*) => {
        $(if $n < $count { let $i = $n; $body })*
        let mut rest = 32;
        while rest < $count {
            let $i = rest;
            $body
            rest += 1;
        }
    };
}

pub(crate) use unroll;
