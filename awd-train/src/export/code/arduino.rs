//! A scorer as a library for the Arduino IDE, with a sketch that scores one window.

use super::{Program, Readout, c};
use awd_core::Kind;
use std::fmt::Write;

/// The files of the library: the path of each in its folder, and its text. `name` is the name of the folder.
#[must_use]
pub fn files(program: &Program, name: &str) -> [(&'static str, String); 4] {
    let properties = format!(
        "name={name}\nversion=1.0.0\nauthor=awd\nmaintainer=awd\nsentence=Scores windows of {} samples with {}.\nparagraph=Made by awd export \
         --as arduino. It needs no other library.\ncategory=Data Processing\nurl=https://github.com/awd-wavelets/awd\narchitectures=*\nincludes=awd_scorer.h\n",
        program.window,
        program.source.replace(['\n', '\r'], " ")
    );
    let header = "/* Declares awd_score and, of a model of classes, awd_class; awd_scorer.c has them. */\n#define AWD_DECLARATIONS\n#include \"awd_scorer.c\"\n";
    [
        ("library.properties", properties),
        ("src/awd_scorer.h", header.into()),
        ("src/awd_scorer.c", c::print(program)),
        ("examples/score/score.ino", sketch(program)),
    ]
}

/// A sketch that scores one window and prints the outputs and the class.
fn sketch(program: &Program) -> String {
    let (sample, output, from) = match program.readout {
        Readout::Float { .. } => ("float", "float", "(float)((i * 7) % 31) - 15.0f"),
        Readout::Fixed { .. } => ("int16_t", "int32_t", "(int16_t)(((i * 7) % 31) * 10 - 150)"),
    };
    let names = if program.class_names.is_empty() { "" } else { "const char *const names[] = AWD_CLASS_NAMES;\n" };
    let mut text = format!(
        "// Scores one window and prints the outputs. Put your own samples into `window`.\n\n#include <awd_scorer.h>\n\n{sample} \
         window[AWD_WINDOW];\n{output} outputs[AWD_OUTPUTS];\n{names}\nvoid setup() {{\n  Serial.begin(115200);\n  for (int i = 0; i < AWD_WINDOW; i++) \
         {{\n    window[i] = {from};\n  }}\n}}\n\nvoid loop() {{\n  awd_score(window, outputs);\n  for (int i = 0; i < AWD_OUTPUTS; i++) \
         {{\n    Serial.print(outputs[i]);\n    Serial.print(' ');\n  }}\n"
    );
    if program.kind == Kind::Softmax {
        let class = if program.class_names.is_empty() { "awd_class(outputs)" } else { "names[awd_class(outputs)]" };
        let _ = write!(text, "  Serial.print(F(\"class \"));\n  Serial.print({class});\n");
    }
    text + "  Serial.println();\n  delay(1000);\n}\n"
}
