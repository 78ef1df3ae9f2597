//! Compares transforms of images and wavelet packets with PyWavelets (tests/golden/make.py).

use awd_core::{Boundary, Dwt, named};
use awd_tests::{arrays, root};

const PACKET_LEVELS: u8 = 3;

fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-12, "{what}: {found}, expected {expected}");
}

fn boundary(mode: &str) -> Boundary {
    match mode {
        "periodization" => Boundary::Periodization,
        "zero" => Boundary::Zero,
        _ => Boundary::Symmetric,
    }
}

#[test]
fn image_bands_equal_wavedec2() {
    const LEVELS: u8 = 2;
    let arrays = arrays(&root().join("tests/golden/images_and_packets.npz"));
    let mut compared = 0;
    for (name, (_, expected)) in &arrays {
        let parts: Vec<&str> = name.split('/').collect();
        let ["bands", size, wavelet, mode] = parts[..] else { continue };
        let (shape, x) = &arrays[&format!("image/{size}")];
        let size = [shape[0], shape[1]].map(|side| usize::try_from(side).unwrap());
        let named = named::ALL.into_iter().find(|named| named.name == wavelet).unwrap();
        let dwt = Dwt::new(named.lifting().unwrap(), boundary(mode), LEVELS);
        let [height, width] = dwt.buffer(size);
        let mut buffer = vec![0.0; height * width];
        for (row, x) in buffer.chunks_mut(width).zip(x.chunks(size[1])) {
            row[..x.len()].copy_from_slice(x);
        }
        let mut rest = &expected[..];
        dwt.analyze_image::<_, 1>(&mut buffer, size, &mut vec![0.0; dwt.image_work_len::<1>(size)], |band, c| {
            // The scale of an image band is the product of the scales along both axes.
            let [low, high] = named.scale;
            let (level, of_level) = match (band / 3, band % 3) {
                (2, _) => (1, low * low),
                (level, 2) => (level, high * high),
                (level, _) => (level, low * high),
            };
            let scale = low.powi(2 * i32::try_from(level).unwrap()) * of_level;
            let (expected, later) = rest.split_at(c.len());
            for (k, (found, expected)) in c.iter().zip(expected).enumerate() {
                assert_close(scale * found, *expected, &format!("{name} {band} {k}"));
            }
            rest = later;
        })
        .unwrap();
        assert!(rest.is_empty(), "{name}");
        compared += 1;
    }
    assert_eq!(compared, 3 * 5 * 3);
}

#[test]
fn packets_equal_pywavelets_in_natural_order() {
    let arrays = arrays(&root().join("tests/golden/images_and_packets.npz"));
    let x = &arrays["signal"].1;
    let mut compared = 0;
    for (name, (_, expected)) in &arrays {
        let Some((wavelet, mode)) = name.strip_prefix("packets/").and_then(|name| name.split_once('/')) else {
            continue;
        };
        let named = named::ALL.into_iter().find(|named| named.name == wavelet).unwrap();
        let dwt = Dwt::new(named.lifting::<f64>().unwrap(), boundary(mode), PACKET_LEVELS);
        let (mut work, mut rest) = (vec![0.0; dwt.packets_work_len(x.len())], &expected[..]);
        dwt.packets(x, &mut work, |node, coefficients| {
            let scale = (0..PACKET_LEVELS).map(|bit| named.scale[node >> bit & 1]).product::<f64>();
            let (expected, later) = rest.split_at(coefficients.len());
            for (found, expected) in coefficients.iter().zip(expected) {
                assert_close(scale * found, *expected, &format!("{name} {node}"));
            }
            rest = later;
        })
        .unwrap();
        assert!(rest.is_empty(), "{name}");
        compared += 1;
    }
    assert_eq!(compared, 5 * 3);
}
