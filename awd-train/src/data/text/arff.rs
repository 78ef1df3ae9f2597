//! Reads Weka's `.arff`: `@attribute` lines, `@data`, then one window a line. The class is the last attribute, or the
//! only one that is not numeric.

use super::dialect::{Delimiter, split};
use super::source::{Source, begins};
use crate::data::bounds::check_length;
use crate::data::classes::RawTargets;
use crate::data::label::Label;
use crate::data::options::ReadOptions;
use crate::data::unsplit::{Split, Unsplit};
use crate::{Error, Result};
use ndarray::Array2;

/// An attribute: its name, and whether it is numeric.
struct Attribute {
    name: String,
    numeric: bool,
}

pub fn read(mut source: Source, options: &ReadOptions) -> Result<Unsplit> {
    let file = source.file.clone();
    let mut data = false;
    let mut attributes: Vec<Attribute> = Vec::new();
    let mut target = None;
    let (mut x, mut labels): (Vec<f32>, Vec<String>) = (Vec::new(), Vec::new());
    while let Some(row) = source.line()? {
        let bad = |bound: String| Error::input(&file, format_args!("line {}", source.line), bound);
        if !data {
            if begins(&row, "@attribute") {
                attributes.push(attribute(&row).map_err(bad)?);
            } else if begins(&row, "@data") {
                data = true;
                target = Some(target_of(&attributes, options).map_err(bad)?);
            } else if !begins(&row, "@relation") {
                return Err(bad("@relation, @attribute or @data".into()));
            }
            continue;
        }
        if row.starts_with('{') {
            return Err(bad("a value for each attribute; this is Weka's sparse form: save it in the dense one".into()));
        }
        let target = target.unwrap_or(0);
        let cells = split(Delimiter::Byte(b','), &row.replace('\'', "\""));
        if cells.len() != attributes.len() {
            return Err(bad(format!("{} values, one for each attribute; it has {}", attributes.len(), cells.len())));
        }
        for (at, (cell, attribute)) in cells.iter().zip(&attributes).enumerate() {
            if at == target {
                if matches!(cell.as_str(), "?" | "") {
                    return Err(bad(format!("a value of {}; it is missing: delete the line", attribute.name)));
                }
                labels.push(cell.clone());
                continue;
            }
            #[expect(clippy::cast_possible_truncation, reason = "samples are f32 on the instrument")]
            let sample = cell.parse::<f64>().map_err(|_| {
                bad(format!("numbers; {} is {cell}: fill in missing samples, or delete the line", attribute.name))
            })? as f32;
            x.push(sample);
        }
    }
    let Some(target) = target.filter(|_| !labels.is_empty()) else {
        return Err(Error::input(&file, "@data", "at least one window after it; there is none"));
    };
    let samples = attributes.len() - 1;
    check_length(&file, "x_train", samples)?;
    let numbers = || labels.iter().map(|label| label.parse().ok()).collect::<Option<Vec<f64>>>();
    let floats = if attributes[target].numeric { numbers() } else { None };
    let targets = floats.map_or_else(
        || RawTargets::Labels(labels.iter().map(|label| Label::of_text(label)).collect()),
        RawTargets::Floats,
    );
    Ok(Unsplit {
        x: Array2::from_shape_vec((labels.len(), samples), x).expect("a sample for each attribute"),
        file,
        names: ["x", "y"],
        rows: 1,
        targets,
        split: Split::Draw,
        groups: None,
        notes: Vec::new(),
    })
}

/// Reads `@attribute name type`. The name may be in quotes.
fn attribute(row: &str) -> std::result::Result<Attribute, String> {
    let rest = row["@attribute".len()..].trim();
    let (name, kind) = match rest.chars().next() {
        Some(quote @ ('\'' | '"')) => rest[1..].split_once(quote),
        _ => rest.split_once(char::is_whitespace),
    }
    .ok_or("@attribute, a name and a type")?;
    let kind = kind.trim().to_ascii_lowercase();
    if kind.starts_with("relational") || kind.starts_with("date") {
        return Err(format!("numeric or nominal attributes; {name} is {kind}: export one channel, as numbers"));
    }
    let numeric = ["numeric", "real", "integer"].iter().any(|word| kind.starts_with(word));
    Ok(Attribute { name: name.trim().to_owned(), numeric })
}

/// The attribute that is predicted.
fn target_of(attributes: &[Attribute], options: &ReadOptions) -> std::result::Result<usize, String> {
    let by_name = |name: &str| attributes.iter().position(|attribute| attribute.name.eq_ignore_ascii_case(name));
    if let Some(name) = &options.target {
        return by_name(name).ok_or_else(|| format!("an attribute {name}; there is none"));
    }
    let nominal: Vec<usize> = (0..attributes.len()).filter(|&at| !attributes[at].numeric).collect();
    match nominal[..] {
        [] if attributes.len() > 2 => Ok(attributes.len() - 1),
        [at] if attributes.len() > 2 => Ok(at),
        [] | [_] => Err("at least two samples and a class among the attributes".into()),
        _ => Err(format!("one nominal attribute, the class; there are {}", nominal.len())),
    }
}
