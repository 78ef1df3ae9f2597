//! Prints statements and expressions in C99.

use super::super::tree::{Each, Expr, Op, Pairs, Segment, Stmt, Type};
use std::fmt::Write;

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

pub fn float(value: f32) -> String {
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

/// Statements as text.
pub struct Printer {
    pub text: String,
    /// How deep blocks are nested.
    pub depth: usize,
    /// Loops so far, for names.
    pub loops: usize,
}

impl Printer {
    pub fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{:1$}{line}", "", 4 * self.depth);
    }

    pub fn statements(&mut self, statements: &[Stmt]) {
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
        let start = |segment: &Segment| match segment.from {
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
