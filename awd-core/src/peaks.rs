//! Peaks of images: where a sample is greater than all around it, and how many of them are how high.
//!
//! Maps of the sky are told apart by counts of their peaks (Jain & Van Waerbeke 2000). The peaks are those of the map
//! itself; their heights may be read from another one: the map filtered by a small kernel (Ribli, Pataki & Csabai 2019),
//! or by a band of a wavelet (Ha et al. 2021).

use crate::Invalid;

/// Row and column of every peak, row by row: a sample that is greater than each of its eight neighbours. The samples at
/// the rim have fewer and are none; nor is NaN, or what has it for a neighbour.
///
/// ```
/// use awd_core::peaks::peaks;
///
/// let image = [[0.0_f32, 0.0, 0.0, 0.0], [0.0, 2.0, 1.0, 0.0], [0.0, 0.0, 0.0, 9.0]];
/// assert!(peaks(&image).eq([[1, 1]]));
/// ```
pub fn peaks<const H: usize, const W: usize>(image: &[[f32; W]; H]) -> impl Iterator<Item = [usize; 2]> {
    image.windows(3).enumerate().flat_map(|(above, rows)| {
        let columns = 1..W.saturating_sub(1);
        columns.filter(move |&column| is_peak(rows, column)).map(move |column| [above + 1, column])
    })
}

/// Is the middle row's sample greater than those around it?
fn is_peak<const W: usize>(rows: &[[f32; W]], column: usize) -> bool {
    let [above, here, below] = rows else { return false };
    let Some(&height) = here.get(column) else { return false };
    let around = |row: &[f32; W]| {
        let mut near = row.iter().skip(column.saturating_sub(1)).take(3);
        [near.next(), near.next(), near.next()].map(|sample| sample.is_some_and(|&sample| height > sample))
    };
    let [left, _, right] = around(here);
    left && right && around(above) == [true; 3] && around(below) == [true; 3]
}

/// How many peaks of `image` have a height within each bin, added to `counts`. Heights are read from `heights`, an image
/// of the same size, which may be `image` itself; `edges` are ascending, in its units. Bin 0 is below the first edge,
/// bin i from edge i − 1 to below edge i, the last one from the last edge on.
///
/// ```
/// use awd_core::peaks::histogram;
///
/// let image = [[0.0_f32; 5], [0.0, 2.0, 0.0, 5.0, 0.0], [0.0; 5]];
/// let mut counts = [0; 3];
/// histogram(&image, &image, &[1.0, 5.0], &mut counts)?;
/// assert_eq!(counts, [0, 1, 1]);
/// # Ok::<(), awd_core::Invalid>(())
/// ```
///
/// # Errors
/// Edges that do not ascend; or not one count more than edges.
pub fn histogram<const H: usize, const W: usize>(
    image: &[[f32; W]; H],
    heights: &[[f32; W]; H],
    edges: &[f32],
    counts: &mut [u32],
) -> Result<(), Invalid> {
    let ascending = edges.is_sorted_by(|a, b| a < b) && !edges.iter().any(|edge| edge.is_nan());
    Invalid::unless(ascending, "edges", "ascending")?;
    Invalid::unless(counts.len() == edges.len() + 1, "counts", "one more than edges")?;
    for [row, column] in peaks(image) {
        let Some(height) = heights.get(row).and_then(|row| row.get(column)) else { continue };
        let bin = edges.partition_point(|edge| edge <= height);
        if let Some(count) = counts.get_mut(bin) {
            *count = count.saturating_add(1);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn images() -> impl Strategy<Value = [[f32; 7]; 6]> {
        // Few values, so that there are equal neighbours.
        prop::array::uniform6(prop::array::uniform7((0..9_i8).prop_map(f32::from)))
    }

    proptest! {
        #[test]
        fn a_peak_is_greater_than_each_neighbour(image in images()) {
            let greater = |r: usize, c: usize, [dr, dc]: [isize; 2]| {
                let at = (r.checked_add_signed(dr).unwrap(), c.checked_add_signed(dc).unwrap());
                image[r][c] > image[at.0][at.1]
            };
            let around: Vec<[isize; 2]> =
                (-1..=1).flat_map(|r| (-1..=1).map(move |c| [r, c])).filter(|&at| at != [0, 0]).collect();
            let expected: Vec<[usize; 2]> = (1..5)
                .flat_map(|r| (1..6).map(move |c| [r, c]))
                .filter(|&[r, c]| around.iter().all(|&at| greater(r, c, at)))
                .collect();
            prop_assert_eq!(peaks(&image).collect::<Vec<_>>(), expected);
        }

        #[test]
        fn every_peak_is_counted_once_where_its_height_is(image in images(), heights in images()) {
            let edges = [2.0, 3.0, 7.0];
            let mut counts = [0; 4];
            histogram(&image, &heights, &edges, &mut counts).unwrap();
            let within = |low: f32, high: f32| {
                let height = |at: [usize; 2]| heights[at[0]][at[1]];
                peaks(&image).filter(|&at| (low..high).contains(&height(at))).count() as u32
            };
            prop_assert_eq!(counts, [within(-1.0, 2.0), within(2.0, 3.0), within(3.0, 7.0), within(7.0, 10.0)]);
        }
    }

    #[test]
    fn images_without_an_inside_have_no_peak() {
        assert_eq!(peaks(&[[1.0_f32; 0]; 5]).count(), 0);
        assert_eq!(peaks(&[[0.0], [1.0], [0.0_f32]]).count(), 0);
        assert_eq!(peaks(&[[0.0_f32, 1.0, 0.0]; 2]).count(), 0);
        let nan = f32::NAN;
        assert_eq!(peaks(&[[0.0, 0.0, 0.0], [0.0, 1.0, nan], [0.0, 0.0, 0.0]]).count(), 0);
        assert_eq!(peaks(&[[0.0, 0.0, 0.0], [0.0, nan, 0.0], [0.0, 0.0, 0.0]]).count(), 0);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused = |edges: &[f32], counts| {
            let image = [[0.0; 4]; 4];
            histogram(&image, &image, edges, &mut [0; 4][..counts]).unwrap_err().field
        };
        assert_eq!(refused(&[1.0, 1.0], 3), "edges");
        assert_eq!(refused(&[1.0, f32::NAN], 3), "edges");
        assert_eq!(refused(&[f32::NAN], 2), "edges");
        assert_eq!(refused(&[1.0, 2.0], 2), "counts");
    }
}
