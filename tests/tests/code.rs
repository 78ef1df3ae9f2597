//! Scorers that `awd export` generates give the bits of `Model::score`, in C and in Rust: random models of every wavelet family, boundary,
//! phase, feature and length, compiled together and run on random windows.

use awd_core::features::Feature;
use awd_core::{Arithmetic, Boundary, Dwt, Kind, Term, named};
use awd_tests::{root, skipped};
use awd_train::export::code::{self, Program};
use awd_train::model::{Integers, Model, Readout, Spec};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Models that are compiled together, and windows of each. `AWD_FULL` asks for ten times as many models.
const MODELS: usize = 40;
const WINDOWS: usize = 20;

/// A model, and windows of samples: the bits of each `f32`, or of a model in fixed point the integers.
type Case = (Model, Vec<Vec<u32>>);

/// A random model: one to three wavelets, and features of all bands.
fn model(random: &mut ChaCha8Rng) -> Model {
    loop {
        let window = random.random_range(2..=200_u16);
        let most_levels = window.ilog2().min(5) as u8;
        let boundaries = [Boundary::Periodization, Boundary::Zero, Boundary::Symmetric];
        let mut wavelets: Vec<Dwt<f32>> = vec![];
        for _ in 0..random.random_range(1..=3) {
            let scheme =
                |random: &mut ChaCha8Rng| named::ALL[random.random_range(0..named::ALL.len())].lifting().unwrap();
            let levels = random.random_range(1..=most_levels);
            let dwt = Dwt::new(scheme(random), boundaries[random.random_range(0..3)], levels);
            let dwt = if random.random_bool(0.3) { dwt.clone().and(&scheme(random)).unwrap_or(dwt) } else { dwt };
            wavelets.push(if random.random_bool(0.5) { dwt.oversampled() } else { dwt });
        }
        let bands: usize = wavelets.iter().map(Dwt::bands).sum();
        let wanted = random.random_range(0..=60);
        let mut terms: Vec<Term> = vec![];
        for _ in 0..wanted {
            let band = random.random_range(0..=bands) as u8;
            terms.extend(Feature::of_code(random.random_range(0..160)).map(|feature| Term { band, feature }));
        }
        terms.sort_unstable();
        terms.dedup();
        let mut products: Vec<[u8; 2]> = vec![];
        if !terms.is_empty() && random.random_bool(0.4) {
            for _ in 0..random.random_range(0..8) {
                let mut pair = [0; 2].map(|_| random.random_range(0..terms.len()) as u8);
                pair.sort_unstable();
                products.push(pair);
            }
        }
        products.sort_unstable();
        products.dedup();
        let outputs = random.random_range(1..=5);
        let mut numbers = |count: usize| (0..count).map(|_| random.random_range(-2.0..2.0_f32)).collect::<Vec<f32>>();
        let kind = if outputs == 5 { Kind::Linear } else { Kind::Softmax };
        let readout = Readout {
            kind,
            bias: numbers(outputs),
            weights: numbers((terms.len() + products.len()) * outputs),
            threshold: if outputs == 1 { 0.25 } else { 0.0 },
        };
        let inputs = terms.len() + products.len();
        let (scalar, integers) = if random.random_bool(0.4) {
            let scalar = Arithmetic::Fixed { unit: 0.01, limit: random.random_range(1..=i16::MAX) };
            // Small weights, whose sums fit 32 bits, and large ones.
            let most = if random.random_bool(0.5) { 200 } else { i16::MAX };
            let integers = Integers {
                shifts: (0..inputs).map(|_| random.random_range(-14..=30)).collect(),
                point: random.random_range(-9..=9),
                bias: (0..outputs).map(|_| random.random_range(-1_000_000..=1_000_000)).collect(),
                weights: (0..inputs * outputs).map(|_| random.random_range(-most..=most)).collect(),
            };
            (scalar, integers)
        } else {
            (Arithmetic::Float, Integers::default())
        };
        let spec = Spec {
            window,
            wavelets,
            terms,
            products,
            readout,
            health: None,
            scalar,
            integers,
            provenance: None,
            class_names: Vec::new(),
            image: None,
            deviation: 1.5,
        };
        // Features that a short band does not have are refused.
        if let Ok(model) = Model::new(spec) {
            return model;
        }
    }
}

fn is_fixed(model: &Model) -> bool {
    model.spec().scalar != Arithmetic::Float
}

