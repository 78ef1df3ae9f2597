//! Prints a scorer as Rust: `no_std`, no crate, no unsafe code, and no index that could be out of bounds.

mod statements;

use super::{FEATURES, Program, Readout, used};
use awd_core::Kind;
use statements::{Printer, float};
use std::fmt::Write;

/// The functions that statements call, in the order in which they are defined.
const PRELUDE: [(&str, &str); 15] = [
    ("INFINITE", "/// More than any finite number.\nconst INFINITE: f32 = f32::INFINITY;\n"),
    ("LEAST", "const LEAST: i32 = i32::MIN;\n"),
    ("GREATEST", "const GREATEST: i32 = i32::MAX;\n"),
    ("absolute", include_str!("prelude/absolute.rs")),
    ("ratio", include_str!("prelude/ratio.rs")),
    ("root", include_str!("prelude/root.rs")),
    ("logarithm", include_str!("prelude/logarithm.rs")),
    ("wrapped", include_str!("prelude/wrapped.rs")),
    ("magnitude", include_str!("prelude/magnitude.rs")),
    ("square", include_str!("prelude/square.rs")),
    ("add_moment", include_str!("prelude/add_moment.rs")),
    ("integer_root", include_str!("prelude/integer_root.rs")),
    ("integer_ratio", include_str!("prelude/integer_ratio.rs")),
    ("integer_logarithm", include_str!("prelude/integer_logarithm.rs")),
    ("shifted", include_str!("prelude/shifted.rs")),
];

/// The source, of one module.
#[must_use]
pub fn print(program: &Program) -> String {
    let Program { source, window, kind, outputs, class_names, inputs, body, readout } = program;
    let (sample, output, feature) = match readout {
        Readout::Float { .. } => ("f32", "f32", "0.0_f32"),
        Readout::Fixed { .. } => ("i16", "i32", "0_i16"),
    };
    let mut printer = Printer { text: String::new(), depth: 1 };
    match readout {
        _ if *inputs == 0 => printer.line("let _ = samples;"),
        Readout::Float { .. } => printer.line("let window = samples;"),
        Readout::Fixed { limit, .. } => {
            printer.line(&format!("let window = samples.map(|sample| sample.clamp(-{limit}, {limit}));"));
        }
    }
    if *inputs > 0 {
        printer.line(&format!("let mut {FEATURES} = [{feature}; {inputs}];"));
    }
    printer.statements(body);
    match readout {
        Readout::Float { bias, weights, .. } => {
            let [bias, weights] = [bias, weights].map(|numbers| numbers.iter().map(|number| float(*number)).collect());
            let add = |sum: &str, weight: &str, feature: &str| format!("{sum} + {weight} * {feature}");
            sums(&mut printer, "f32", bias, weights, *inputs, &add);
        }
        Readout::Fixed { bias, weights, saturates, .. } => {
            let bias = bias.iter().map(|bias| format!("{bias}_i32")).collect();
            let weights = weights.iter().map(ToString::to_string).collect();
            let add = |sum: &str, weight: &str, feature: &str| {
                let product = format!("({weight} as i32) * ({feature} as i32)");
                if *saturates { format!("{sum}.saturating_add({product})") } else { format!("{sum} + {product}") }
            };
            sums(&mut printer, "i16", bias, weights, *inputs, &add);
        }
    }
    let unit = match readout {
        Readout::Float { .. } => "in the unit of the training data",
        Readout::Fixed { .. } => "as integers, each worth one unit of the model",
    };
    let meaning = match kind {
        Kind::Linear => "The outputs are values",
        Kind::Softmax => "Output i is the logit of class i + 1; that of class 0 is 0",
    };
    let mut functions = format!(
        "/// Scores a window, {unit}. {meaning}.\n#[rustfmt::skip]\n#[allow(clippy::all, clippy::pedantic)]\n#[must_use]\npub fn score(samples: \
         &[{sample}; WINDOW]) -> [{output}; OUTPUTS] {{\n{}}}\n",
        printer.text
    );
    if *kind == Kind::Softmax {
        functions += &class(readout, output);
    }
    let mut text = format!(
        "//! A scorer of {}, made by `awd export --as rust`. It needs no crate, and a compiler of Rust 1.88 or later.\n\n\
         /// Samples of a window.\n#[allow(dead_code)]\npub const WINDOW: usize = {window};\n/// Outputs of a score.\n#[allow(dead_code)]\npub const OUTPUTS: usize = {outputs};\n",
        source.replace('\n', " ")
    );
    if !class_names.is_empty() {
        let _ = write!(
            text,
            "/// The names of the classes in their order.\n#[allow(dead_code)]\npub const CLASS_NAMES: [&str; {}] = {class_names:?};\n",
            class_names.len()
        );
    }
    if let Readout::Fixed { point, .. } = readout {
        let _ = write!(
            text,
            "/// Bits of the outputs after their binary point: an output is worth its number times 2 to the power of -POINT.\n#[allow(dead_code)]\npub const POINT: i32 = {point};\n"
        );
    }
    text + "\n" + &used(&PRELUDE, &functions) + &functions
}

/// Up to this many weights are written into the sums; more are a table.
const TABLE: usize = 12;

/// The weighted sums of features. `add` adds a weight times a feature to a sum.
fn sums(
    printer: &mut Printer,
    weight: &str,
    bias: Vec<String>,
    weights: Vec<String>,
    inputs: usize,
    add: &dyn Fn(&str, &str, &str) -> String,
) {
    let outputs = bias.len();
    if weights.len() <= TABLE {
        let sums = bias.into_iter().enumerate().map(|(i, bias)| {
            let typed = |weight: &String| if weight.contains("f32") { weight.clone() } else { format!("{weight}_i16") };
            (0..inputs).fold(bias, |sum, j| add(&sum, &typed(&weights[j * outputs + i]), &format!("{FEATURES}[{j}]")))
        });
        let sums: Vec<String> = sums.collect();
        return printer.line(&format!("[{}]", sums.join(", ")));
    }
    printer.line(&format!("static WEIGHTS: [[{weight}; OUTPUTS]; {inputs}] = ["));
    for row in weights.chunks(outputs) {
        printer.line(&format!("    [{}],", row.join(", ")));
    }
    printer.line("];");
    printer.line(&format!("let mut outputs = [{}];", bias.join(", ")));
    printer.line(&format!("for (feature, weights) in {FEATURES}.iter().zip(&WEIGHTS) {{"));
    printer.line("    for (output, weight) in outputs.iter_mut().zip(weights) {");
    printer.line(&format!("        *output = {};", add("(*output)", "(*weight)", "(*feature)")));
    printer.line("    }");
    printer.line("}");
    printer.line("outputs");
}

fn class(readout: &Readout, output: &str) -> String {
    let (returns, some, none, threshold, check) = match readout {
        Readout::Float { threshold, .. } => (
            "Option<usize>",
            "Some(class)",
            "; `None` where one of them is not a finite number",
            float(*threshold),
            "        if !output.is_finite() {\n            return None;\n        }\n",
        ),
        Readout::Fixed { threshold, .. } => ("usize", "class", "", format!("{threshold}_i32"), ""),
    };
    format!(
        "\n/// The class of these outputs{none}.\n#[allow(dead_code)]\n#[must_use]\npub fn class(outputs: &[{output}; OUTPUTS]) -> {returns} {{\n    let (mut class, mut \
         highest) = (0, {threshold});\n    for (i, output) in outputs.iter().enumerate() {{\n{check}        if *output > highest {{\n            \
         (class, highest) = (i + 1, *output);\n        }}\n    }}\n    {some}\n}}\n"
    )
}
