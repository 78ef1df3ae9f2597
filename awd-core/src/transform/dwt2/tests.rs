extern crate std;

use super::*;
use crate::{Boundary, Lifting, named};
use proptest::prelude::*;
use std::{vec, vec::Vec};

const BOUNDARIES: [Boundary; 3] = [Boundary::Periodization, Boundary::Zero, Boundary::Symmetric];

/// An image in the corner of its buffer.
fn buffer(dwt: &Dwt<f64>, x: &[f64], size: Size) -> Vec<f64> {
    let [height, width] = dwt.buffer(size);
    let mut buffer = vec![f64::NAN; height * width];
    for (row, x) in buffer.chunks_mut(width).zip(x.chunks(size[1])) {
        row[..x.len()].copy_from_slice(x);
    }
    buffer
}

fn bands<const N: usize>(dwt: &Dwt<f64>, x: &[f64], size: Size) -> Vec<Vec<f64>> {
    let mut work = vec![0.0; dwt.image_work_len::<N>(size)];
    let (mut buffer, mut bands) = (buffer(dwt, x, size), vec![]);
    dwt.analyze_image::<_, N>(&mut buffer, size, &mut work, |band, c| {
        assert_eq!(band, bands.len());
        bands.push(c.to_vec());
    })
    .unwrap();
    bands
}

fn transforms() -> impl Strategy<Value = Dwt<f64>> {
    (0..named::ALL.len(), 0..3_usize, 0..4_u8).prop_map(|(which, boundary, levels)| {
        Dwt::new(named::ALL[which].lifting().unwrap(), BOUNDARIES[boundary], levels)
    })
}

proptest! {
    #[test]
    fn an_image_of_any_size_is_reconstructed(
        dwt in transforms(), height in 1..20_usize, width in 1..20_usize,
        x in prop::collection::vec(-9.0..9.0_f64, 400),
    ) {
        let (size, x) = ([height, width], &x[..height * width]);
        let coefficients = bands::<1>(&dwt, x, size).concat();
        prop_assert_eq!(&bands::<8>(&dwt, x, size).concat(), &coefficients);
        prop_assert_eq!(coefficients.len(), dwt.image_coefficients_len(size));
        let mut back = buffer(&dwt, &vec![0.0; x.len()], size);
        dwt.synthesize_image(&coefficients, size, &mut vec![0.0; dwt.image_work_len::<1>(size)], &mut back).unwrap();
        let back = back.chunks(dwt.buffer(size)[1]).flat_map(|row| &row[..width]);
        let worst = x.iter().zip(back).map(|(x, back)| (x - back).abs()).fold(0.0, f64::max);
        prop_assert!(worst < 1e-9, "{}", worst);
    }

    #[test]
    fn one_level_is_rows_then_columns(
        dwt in transforms(), height in 1..20_usize, width in 1..20_usize,
        x in prop::collection::vec(-9.0..9.0_f64, 400),
    ) {
        let dwt = Dwt::new(dwt.scheme(0).rounded(), dwt.boundary(), 1);
        // The details and the approximations of all lines, transposed into lines of the other direction.
        let halves = |lines: &[Vec<f64>]| -> [Vec<Vec<f64>>; 2] {
            let split = |line: &Vec<f64>| {
                let (mut work, mut halves) = (vec![0.0; dwt.work_len(line.len())], [vec![], vec![]]);
                dwt.analyze(line, &mut work, |band, c| halves[band] = c.to_vec()).unwrap();
                halves
            };
            let all: Vec<[Vec<f64>; 2]> = lines.iter().map(split).collect();
            [0, 1].map(|half| {
                (0..all[0][half].len()).map(|k| all.iter().map(|line| line[half][k]).collect()).collect()
            })
        };
        let rows: Vec<Vec<f64>> = x[..height * width].chunks(width).map(<[f64]>::to_vec).collect();
        let [high, low] = halves(&rows).map(|columns| halves(&columns));
        let [[hh, lh], [hl, ll]] = [high, low];
        let expected = [hl, lh, hh, ll].map(|band| band.concat());
        prop_assert_eq!(bands::<1>(&dwt, &x[..height * width], [height, width]), expected);
    }
}

#[test]
fn with_periodization_an_image_of_even_sides_is_its_own_buffer() {
    let dwt = |boundary| Dwt::<f32>::new(named::DB2.lifting().unwrap(), boundary, 3);
    assert_eq!(dwt(Boundary::Periodization).buffer([64, 24]), [64, 24]);
    assert_eq!(dwt(Boundary::Periodization).image_work_len::<1>([64, 24]), 32 * 12);
    assert_eq!(dwt(Boundary::Periodization).image_work_len::<8>([64, 24]), 8 * 2 * 64);
    assert_eq!(dwt(Boundary::Periodization).buffer([63, 24]), [64, 24]);
    assert_eq!(dwt(Boundary::Zero).buffer([64, 24]), [66, 26]);
}

#[test]
fn wrong_lengths_are_refused() {
    let haar: Lifting<f64> = named::HAAR.lifting().unwrap();
    let dwt = Dwt::new(haar, Boundary::Periodization, 2);
    let analyze = |buffer: usize, size, work: usize| {
        dwt.analyze_image::<_, 1>(&mut vec![0.0; buffer], size, &mut vec![0.0; work], |_, _| ()).map_err(Invalid::field)
    };
    assert_eq!(dwt.image_work_len::<1>([8, 4]), 16);
    assert_eq!(analyze(32, [8, 4], 16), Ok(()));
    assert_eq!(analyze(32, [8, 4], 15), Err("work"));
    assert_eq!(analyze(31, [8, 4], 16), Err("buffer"));
    assert_eq!(analyze(0, [0, 4], 16), Err("size"));
    let synthesize = |coefficients: usize| {
        let mut buffer = [0.0; 32];
        dwt.synthesize_image(&vec![0.0; coefficients], [8, 4], &mut [0.0; 16], &mut buffer).map_err(Invalid::field)
    };
    assert_eq!((synthesize(32), synthesize(31)), (Ok(()), Err("coefficients")));
}
