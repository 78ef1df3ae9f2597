//! Prints a scorer as C99.

mod statements;

use super::{FEATURES, Program, Readout, used};
use awd_core::Kind;
use statements::{Printer, float};
use std::fmt::Write;

/// Refuses compiler settings that would change the bits of the outputs.
const GUARDS: &str = include_str!("guards.h");

/// The functions that statements call, in the order in which they are defined.
const PRELUDE: [(&str, &str); 16] = [
    ("INFINITE", "/* More than any finite number. */\n#define INFINITE (FLT_MAX * 2.0f)\n"),
    ("LEAST", "#define LEAST INT32_MIN\n"),
    ("GREATEST", "#define GREATEST INT32_MAX\n"),
    ("absolute", include_str!("prelude/absolute.h")),
    ("ratio", include_str!("prelude/ratio.h")),
    ("root", include_str!("prelude/root.h")),
    ("logarithm", include_str!("prelude/logarithm.h")),
    ("wrapped", include_str!("prelude/wrapped.h")),
    ("magnitude", include_str!("prelude/magnitude.h")),
    ("square", include_str!("prelude/square.h")),
    ("add_moment", include_str!("prelude/add_moment.h")),
    ("integer_root", include_str!("prelude/integer_root.h")),
    ("integer_ratio", include_str!("prelude/integer_ratio.h")),
    ("integer_logarithm", include_str!("prelude/integer_logarithm.h")),
    ("shifted", include_str!("prelude/shifted.h")),
    ("saturating_add", include_str!("prelude/saturating_add.h")),
];

/// The source, of one file.
#[must_use]
pub fn print(program: &Program) -> String {
    let Program { source, window, kind, outputs, class_names, inputs, body, readout } = program;
    let (sample, output, feature) = match readout {
        Readout::Float { .. } => ("float", "float", "float"),
        Readout::Fixed { .. } => ("int16_t", "int32_t", "int16_t"),
    };
    let score = format!("void awd_score(const {sample} samples[AWD_WINDOW], {output} outputs[AWD_OUTPUTS])");
    let class = format!("int awd_class(const {output} outputs[AWD_OUTPUTS])");
    let mut printer = Printer { text: format!("{score} {{\n"), depth: 1, loops: 0 };
    if *inputs > 0 {
        printer.line(&format!("{feature} {FEATURES}[{inputs}];"));
    }
    match readout {
        _ if *inputs == 0 => printer.line("(void)samples;"),
        Readout::Float { .. } => printer.line("const float *const window = samples;"),
        Readout::Fixed { limit, .. } => {
            printer.line(&format!("int16_t window[{window}];"));
            printer.line("unsigned i;");
            printer.line(&format!("for (i = 0; i < {window}; i++) {{"));
            printer.line("    const int32_t c = samples[i];");
            printer.line(&format!("    window[i] = (int16_t)(c > {limit} ? {limit} : c < -{limit} ? -{limit} : c);"));
            printer.line("}");
        }
    }
    printer.statements(body);
    match readout {
        Readout::Float { bias, weights, .. } => {
            let [bias, weights] = [bias, weights].map(|numbers| numbers.iter().map(|number| float(*number)).collect());
            let add = |sum: &str, weight: &str, feature: &str| format!("{sum} + {weight} * {feature}");
            sums(&mut printer, ["float", "float"], bias, weights, *inputs, &add);
        }
        Readout::Fixed { bias, weights, saturates, .. } => {
            let bias = bias.iter().map(|bias| int(*bias)).collect();
            let weights = weights.iter().map(ToString::to_string).collect();
            let add = |sum: &str, weight: &str, feature: &str| {
                let product = format!("(int32_t){weight} * {feature}");
                if *saturates { format!("saturating_add({sum}, {product})") } else { format!("{sum} + {product}") }
            };
            sums(&mut printer, ["int32_t", "int16_t"], bias, weights, *inputs, &add);
        }
    }
    let mut functions = printer.text + "}\n";
    if *kind == Kind::Softmax {
        let _ = write!(functions, "\n{class} {{\n{}}}\n", class_body(readout));
    }
    let prelude = used(&PRELUDE, &functions);
    let mut text = format!(
        "/* A scorer of {}, made by `awd export --as c`. It needs no library.\n\
         \x20*\n\
         \x20* Compile it, or include it in one file of yours. Other files include it with AWD_DECLARATIONS defined.\n\
         \x20*\n",
        source.replace("*/", "* /")
    );
    text += GUARDS;
    let _ = write!(text, "#define AWD_WINDOW {window}\n#define AWD_OUTPUTS {outputs}\n");
    if !class_names.is_empty() {
        let names: Vec<String> = class_names.iter().map(|name| literal(name)).collect();
        let _ = write!(
            text,
            "/* The names of the classes in their order: const char *const names[] = AWD_CLASS_NAMES; */\n#define AWD_CLASS_NAMES {{{}}}\n",
            names.join(", ")
        );
    }
    if let Readout::Fixed { point, .. } = readout {
        let _ = write!(
            text,
            "/* Bits of the outputs after their binary point: an output is worth its number times 2^-AWD_POINT. */\n#define AWD_POINT {point}\n"
        );
    }
    let unit = match readout {
        Readout::Float { .. } => "in the unit of the training data",
        Readout::Fixed { .. } => "as integers, each worth one unit of the model",
    };
    let meaning = match kind {
        Kind::Linear => "The outputs are values",
        Kind::Softmax => "Output i is the logit of class i + 1; that of class 0 is 0",
    };
    let _ = write!(
        text,
        "\n#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n/* Scores a window, {unit}. {meaning}. */\n{score};\n"
    );
    if *kind == Kind::Softmax {
        let finite =
            if matches!(readout, Readout::Float { .. }) { "; -1 where one of them is not a finite number" } else { "" };
        let _ = write!(text, "\n/* The class of these outputs{finite}. */\n{class};\n");
    }
    text += "\n#ifdef __cplusplus\n}\n#endif\n\n#ifndef AWD_DECLARATIONS\n\n";
    text += &prelude;
    text += &functions;
    text += "\n#endif /* AWD_DECLARATIONS */\n\n#endif /* AWD_SCORER_H */\n";
    text
}

