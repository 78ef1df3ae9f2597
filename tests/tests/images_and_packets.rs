//! Images and wavelet packets against PyWavelets' (tests/golden/make.py).

use awd_core::dwt2::{Dwt2, Orientation};
use awd_core::{Boundary, Dwt, named};
use awd_tests::{arrays, root};

const PACKET_LEVELS: u8 = 3;

fn close(here: f64, there: f64, what: &str) {
    assert!((here - there).abs() < 1e-12, "{what}: {here} {there}");
}

#[test]
fn images_equal_wavedec2() {
    const LEVELS: u8 = 2;
    let arrays = arrays(&root().join("tests/golden/images_and_packets.npz"));
    let mut compared = 0;
    for (name, (_, expected)) in &arrays {
        let Some(wavelet) = name.strip_prefix("image/") else { continue };
        let named = named::ALL.into_iter().find(|named| named.name == wavelet).unwrap();
        let mut image: [[f64; 24]; 16] =
            std::array::from_fn(|r| std::array::from_fn(|c| arrays["image"].1[24 * r + c]));
        let dwt = Dwt2::new(named.lifting().unwrap(), LEVELS).unwrap();
        dwt.analyze(&mut image, &mut [0.0; 48]).unwrap();
        // PyWavelets has the bands in the places where they are here; scales multiply along either side.
        let mut bands = vec![(LEVELS - 1, Orientation::Approximation, (0, 0))];
        for level in 0..LEVELS {
            let (height, width) = (16 >> (level + 1), 24 >> (level + 1));
            bands.extend([
                (level, Orientation::Horizontal, (height, 0)),
                (level, Orientation::Vertical, (0, width)),
                (level, Orientation::Diagonal, (height, width)),
            ]);
        }
        for (level, orientation, (down, right)) in bands {
            let [low, high] = named.scale;
            let of_level = match orientation {
                Orientation::Approximation => low * low,
                Orientation::Horizontal | Orientation::Vertical => low * high,
                Orientation::Diagonal => high * high,
            };
            let scale = low.powi(2 * i32::from(level)) * of_level;
            for (r, row) in dwt.band(&image, level, orientation).enumerate() {
                for (c, &here) in row.iter().enumerate() {
                    let there = expected[24 * (down + r) + right + c];
                    close(scale * here, there, &format!("{wavelet} {level} {orientation:?} {r} {c}"));
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 5 * 16 * 24);
}

#[test]
fn packets_equal_the_natural_order() {
    let arrays = arrays(&root().join("tests/golden/images_and_packets.npz"));
    let x = &arrays["signal"].1;
    let mut compared = 0;
    for (name, (_, expected)) in &arrays {
        let Some((wavelet, mode)) = name.strip_prefix("packets/").and_then(|name| name.split_once('/')) else {
            continue;
        };
        let named = named::ALL.into_iter().find(|named| named.name == wavelet).unwrap();
        let boundary = match mode {
            "periodization" => Boundary::Periodization,
            "zero" => Boundary::Zero,
            _ => Boundary::Symmetric,
        };
        let dwt = Dwt::new(named.lifting::<f64>().unwrap(), boundary, PACKET_LEVELS);
        let (mut work, mut rest) = (vec![0.0; dwt.packets_work_len(x.len())], &expected[..]);
        dwt.packets(x, &mut work, |node, coefficients| {
            let scale = (0..PACKET_LEVELS).map(|bit| named.scale[node >> bit & 1]).product::<f64>();
            let (there, later) = rest.split_at(coefficients.len());
            for (here, there) in coefficients.iter().zip(there) {
                close(scale * here, *there, &format!("{name} {node}"));
            }
            rest = later;
        })
        .unwrap();
        assert!(rest.is_empty(), "{name}");
        compared += 1;
    }
    assert_eq!(compared, 5 * 3);
}
