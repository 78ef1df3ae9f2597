//! Prints statements and expressions in Rust.

use super::super::tree::{Each, Expr, Op, Pairs, Segment, Stmt, Type};
use std::fmt::Write;

const fn named(of: Type) -> &'static str {
    match of {
        Type::Float => "f32",
        Type::Short => "i16",
        Type::Int => "i32",
        Type::Count => "u32",
        Type::Long => "u64",
    }
}

/// The zero of a type.
const fn zero(of: Type) -> &'static str {
    match of {
        Type::Float => "0.0_f32",
        Type::Short => "0_i16",
        Type::Int => "0_i32",
        Type::Count => "0_u32",
        Type::Long => "0_u64",
    }
}

pub fn float(value: f32) -> String {
    if value.is_sign_negative() { format!("({value:?}_f32)") } else { format!("{value:?}_f32") }
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
            let text = format!("if {condition} {{ {then} }} else {{ {otherwise} }}");
            if outer > 0 { format!("({text})") } else { text }
        }
        Expr::As(to, of) => {
            let text = format!("{} as {}", bound(of, 9), named(*to));
            if outer > 0 { format!("({text})") } else { text }
        }
        Expr::Binary(a, op, b) => {
            let (sign, strength) = op.text();
            let left = if *op == Op::NotEqual { strength + 1 } else { strength };
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
            Stmt::Comment(words) => self.line(&format!("// {words}")),
            Stmt::Let(of, name, is) => self.line(&format!("let {name}: {} = {};", named(*of), expr(is))),
            Stmt::Var(of, name, is) => self.line(&format!("let mut {name}: {} = {};", named(*of), expr(is))),
            Stmt::Set(name, is) => self.line(&format!("{name} = {};", expr(is))),
            Stmt::Array(of, name, len) => self.line(&format!("let mut {name} = [{}; {len}];", zero(*of))),
            Stmt::Store(array, index, is) => self.line(&format!("{array}[{index}] = {};", expr(is))),
            Stmt::If(condition, then, otherwise) => {
                self.line(&format!("if {} {{", expr(condition)));
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

    /// Widens elements of arrays that are read, as values have 32 bits.
    fn widen<'n>(&mut self, element: Type, names: impl Iterator<Item = &'n String>) {
        if element == Type::Short {
            names.for_each(|name| self.line(&format!("let {name} = i32::from({name});")));
        }
    }

    fn pairs(&mut self, Pairs { element, segments, names, body, outputs, later }: &Pairs) {
        let turns: usize = segments.iter().map(|segment| segment.turns).sum();
        let part = |Segment { array, from, turns }: &Segment| format!("{array}[{from}..{}]", from + 2 * turns);
        for (i, output) in outputs.iter().enumerate() {
            let (array, from, each) = (&output.array, output.from, output.values.len());
            let part = format!("{array}[{from}..{}]", from + each * turns);
            let elements = if each == 1 { part + ".iter_mut()" } else { part + ".as_chunks_mut::<2>().0.iter_mut()" };
            self.line(&format!("let mut to{i} = {elements};"));
        }
        let mut from = match &segments[..] {
            [segment] => part(segment),
            _ => {
                let parts: Vec<String> = segments.iter().map(|segment| format!("&{}", part(segment))).collect();
                self.line(&format!("for segment in [{}] {{", parts.join(", ")));
                self.depth += 1;
                "segment".into()
            }
        } + ".as_chunks::<2>().0.iter()";
        let places = names.each_ref().map(|name| name.as_deref().unwrap_or("_"));
        let mut pattern = format!("&[{}]", places.join(", "));
        for (i, output) in outputs.iter().enumerate() {
            from += &format!(".zip(to{i}.by_ref())");
            let places = if output.values.len() == 1 { format!("place{i}") } else { format!("[place{i}, second{i}]") };
            pattern = format!("({pattern}, {places})");
        }
        self.line(&format!("for {pattern} in {from} {{"));
        self.depth += 1;
        self.widen(*element, names.iter().flatten());
        self.statements(body);
        let narrow = if *element == Type::Short { " as i16" } else { "" };
        for (i, output) in outputs.iter().enumerate() {
            for (value, place) in output.values.iter().zip(["place", "second"]) {
                self.line(&format!("*{place}{i} = {}{narrow};", bound(value, if narrow.is_empty() { 0 } else { 9 })));
            }
        }
        self.statements(later);
        self.depth -= 1;
        self.line("}");
        if segments.len() > 1 {
            self.depth -= 1;
            self.line("}");
        }
    }

    fn each(&mut self, Each { element, array, from, turns, name, later, body }: &Each) {
        let part = |from: usize| format!("{array}[{from}..{}]", from + turns);
        match later {
            None => self.line(&format!("for &{name} in &{} {{", part(*from))),
            Some((lag, next)) => {
                let later = part(from + lag);
                self.line(&format!("for (&{name}, &{next}) in {}.iter().zip(&{later}) {{", part(*from)));
            }
        }
        self.depth += 1;
        self.widen(*element, [name].into_iter().chain(later.iter().map(|(_, next)| next)));
        self.statements(body);
        self.depth -= 1;
        self.line("}");
    }
}