/// Windows of a model: noise, and what is special.
fn windows(model: &Model, random: &mut ChaCha8Rng) -> Vec<Vec<u32>> {
    let mut windows: Vec<Vec<f32>> =
        (2..WINDOWS).map(|_| (0..model.window()).map(|_| random.random_range(-4.0..4.0_f32)).collect()).collect();
    windows.push(vec![0.0; model.window()]);
    // Equal values, and signs in turn.
    windows.push((0..model.window()).map(|i| [2.0, -2.0, 2.0][i % 3]).collect());
    let raw = |x: &f32| if is_fixed(model) { i32::from((x * 8192.0) as i16).cast_unsigned() } else { x.to_bits() };
    windows.iter().map(|window| window.iter().map(raw).collect()).collect()
}

/// What a model answers: the bits of each output, and the class, all windows one after the other.
fn answers(model: &Model, windows: &[Vec<u32>]) -> Vec<u32> {
    let (mut work, mut integers) = (vec![0.0; model.work_len()], vec![0; model.work_len()]);
    let answer = |window: &Vec<u32>| {
        let (mut outputs, class): (Vec<u32>, _) = if is_fixed(model) {
            let mut window: Vec<i16> = window.iter().map(|x| *x as i16).collect();
            let scores = model.view().score_fixed(&mut window, &mut integers).unwrap();
            (scores.outputs().iter().map(|output| output.cast_unsigned()).collect(), scores.class())
        } else {
            let window: Vec<f32> = window.iter().map(|x| f32::from_bits(*x)).collect();
            let scores = model.view().score(&window, &mut work).unwrap();
            (scores.outputs().iter().map(|output| output.to_bits()).collect(), scores.class())
        };
        outputs.push(class.map_or(-1, |class| i32::try_from(class).unwrap()).cast_unsigned());
        outputs
    };
    windows.iter().map(answer).collect::<Vec<_>>().concat()
}

/// The numbers that a program printed.
fn printed(program: &mut Command) -> Vec<u32> {
    let output = program.output().unwrap();
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| u32::from_str_radix(line, 16).unwrap()).collect()
}

fn check(seed: u64, models: &[Case], printed: &[u32]) {
    let mut printed = printed.iter();
    for (i, (model, windows)) in models.iter().enumerate() {
        let expected = answers(model, windows);
        let found: Vec<u32> = printed.by_ref().take(expected.len()).copied().collect();
        assert_eq!(found, expected, "model {i} of seed {seed}: {:#?}", model.spec());
    }
    assert_eq!(printed.next(), None);
}

fn models(seed: u64, count: usize) -> Vec<Case> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let one = |_| {
        let model = model(&mut random);
        let windows = windows(&model, &mut random);
        (model, windows)
    };
    let times = if std::env::var_os("AWD_FULL").is_some() { 10 } else { 1 };
    (0..times * count).map(one).collect()
}

/// Windows in the source of a program, as bits.
fn in_source(windows: &[Vec<u32>]) -> String {
    windows.iter().flatten().map(|sample| format!("{sample:#x},")).collect()
}

/// The main file of a program that scores all windows of all models and prints the answers.
fn driver(models: &[Case]) -> String {
    let mut text = String::from("#include \"print.h\"\ntypedef union { float value; uint32_t bits; } number;\n");
    let mut calls = String::new();
    for (i, (model, windows)) in models.iter().enumerate() {
        let (samples, outputs) = (model.window(), model.spec().readout.bias.len());
        let (sample, output) = if is_fixed(model) { ("int16_t", "int32_t") } else { ("float", "float") };
        let class = if model.spec().readout.kind == Kind::Softmax { format!("class{i}(o)") } else { "-1".into() };
        let [read, bits] = if is_fixed(model) {
            ["x[j] = (int16_t)b.bits", "b.bits = (uint32_t)o[j]"]
        } else {
            ["x[j] = b.value", "b.value = o[j]"]
        };
        let _ = writeln!(text, "void score{i}(const {sample} *, {output} *); int class{i}(const {output} *);");
        let _ = writeln!(text, "static const uint32_t w{i}[] = {{{}}};", in_source(windows));
        let _ = writeln!(
            calls,
            "for (int n = 0; n < {}; n++) {{ number b; {sample} x[{samples}]; {output} o[{outputs}]; for (int j = 0; j < {samples}; j++) {{ \
             b.bits = w{i}[n * {samples} + j]; {read}; }} score{i}(x, o); for (int j = 0; j < {outputs}; j++) {{ {bits}; print(b.bits); }} \
             print((uint32_t){class}); }}",
            windows.len()
        );
    }
    text + &format!("int main(void) {{\n{calls}return 0; }}\n")
}

