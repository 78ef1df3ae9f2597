//! Prints a scorer as C99.

use super::tree::{Each, Expr, Op, Pairs, Stmt, Type};
use super::{FEATURES, Program, Readout, used};
use awd_core::Kind;
use std::fmt::Write;

/// The guards that refuse what would change the bits.
const GUARDS: &str = include_str!("guards.h");

/// The functions that statements call, in the order in which they are defined.
const PRELUDE: [(&str, &str); 15] = [
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
];

/// Adds two numbers of 32 bits, where sums may leave them.
const SATURATING: &str = include_str!("prelude/saturating_add.h");

/// The source, of one file.
#[must_use]
pub fn print(program: &Program) -> String {
    let Program { source, window, kind, outputs, inputs, body, readout } = program;
    let (sample, output, feature) = match readout {
        Readout::Float { .. } => ("float", "float", "float"),
        Readout::Fixed { .. } => ("int16_t", "int32_t", "int16_t"),
    };
    let score = format!("void awd_score(const {sample} samples[AWD_WINDOW], {output} outputs[AWD_OUTPUTS])");
    let class = format!("int awd_class(const {output} outputs[AWD_OUTPUTS])");
    let mut printer = Printer { text: format!("{score} {{\n"), depth: 1, loops: 0 };
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
    // Declarations come first in a block, as old compilers want them.
    if *inputs > 0 {
        printer.text = printer.text.replacen("{\n", &format!("{{\n    {feature} {FEATURES}[{inputs}];\n"), 1);
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
    if matches!(readout, Readout::Fixed { saturates: true, .. }) {
        functions = format!("{SATURATING}\n{functions}");
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

/// Weights are written out in sums, up to this many; more are a table.
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

const fn named(of: Type) -> &'static str {
    match of {
        Type::Float => "float",
        Type::Short => "int16_t",
        Type::Int => "int32_t",
        Type::Count => "uint32_t",
        Type::Long => "uint64_t",
    }
}

/// The type of an element in a variable.
const fn value(of: Type) -> &'static str {
    named(if let Type::Short = of { Type::Int } else { of })
}

fn float(value: f32) -> String {
    let text = format!("{value:?}f");
    if value.is_sign_negative() { format!("({text})") } else { text }
}

fn expr(of: &Expr) -> String {
    bound(of, 0)
}

/// An expression among others that bind so strongly.
fn bound(of: &Expr, outer: u8) -> String {
    match of {
        Expr::Name(name) => name.clone(),
        Expr::Float(value) => float(*value),
        Expr::Int(value) => value.to_string(),
        Expr::Element(array, index) => format!("{array}[{index}]"),
        Expr::Call(function, arguments) => {
            format!("{function}({})", arguments.iter().map(expr).collect::<Vec<_>>().join(", "))
        }
        Expr::Choose(of) => {
            let [condition, then, otherwise] = of.each_ref().map(expr);
            format!("({condition} ? {then} : {otherwise})")
        }
        Expr::As(to, of) => format!("({}){}", named(*to), bound(of, 9)),
        Expr::Binary(a, op, b) => {
            let (sign, strength) = op.text();
            // From left to right; a comparison of comparisons is in brackets.
            let left = match op {
                Op::NotEqual => strength + 1,
                // Compilers warn of sums that are shifted without brackets.
                Op::Shr => 9,
                _ => strength,
            };
            let text = format!("{} {sign} {}", bound(a, left), bound(b, strength + 1));
            if strength < outer { format!("({text})") } else { text }
        }
    }
}

struct Printer {
    text: String,
    depth: usize,
    /// Loops so far, for names.
    loops: usize,
}

impl Printer {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{:1$}{line}", "", 4 * self.depth);
    }

    fn statements(&mut self, statements: &[Stmt]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn nested(&mut self, statements: &[Stmt]) {
        self.depth += 1;
        self.statements(statements);
        self.depth -= 1;
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Comment(words) => self.line(&format!("/* {words} */")),
            Stmt::Let(of, name, is) => self.line(&format!("const {} {name} = {};", named(*of), expr(is))),
            Stmt::Var(of, name, is) => self.line(&format!("{} {name} = {};", named(*of), expr(is))),
            Stmt::Set(name, is) => self.line(&format!("{name} = {};", expr(is))),
            Stmt::Array(of, name, len) => self.line(&format!("{} {name}[{len}];", named(*of))),
            Stmt::Store(array, index, is) => self.line(&format!("{array}[{index}] = {};", expr(is))),
            Stmt::If(condition, then, otherwise) => {
                self.line(&format!("if ({}) {{", expr(condition)));
                self.nested(then);
                if !otherwise.is_empty() {
                    self.line("} else {");
                    self.nested(otherwise);
                }
                self.line("}");
            }
            Stmt::Block(block) => {
                self.line("{");
                self.nested(block);
                self.line("}");
            }
            Stmt::Pairs(pairs) => self.pairs(pairs),
            Stmt::Each(each) => self.each(each),
        }
    }

    fn pairs(&mut self, Pairs { element, segments, names, body, outputs, later }: &Pairs) {
        let id = self.loops;
        self.loops += 1;
        let (element, value) = (named(*element), value(*element));
        for (i, output) in outputs.iter().enumerate() {
            self.line(&format!("{element} *to{id}_{i} = {} + {};", output.array, output.from));
        }
        let start = |segment: &super::tree::Segment| match segment.from {
            0 => segment.array.clone(),
            from => format!("{} + {from}", segment.array),
        };
        let mut inside = 0;
        if let [segment] = &segments[..] {
            self.line(&format!("const {element} *pair{id} = {};", start(segment)));
            self.line(&format!("unsigned turns{id} = {};", segment.turns));
        } else {
            let count = segments.len();
            // Not an initialiser, which C90 and C++ have constants in.
            self.line(&format!("const {element} *starts{id}[{count}];"));
            let turns: Vec<String> = segments.iter().map(|segment| segment.turns.to_string()).collect();
            self.line(&format!("static const uint16_t counts{id}[{count}] = {{{}}};", turns.join(", ")));
            self.line(&format!("unsigned part{id} = 0;"));
            for (i, segment) in segments.iter().enumerate() {
                self.line(&format!("starts{id}[{i}] = {};", start(segment)));
            }
            self.line("do {");
            inside = 1;
            self.depth += 1;
            self.line(&format!("const {element} *pair{id} = starts{id}[part{id}];"));
            self.line(&format!("unsigned turns{id} = counts{id}[part{id}];"));
        }
        self.line("do {");
        self.depth += 1;
        for (i, name) in names.iter().enumerate().filter_map(|(i, name)| Some((i, name.as_ref()?))) {
            self.line(&format!("const {value} {name} = pair{id}[{i}];"));
        }
        self.statements(body);
        for (i, output) in outputs.iter().enumerate() {
            for (j, value) in output.values.iter().enumerate() {
                self.line(&format!("to{id}_{i}[{j}] = {};", expr(value)));
            }
            self.line(&format!("to{id}_{i} += {};", output.values.len()));
        }
        self.statements(later);
        self.line(&format!("pair{id} += 2;"));
        self.depth -= 1;
        self.line(&format!("}} while (--turns{id} != 0);"));
        if inside == 1 {
            self.line(&format!("part{id} += 1;"));
            self.depth -= 1;
            self.line(&format!("}} while (part{id} != {});", segments.len()));
        }
    }

    fn each(&mut self, Each { element, array, from, turns, name, later, body }: &Each) {
        if *turns == 0 {
            return;
        }
        let id = self.loops;
        self.loops += 1;
        let (element, value) = (named(*element), value(*element));
        let at = |index: usize| if index == 0 { array.clone() } else { format!("{array} + {index}") };
        self.line("{");
        self.depth += 1;
        self.line(&format!("const {element} *at{id} = {};", at(*from)));
        self.line("do {");
        self.depth += 1;
        self.line(&format!("const {value} {name} = at{id}[0];"));
        if let Some((lag, next)) = later {
            self.line(&format!("const {value} {next} = at{id}[{lag}];"));
        }
        self.statements(body);
        self.line(&format!("at{id} += 1;"));
        self.depth -= 1;
        self.line(&format!("}} while (at{id} != {});", at(from + turns)));
        self.depth -= 1;
        self.line("}");
    }
}
