//! A model from end to end: distilled on the host, refused if any bit of its file is flipped, scored on the host and on boards.

use awd_core::FormatError;
use awd_tests::{root, skipped};
use awd_train::data::{Attributions, Dataset, ReadOptions};
use awd_train::device::{Device, QEMU, firmware};
use awd_train::distil::{Options, distil};
use awd_train::model::Model;
use awd_train::progress::Context;
use std::process::Command;

#[allow(dead_code, reason = "the tests use only some of the models")]
#[path = "../../awd-embedded/boards/cost/models.rs"]
mod models;

#[path = "../../awd-embedded/boards/cost/src/maps.rs"]
mod maps;

#[path = "../../awd-embedded/boards/bits/src/scores.rs"]
mod bits;

/// The number of windows that are compared.
const WINDOWS: usize = 200;

/// The heartbeats, and a model of at most `max_parameters` parameters per output.
fn heartbeats(each_level: bool, max_parameters: usize) -> (Dataset, Model) {
    let data = Dataset::read(&root().join("data/ecg5000.npz"), &ReadOptions::default()).unwrap();
    // The samples replace a teacher's gradients, because these tests do not depend on them.
    let attributions = Attributions::saliency(data.train().x.clone().insert_axis(ndarray::Axis(1)));
    let gammas = vec![1.0];
    let options = Options { taps: Some(6), levels: Some(4), each_level, gammas, max_parameters, ..Options::default() };
    let found = distil(&data, Some(&attributions), &options, Context::default()).unwrap();
    (data, found.model)
}

