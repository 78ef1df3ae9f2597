//! A data set that can be written in many forms of text.

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::io::Write;

/// Windows with as many decimals as every form can hold, and the class of each.
#[derive(Debug, Clone)]
pub struct Set {
    pub x: Vec<Vec<f32>>,
    pub labels: Vec<String>,
}

/// The names of classes of one kind, ascending as the reader orders them.
fn names() -> impl Strategy<Value = Vec<String>> {
    let of = |names: &[&str]| Just(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    prop_oneof![
        of(&["0", "1"]),
        of(&["1", "2", "3"]),
        of(&["-1", "1"]),
        of(&["2", "9", "10"]),
        of(&["abnormal", "normal"]),
        of(&["a b", "c", "µ"]),
    ]
}

pub fn set() -> impl Strategy<Value = Set> {
    (names(), 20..40_usize, 3..9_usize).prop_flat_map(|(names, n, window)| {
        let quarters = prop::collection::vec(prop::collection::vec(-400..400_i16, window), n);
        (Just(names), quarters).prop_map(|(names, quarters)| Set {
            labels: (0..quarters.len()).map(|i| names[i % names.len()].clone()).collect(),
            // Multiples of 1/8 are exact in 16 bits, too. The last sample is never whole, so it is no label.
            x: (quarters.iter())
                .map(|row| row.iter().map(|&q| f32::from(q) / 8.0 + if q % 8 == 0 { 0.125 } else { 0.0 }).collect())
                .collect(),
        })
    })
}

/// How a table is written.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    pub delimiter: &'static str,
    pub comma: bool,
    pub header: Header,
    pub ends: &'static str,
    pub quotes: bool,
    pub around: Around,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Header {
    X,
    Numbers,
    Commented,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Around {
    Nothing,
    CommentAndBlank,
    ByteOrderMark,
    Utf16,
    Gzip,
}

pub fn dialect() -> impl Strategy<Value = Dialect> {
    let headers = prop_oneof![Just(Header::X), Just(Header::Numbers), Just(Header::Commented), Just(Header::None)];
    let arounds = prop_oneof![
        Just(Around::Nothing),
        Just(Around::CommentAndBlank),
        Just(Around::ByteOrderMark),
        Just(Around::Utf16),
        Just(Around::Gzip),
    ];
    let delimiters = prop_oneof![Just(","), Just(";"), Just("\t"), Just("|"), Just(", "), Just("  ")];
    let ends = prop_oneof![Just("\n"), Just("\r\n")];
    (delimiters, any::<bool>(), headers, ends, any::<bool>(), arounds).prop_map(
        |(delimiter, comma, header, ends, quotes, around)| Dialect {
            delimiter,
            // A comma cannot be both.
            comma: comma && !delimiter.contains(','),
            header,
            ends,
            quotes: quotes && delimiter != "  ",
            around,
        },
    )
}

impl Set {
    pub fn window(&self) -> usize {
        self.x[0].len()
    }

    /// The table in a dialect.
    pub fn table(&self, dialect: &Dialect) -> Vec<u8> {
        let Dialect { delimiter, comma, header, ends, quotes, around } = *dialect;
        let quoted = |text: String| if quotes { format!("\"{text}\"") } else { text };
        let mut text = String::new();
        if around == Around::CommentAndBlank {
            let _ = write!(text, "# logger 2{ends}{ends}");
        }
        let first = |name: &dyn Fn(usize) -> String| {
            (0..self.window()).map(name).chain(["label".into()]).collect::<Vec<_>>().join(delimiter)
        };
        match header {
            Header::X => text += &(first(&|k| format!("x{k}")) + ends),
            Header::Numbers => text += &(first(&|k| k.to_string()) + ends),
            Header::Commented => text += &format!("# {}{ends}", first(&|k| format!("x{k}"))),
            Header::None => (),
        }
        for (x, label) in self.x.iter().zip(&self.labels) {
            let number = |x: &f32| if comma { x.to_string().replace('.', ",") } else { x.to_string() };
            let row: Vec<String> = x.iter().map(number).chain([quoted(label.clone())]).collect();
            text += &(row.join(delimiter) + ends);
        }
        if around == Around::CommentAndBlank {
            text += &format!("  {ends}{ends}");
        }
        match around {
            Around::ByteOrderMark => format!("\u{feff}{text}").into_bytes(),
            Around::Utf16 => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Around::Gzip => {
                let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
                packed.write_all(text.as_bytes()).unwrap();
                packed.finish().unwrap()
            }
            _ => text.into_bytes(),
        }
    }

    /// The plain form.
    pub fn plain(&self) -> Vec<u8> {
        let (header, around) = (Header::X, Around::Nothing);
        self.table(&Dialect { delimiter: ",", comma: false, header, ends: "\n", quotes: false, around })
    }

    pub fn ts(&self) -> String {
        let mut text = String::from(
            "# a comment\n@problemName toy\n@timeStamps false\n@univariate true\n@classLabel true a b\n@data\n",
        );
        for (x, label) in self.x.iter().zip(&self.labels) {
            let samples: Vec<String> = x.iter().map(f32::to_string).collect();
            let _ = writeln!(text, "{}:{label}", samples.join(","));
        }
        text
    }

    pub fn arff(&self) -> String {
        let mut text = String::from("% a comment\n@relation toy\n");
        (0..self.window()).for_each(|k| _ = writeln!(text, "@attribute att{k} numeric"));
        text += "@attribute target {a,b}\n\n@data\n";
        for (x, label) in self.x.iter().zip(&self.labels) {
            let samples: Vec<String> = x.iter().map(f32::to_string).collect();
            let _ = writeln!(text, "{},'{label}'", samples.join(","));
        }
        text
    }
}