/// Compiles the scorers of these models with a main file; nothing, with a message, where there is no such compiler.
fn compile(folder: &Path, models: &[Case], compiler: &str, flags: &[&str], link: &[&str]) -> Option<PathBuf> {
    let examples = root().join("awd-embedded/c/examples");
    let run = |mut command: Command| match command.output() {
        Err(_) => {
            skipped(&format!("{compiler} is not installed"));
            None
        }
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(())
        }
    };
    let mut objects = vec![];
    for (i, (model, _)) in models.iter().enumerate() {
        let source = folder.join(format!("m{i}.c"));
        std::fs::write(&source, code::c(&Program::new(model, "a.awd").unwrap())).unwrap();
        let object = source.with_extension("o");
        let mut command = Command::new(compiler);
        // GNU C contracts products and sums unless the source forbids it.
        let standard = ["-std=c99", "-std=gnu99"][i % 2];
        command.args([standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror", ["-O2", "-Os", "-O0"][i % 3], "-c"]);
        command.args([format!("-Dawd_score=score{i}"), format!("-Dawd_class=class{i}")]).args(flags);
        command.arg(&source).arg("-o").arg(&object);
        run(command)?;
        objects.push(object);
    }
    let (main, program) = (folder.join("main.c"), folder.join("program"));
    std::fs::write(&main, driver(models)).unwrap();
    let mut command = Command::new(compiler);
    command.current_dir(&examples).arg("-I").arg(&examples).args(flags).arg(&main).args(&objects).args(link);
    command.arg("-o").arg(&program);
    run(command)?;
    Some(program)
}

#[test]
fn generated_c_has_the_bits_of_the_model() {
    for (seed, compiler) in [(1, "cc"), (2, "clang")] {
        let models = models(seed, MODELS);
        let folder = tempfile::tempdir().unwrap();
        let Some(program) = compile(folder.path(), &models, compiler, &[], &["host.c"]) else { continue };
        check(seed, &models, &printed(&mut Command::new(program)));
    }
}

/// With a floating-point unit that can fuse products and sums, and with none.
#[test]
fn generated_c_on_emulated_boards_has_the_bits_of_the_model() {
    let bare = ["cortex_m.c", "-ffreestanding", "-nostdlib", "-T", "cortex_m.ld", "-lgcc"];
    let boards = [
        (3, "mps2-an386", &["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"][..]),
        (4, "mps2-an385", &["-mcpu=cortex-m0", "-mthumb", "-mfloat-abi=soft"]),
    ];
    for (seed, board, flags) in boards {
        let models = models(seed, MODELS / 4);
        let folder = tempfile::tempdir().unwrap();
        let Some(program) = compile(folder.path(), &models, "arm-none-eabi-gcc", flags, &bare) else { return };
        let mut emulator = Command::new("qemu-system-arm");
        emulator.args(["-M", board, "-nodefaults", "-display", "none", "-chardev", "stdio,id=output"]);
        emulator.args(["-semihosting-config", "enable=on,target=native,chardev=output", "-kernel"]);
        if emulator.output().is_err() {
            return skipped("qemu-system-arm is not installed");
        }
        check(seed, &models, &printed(emulator.arg(program)));
    }
}

#[test]
fn generated_rust_has_the_bits_of_the_model() {
    let seed = 5;
    let models = models(seed, MODELS);
    let folder = tempfile::tempdir().unwrap();
    let (mut driver, mut calls) = (String::new(), String::new());
    for (i, (model, windows)) in models.iter().enumerate() {
        std::fs::write(folder.path().join(format!("m{i}.rs")), code::rust(&Program::new(model, "a.awd").unwrap()))
            .unwrap();
        let (samples, count) = (model.window(), model.window() * WINDOWS);
        let _ = writeln!(driver, "#[deny(warnings)] #[forbid(unsafe_code)] mod m{i};");
        let _ = writeln!(driver, "static W{i}: [u32; {count}] = [{}];", in_source(windows));
        let (sample, bits, class) = if is_fixed(model) {
            ("window[i] as i16", "output", format!("m{i}::class(&outputs) as i32"))
        } else {
            (
                "f32::from_bits(window[i])",
                "output.to_bits()",
                format!("m{i}::class(&outputs).map_or(-1, |class| class as i32)"),
            )
        };
        let class = if model.spec().readout.kind == Kind::Softmax { class } else { "-1_i32".into() };
        let _ = writeln!(
            calls,
            "for window in W{i}.chunks({samples}) {{ let outputs = m{i}::score(&std::array::from_fn(|i| {sample})); \
             outputs.iter().for_each(|output| println!(\"{{:x}}\", {bits})); println!(\"{{:x}}\", {class}); }}"
        );
    }
    let _ = writeln!(driver, "fn main() {{\n{calls}}}");
    let main = folder.path().join("main.rs");
    std::fs::write(&main, driver).unwrap();
    let program = folder.path().join("program");
    let mut compile = Command::new("rustc");
    compile.args(["--edition", "2024", "-O", "-C", "overflow-checks=on"]).arg(&main).arg("-o").arg(&program);
    let output = compile.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    check(seed, &models, &printed(&mut Command::new(program)));
}

/// What a sketch needs of Arduino, on a host.
const ARDUINO: &str = "#include <cstdint>\n#include <iostream>\n#define F(text) text\nstatic void delay(int) {}\nstatic struct {\n  void begin(long) \
                       {}\n  template <class T> void print(T value) { std::cout << value; }\n  void println() { std::cout << '\\n'; }\n} Serial;\n";

/// The sketch of an Arduino library, in C++, prints the class of its window.
#[test]
fn the_arduino_sketch_scores_its_window() {
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let is_wanted = |model: &Model| model.spec().readout.kind == Kind::Softmax && model.spec().terms.len() > 9;
    let models: Vec<Model> = std::iter::repeat_with(|| model(&mut random)).filter(is_wanted).take(4).collect();
    assert!(models.iter().any(is_fixed) && !models.iter().all(is_fixed));
    for model in models {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        for (path, text) in code::arduino(&Program::new(&model, "a.awd").unwrap(), "Heart") {
            std::fs::create_dir_all(file(path).parent().unwrap()).unwrap();
            std::fs::write(file(path), text).unwrap();
        }
        let main = format!("{ARDUINO}#include \"examples/score/score.ino\"\nint main() {{ setup(); loop(); }}\n");
        std::fs::write(file("main.cpp"), main).unwrap();
        for (compiler, source, object) in [("cc", "src/awd_scorer.c", "a.o"), ("c++", "main.cpp", "b.o")] {
            let mut command = Command::new(compiler);
            command
                .current_dir(folder.path())
                .args(["-Wall", "-Wextra", "-Werror", "-O2", "-I", "src", "-I", ".", "-c", source, "-o", object]);
            let Ok(output) = command.output() else { return skipped("no C++ compiler") };
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let link =
            Command::new("c++").current_dir(folder.path()).args(["a.o", "b.o", "-o", "sketch"]).status().unwrap();
        assert!(link.success());
        let output = Command::new(file("sketch")).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let base = |i: usize| (i * 7 % 31) as i32;
        let window = |i: usize| {
            if is_fixed(&model) { (base(i) * 10 - 150).cast_unsigned() } else { (base(i) as f32 - 15.0).to_bits() }
        };
        let answer = answers(&model, &[(0..model.window()).map(window).collect()]);
        let class = answer.last().unwrap().cast_signed();
        assert!(printed.trim_end().ends_with(&format!("class {class}")), "{printed} {class}");
    }
}

/// The blocks of docs/boards.md about generated code compile with a scorer of a model.
#[test]
fn the_examples_of_the_page_compile() {
    let page = std::fs::read_to_string(root().join("docs/boards.md")).unwrap();
    let block = |fence: &str| {
        let section = page.split("generated code\n").nth(1).unwrap();
        section.split(&format!("```{fence}\n")).nth(1).unwrap().split("```").next().unwrap().to_owned()
    };
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let is_wanted = |model: &Model| model.spec().readout.kind == Kind::Softmax && !is_fixed(model);
    let model = std::iter::repeat_with(|| model(&mut random)).find(is_wanted).unwrap();
    let program = Program::new(&model, "my.awd").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let sources = [("scorer.c", code::c(&program)), ("scorer.rs", code::rust(&program))];
    let mains = [("main.c", block("c")), ("main.rs", block("rust,ignore"))];
    for (name, text) in sources.into_iter().chain(mains) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    for (compiler, arguments) in [("cc", &["main.c", "scorer.c", "-o", "a"][..]), ("rustc", &["main.rs", "-o", "b"])] {
        let output = Command::new(compiler).current_dir(folder.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{compiler}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
