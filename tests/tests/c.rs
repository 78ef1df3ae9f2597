//! The examples of awd-embedded/c with an exported model, compiled for the host and the emulated board, score the same bits as
//! awd-core. The same model exported as a Rust module is identical to the original.

use awd_core::{Kind, Layout};
use awd_tests::{root, skipped};
use awd_train::export;
use awd_train::model::Model;
use std::path::{Path, PathBuf};
use std::process::Command;

#[allow(dead_code, reason = "the tests use only some of the models")]
#[path = "../../awd-embedded/boards/cost/models.rs"]
mod models;

/// The first of these models, written by `awd export --as rust --file`. `AWD_BLESS=1` regenerates the file.
#[path = "../golden/exported.rs"]
mod exported;

fn model() -> Model {
    Model::from_bytes(&models::sums()).unwrap()
}

/// The expected output of the example: the bits of each output, and the class.
fn expected(model: &Model) -> Vec<u32> {
    let window: Vec<f32> = (0..model.window()).map(|i| (i * i * 7 % 31) as f32 / 8.0 - 1.5).collect();
    let scores = model.view().score(&window, &mut vec![0.0; model.work_len()]).unwrap();
    let class = scores.class().map_or(-1, |class| i32::try_from(class).unwrap());
    scores.outputs().iter().map(|output| output.to_bits()).chain([class.cast_unsigned()]).collect()
}

fn fixed() -> Model {
    Model::from_bytes(&models::fixed_products()).unwrap()
}

/// The expected output of the example in integers: each output, and the class.
fn expected_in_integers(model: &Model) -> Vec<u32> {
    let mut window: Vec<i16> = (0..model.window()).map(|i| (i * i * 7 % 31) as i16 * 60 - 900).collect();
    let scores = model.view().score_fixed(&mut window, &mut vec![0; model.work_len()]).unwrap();
    let class = scores.class().map_or(-1, |class| i32::try_from(class).unwrap());
    scores.outputs().iter().chain([&class]).map(|output| output.cast_unsigned()).collect()
}

/// The folder where `cargo xtask test` built the libraries. Reports a skipped test and returns `None` if it did not.
fn libraries() -> Option<PathBuf> {
    let built = std::env::var_os("AWD_C");
    if built.is_none() {
        skipped("no library for C; `cargo xtask test` builds it");
    }
    built.map(PathBuf::from)
}

/// Compiles a program with a model and returns its path. Reports a skipped test and returns `None` if the compiler is missing.
fn compile(folder: &Path, model: &Model, compiler: &str, args: &[&str], library: &Path) -> Option<PathBuf> {
    std::fs::write(folder.join("model.h"), export::bytes::c(model, "models.rs")).unwrap();
    let c = root().join("awd-embedded/c");
    let (examples, program) = (c.join("examples"), folder.join("program"));
    let mut command = Command::new(compiler);
    command.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O2", "-Wl,--gc-sections"]);
    for include in [&c.join("include"), &examples, folder] {
        command.arg("-I").arg(include);
    }
    command.current_dir(&examples).args(args).arg(library).arg("-lgcc").arg("-o").arg(&program);
    match command.output() {
        Err(_) => {
            skipped(&format!("{compiler} is not installed"));
            None
        }
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(program)
        }
    }
}

/// Runs a program that must succeed and returns the numbers that it printed.
fn printed_numbers(command: &mut Command) -> Vec<u32> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| u32::from_str_radix(line, 16).unwrap()).collect()
}

#[test]
fn c_on_the_host_scores_the_same_bits() {
    let Some(libraries) = libraries() else { return };
    let folder = tempfile::tempdir().unwrap();
    let library = libraries.join("release/libawd.a");
    let Some(program) = compile(folder.path(), &model(), "cc", &["score.c", "host.c"], &library) else { return };
    assert_eq!(printed_numbers(&mut Command::new(program)), expected(&model()));
    let Some(program) = compile(folder.path(), &fixed(), "cc", &["fixed.c", "host.c"], &library) else { return };
    assert_eq!(printed_numbers(&mut Command::new(program)), expected_in_integers(&fixed()));
}

/// Impossible buffer lengths, overlapping buffers, and outputs that are NaN.
#[test]
fn c_functions_return_errors_and_no_class_for_nan() {
    let Some(libraries) = libraries() else { return };
    let folder = tempfile::tempdir().unwrap();
    let library = libraries.join("release/libawd.a");
    let mut spec = model().spec().clone();
    spec.readout.kind = Kind::Softmax;
    let classes = Model::new(spec).unwrap();
    let source = root().join("tests/c/refused.c");
    let Some(program) = compile(folder.path(), &classes, "cc", &[source.to_str().unwrap()], &library) else { return };
    let status = Command::new(program).status().unwrap();
    assert!(status.success(), "the check at this line number, modulo 256, of {} failed: {status}", source.display());
}

#[test]
fn c_on_the_board_scores_the_same_bits() {
    let Some(libraries) = libraries() else { return };
    let library = libraries.join("thumbv7em-none-eabihf/release/libawd.a");
    if !library.is_file() {
        return skipped("no library for C on the board: its target is missing");
    }
    let folder = tempfile::tempdir().unwrap();
    let cortex_m4f = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"];
    for (example, model, expected) in
        [("score.c", model(), expected(&model())), ("fixed.c", fixed(), expected_in_integers(&fixed()))]
    {
        let args =
            [&[example, "cortex_m.c", "-ffreestanding", "-nostdlib", "-T", "cortex_m.ld"][..], &cortex_m4f].concat();
        let Some(program) = compile(folder.path(), &model, "arm-none-eabi-gcc", &args, &library) else { return };
        let mut emulator = Command::new("qemu-system-arm");
        emulator.args(["-M", "mps2-an386", "-nodefaults", "-display", "none", "-chardev", "stdio,id=output"]);
        emulator.args(["-semihosting-config", "enable=on,target=native,chardev=output", "-kernel"]);
        if emulator.output().is_err() {
            return skipped("qemu-system-arm is not installed");
        }
        assert_eq!(printed_numbers(emulator.arg(program)), expected, "{example}");
    }
}

#[test]
fn a_model_exported_as_rust_equals_the_original() {
    let (model, path) = (model(), root().join("tests/golden/exported.rs"));
    let text = export::bytes::rust(&model, "models.rs");
    if std::env::var_os("AWD_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap());
    assert_eq!(Model::from_bytes(exported::FILE).as_ref(), Ok(&model));
    assert_eq!((exported::WINDOW, exported::OUTPUTS), (model.window(), 1));
    let (window, mut work) = ([1.5; exported::WINDOW], [0.0; exported::WORK]);
    let scorer = model.view().unrolled::<exported::Layout>().unwrap();
    assert_eq!(scorer.score(&window, &mut work), model.view().score(&window, &mut work));
    assert_eq!(exported::Layout::LEVELS, 4);
}