/// A text as a literal of C, in ASCII. An escape of three octal digits ends by itself.
fn literal(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b' '..=b'~' if !matches!(byte, b'"' | b'\\' | b'?') => char::from(byte).to_string(),
        _ => format!("\\{byte:03o}"),
    };
    format!("\"{}\"", text.bytes().map(byte).collect::<String>())
}

/// Up to this many weights are written into the sums; more are a table.
const TABLE: usize = 12;

/// The weighted sums of features. `add` adds a weight times a feature to a sum.
fn sums(
    printer: &mut Printer,
    [sum, weight]: [&str; 2],
    bias: Vec<String>,
    weights: Vec<String>,
    inputs: usize,
    add: &dyn Fn(&str, &str, &str) -> String,
) {
    let outputs = bias.len();
    if weights.len() <= TABLE {
        for (i, bias) in bias.into_iter().enumerate() {
            let sum =
                (0..inputs).fold(bias, |sum, j| add(&sum, &weights[j * outputs + i], &format!("{FEATURES}[{j}]")));
            printer.line(&format!("outputs[{i}] = {sum};"));
        }
        return;
    }
    printer.line("{");
    printer.depth += 1;
    printer.line(&format!("static const {weight} weights[{}] = {{", weights.len()));
    for line in weights.chunks(outputs.max(8 / outputs * outputs)) {
        printer.line(&format!("    {},", line.join(", ")));
    }
    printer.line("};");
    let start: Vec<String> = bias.iter().enumerate().map(|(i, bias)| format!("output{i} = {bias}")).collect();
    printer.line(&format!("{sum} {};", start.join(", ")));
    printer.line(&format!("const {weight} *weight = weights, *feature = {FEATURES};"));
    printer.line("do {");
    for i in 0..outputs {
        let sum = add(&format!("output{i}"), &format!("weight[{i}]"), "feature[0]");
        printer.line(&format!("    output{i} = {sum};"));
    }
    printer.line(&format!("    weight += {outputs};"));
    printer.line("    feature += 1;");
    printer.line(&format!("}} while (feature != {FEATURES} + {inputs});"));
    for i in 0..outputs {
        printer.line(&format!("outputs[{i}] = output{i};"));
    }
    printer.depth -= 1;
    printer.line("}");
}

fn class_body(readout: &Readout) -> String {
    let (of, threshold, check) = match readout {
        Readout::Float { threshold, .. } => (
            "float",
            float(*threshold),
            "        if (!(outputs[i] >= -FLT_MAX && outputs[i] <= FLT_MAX)) {\n            return -1;\n        }\n",
        ),
        Readout::Fixed { threshold, .. } => ("int32_t", int(*threshold), ""),
    };
    format!(
        "    {of} highest = {threshold};\n    int i, best = 0;\n    for (i = 0; i < AWD_OUTPUTS; i++) {{\n{check}        if (outputs[i] > highest) \
         {{\n            highest = outputs[i];\n            best = i + 1;\n        }}\n    }}\n    return best;\n"
    )
}

/// A literal of 32 bits. The least one is no literal in C.
fn int(value: i32) -> String {
    if value == i32::MIN { "(-2147483647 - 1)".into() } else { value.to_string() }
}
