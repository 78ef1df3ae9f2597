//! Reads the `.ts` files of the time series archive: `@` lines, `@data`, then one window a line: samples separated by
//! commas, channels by colons, and the class after the last colon.

use super::source::{Source, begins};
use crate::data::bounds::check_length;
use crate::data::classes::RawTargets;
use crate::data::label::Label;
use crate::data::options::ReadOptions;
use crate::data::unsplit::{Split, Unsplit};
use crate::{Error, Result};
use ndarray::Array2;

pub fn read(mut source: Source, options: &ReadOptions) -> Result<Unsplit> {
    let file = source.file.clone();
    let (mut data, mut regression) = (false, false);
    let (mut x, mut labels): (Vec<f32>, Vec<String>) = (Vec::new(), Vec::new());
    let mut channels_and_samples = None;
    while let Some(row) = source.line()? {
        let bad = |bound: String| Error::input(&file, format_args!("line {}", source.line), bound);
        if !data {
            let mut words = row.split_ascii_whitespace();
            let (first, second) = (words.next().unwrap_or_default(), words.next());
            let is_true = second.is_some_and(|word| word.eq_ignore_ascii_case("true"));
            match first {
                word if begins(word, "@data") => data = true,
                word if begins(word, "@timestamps") && is_true => {
                    return Err(bad(
                        "samples without time stamps: resample the series evenly and write @timeStamps false".into(),
                    ));
                }
                word if begins(word, "@targetlabel") => regression = is_true,
                word if begins(word, "@classlabel") && !is_true => {
                    return Err(bad("@classLabel true: without classes there is nothing to predict".into()));
                }
                word if word.starts_with('@') => (),
                _ => return Err(bad("a line that begins with @, before @data".into())),
            }
            continue;
        }
        let mut parts: Vec<&str> = row.split(':').collect();
        let label = parts.pop().unwrap_or_default().trim();
        if parts.is_empty() {
            return Err(bad("samples, a colon and the class; it has no colon".into()));
        }
        let channel = match (options.channel, parts.len()) {
            (None, 1) => 0,
            (Some(channel), count) if channel < count => channel,
            (None, count) => {
                return Err(bad(format!(
                    "one channel; it has {count}: choose a channel from 0 to {} (channel)",
                    count - 1
                )));
            }
            (Some(channel), count) => return Err(bad(format!("channels below {count}; asked for channel {channel}"))),
        };
        let before = x.len();
        for (at, cell) in parts[channel].split(',').enumerate() {
            let cell = cell.trim();
            #[expect(clippy::cast_possible_truncation, reason = "samples are f32 on the instrument")]
            let sample = cell.parse::<f64>().map_err(|_| {
                bad(format!("numbers; sample {at} is {cell}: fill in missing samples, or delete the line"))
            })? as f32;
            x.push(sample);
        }
        let shape = [parts.len(), x.len() - before];
        let first = *channels_and_samples.get_or_insert(shape);
        if shape != first {
            return Err(bad(format!(
                "{} samples in each of {} channels, like the first window; it has {} in {}: pad or cut windows to one length",
                first[1], first[0], shape[1], shape[0]
            )));
        }
        if matches!(label, "" | "?") {
            return Err(bad("a class after the last colon; it is missing".into()));
        }
        labels.push(label.to_owned());
    }
    let Some([channels, samples]) = channels_and_samples else {
        return Err(Error::input(&file, "@data", "at least one window after it; there is none"));
    };
    check_length(&file, "x_train", samples)?;
    let targets = if regression {
        let value = |(window, label): (usize, String)| {
            label.parse().map_err(|_| Error::input(&file, "y", format_args!("numbers; window {window} has {label}")))
        };
        RawTargets::Floats(labels.into_iter().enumerate().map(value).collect::<Result<_>>()?)
    } else {
        RawTargets::Labels(labels.iter().map(|label| Label::of_text(label)).collect())
    };
    let note = options.channel.filter(|_| channels > 1);
    Ok(Unsplit {
        x: Array2::from_shape_vec((x.len() / samples, samples), x).expect("windows of one length"),
        file,
        names: ["x", "y"],
        rows: 1,
        targets,
        split: Split::Draw,
        groups: None,
        notes: note
            .map(|channel| format!("Windows have {channels} channels; channel {channel} is used."))
            .into_iter()
            .collect(),
    })
}