#[test]
fn a_model_with_any_flipped_bit_is_refused() {
    let (_, model) = heartbeats(false, 41);
    let mut bytes = model.file().to_vec();
    assert_eq!(Model::from_bytes(&bytes).as_ref(), Ok(&model));
    for bit in 0..8 * bytes.len() {
        bytes[bit / 8] ^= 1 << (bit % 8);
        let refused = Model::from_bytes(&bytes).unwrap_err();
        assert_ne!(refused, FormatError::Malformed, "bit {bit}: the checksum must be verified before decoding");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    println!("flipped {} bits of {} bytes", 8 * bytes.len(), bytes.len());
}

#[test]
fn board_scores_equal_host_scores_bit_for_bit() {
    if std::env::var_os("AWD_FIRMWARE").is_none() {
        skipped("no emulated board; `cargo xtask test` builds its firmware");
        return;
    }
    // Models with one wavelet for all levels and with one per level; and one with signs, increments, segments and products, which
    // distilling does not select yet.
    let mut models: Vec<(Model, Vec<Vec<f32>>)> = [(false, WINDOWS), (true, WINDOWS / 4)]
        .map(|(each_level, count)| {
            let (data, model) = heartbeats(each_level, 41);
            (model, data.test().x.rows().into_iter().take(count).map(|window| window.to_vec()).collect())
        })
        .into();
    let beats: Vec<Vec<f32>> = models[1].1.iter().map(|window| window[..40].to_vec()).collect();
    models.push((Model::from_bytes(&models::products()).unwrap(), beats));
    for name in firmware::boards() {
        let mut board = match Device::open(&format!("{QEMU}:{name}")) {
            Err(why) if why.to_string().contains("not installed") => return skipped(&why.to_string()),
            Err(why) if why.to_string().contains("no file for") => {
                skipped(&why.to_string());
                continue;
            }
            board => board.unwrap(),
        };
        for (model, windows) in &models {
            board.load(model).unwrap();
            let mut work = vec![0.0; model.work_len()];
            for (i, window) in windows.iter().enumerate() {
                let bits = |outputs: &[f32]| outputs.iter().map(|output| output.to_bits()).collect::<Vec<_>>();
                let expected = model.view().score(window, &mut work).unwrap();
                assert_eq!(bits(&board.score(window).unwrap()), bits(expected.outputs()), "{name}, window {i}");
            }
            // The model survives a reset.
            assert_eq!(board.reset().unwrap().model.map(|held| held.terms.into()), Some(model.spec().terms.len()));
        }
        // The microbit has no log.
        let logged = board.logs().iter().any(|line| line.contains("model"));
        assert!(logged || name == "microbit", "{name} logged no model");
    }
}

/// Scores of windows, streams, tracks and fixed point on a Cortex-M4F, a Cortex-M0, a Cortex-M33 and a RISC-V.
#[test]
fn all_scoring_functions_equal_the_host_bit_for_bit_on_every_processor() {
    let Some(folder) = std::env::var_os("AWD_BITS").map(std::path::PathBuf::from) else {
        return skipped("no programs for the emulated processors; `cargo xtask test` builds them");
    };
    let mut expected = String::new();
    for (_, file) in models::signals() {
        bits::scores(&file, |what, bits| expected += &format!("{what} {bits:08x}\n")).unwrap();
    }
    assert!(expected.lines().count() > 500);
    for (target, emulator, board) in [
        ("thumbv7em-none-eabihf", "qemu-system-arm", &["-M", "mps2-an386"][..]),
        ("thumbv6m-none-eabi", "qemu-system-arm", &["-M", "microbit"]),
        ("thumbv8m.main-none-eabihf", "qemu-system-arm", &["-M", "mps2-an505"]),
        ("riscv32imac-unknown-none-elf", "qemu-system-riscv32", &["-M", "virt", "-bios", "none"]),
    ] {
        let elf = folder.join(target);
        if !elf.is_file() {
            skipped(&format!("no program for {target}: its target is missing"));
            continue;
        }
        let mut command = Command::new(emulator);
        command.args(board).args(["-display", "none", "-semihosting-config", "enable=on,target=native", "-kernel"]);
        let Ok(output) = command.arg(elf).output() else {
            skipped(&format!("{emulator} is not installed"));
            continue;
        };
        assert!(output.status.success(), "{target}: {}", String::from_utf8_lossy(&output.stderr));
        let printed = String::from_utf8(output.stdout).unwrap();
        let first_difference =
            expected.lines().zip(printed.lines()).position(|(expected, printed)| expected != printed);
        assert_eq!((first_difference, printed.lines().count()), (None, expected.lines().count()), "{target}");
    }
}

#[test]
fn map_scores_on_the_board_equal_the_host_bit_for_bit() {
    let Some(elf) = std::env::var_os("AWD_MAPS") else {
        return skipped("no program for the emulated board; `cargo xtask test` builds it");
    };
    let emulator = ["-M", "mps2-an386", "-display", "none", "-icount", "shift=0", "-semihosting-config"];
    let mut emulator = { Command::new("qemu-system-arm") }
        .args(emulator)
        .arg("enable=on,target=native")
        .arg("-kernel")
        .arg(elf)
        .output();
    let Ok(output) = &mut emulator else { return skipped("qemu-system-arm is not installed") };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(std::mem::take(&mut output.stdout)).unwrap();
    let printed: Vec<u32> = printed.lines().skip(1).map(|line| u32::from_str_radix(line, 16).unwrap()).collect();

    let model = Model::from_bytes(&models::map()).unwrap();
    let scorer = model.view().images::<8>().unwrap();
    let (mut buffer, mut work) = (vec![0.0; scorer.images().buffer_len()], vec![0.0; scorer.images().work_len()]);
    let expected: Vec<f32> = (0..20)
        .map(|map| {
            let x: Vec<f32> = (0..).take(maps::SIZE.into_iter().product()).map(|i| maps::sample(map, i)).collect();
            scorer.score(&x, &mut buffer, &mut work).unwrap().outputs()[0]
        })
        .collect();
    assert_eq!(printed, expected.iter().map(|output| output.to_bits()).collect::<Vec<_>>());
    assert!(expected.windows(2).all(|pair| pair[0] != pair[1]), "{expected:?}");
}
