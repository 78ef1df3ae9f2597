//! Tracks from tables with a row for each frame of each track, as TrackMate, trackpy, btrack and ImageJ write them.
//!
//! The delimiter is a comma, a semicolon or a tab. Rows without a track, and lines of further headers at the top, are
//! skipped. A row without an intensity is a gap, as a missing row is.

mod columns;

use super::track::{Channel, Track, filled};
use crate::file::{self, Budget, Kind, Lines, Opened};
use crate::{Error, Result};
use columns::Found;
use csv::{ByteRecord, ReaderBuilder};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Seek};
use std::path::Path;

pub use columns::Columns;

/// The most lines with further headers. TrackMate writes the names of columns twice more, and their units.
const MORE_HEADERS: usize = 3;

/// What stands for a missing value.
const MISSING: [&str; 5] = ["", "nan", "none", "na", "null"];

/// Memory of a track without its rows.
const TRACK_BYTES: u64 = 256;

/// The rows of a track in the order of the file.
struct Rows {
    name: String,
    rows: Vec<Row>,
    label: Option<String>,
    /// Whether rows have different labels.
    is_ambiguous: bool,
}

struct Row {
    frame: i64,
    intensities: [f64; 2],
}

/// Reads the tracks of a table.
pub fn read(path: &Path, columns: &Columns, max_gap: usize) -> Result<Vec<Track>> {
    let file = path.display().to_string();
    let Opened { file: mut opened, bytes } = file::open(path, Kind::Table)?;
    let bad = |field: &str, why: &dyn std::fmt::Display| Error::input(&file, field, why);
    let mut first = Vec::new();
    BufReader::new(Lines::new(&opened)).read_until(b'\n', &mut first).map_err(|why| bad("line 1", &why))?;
    opened.rewind().map_err(|why| bad("file", &why))?;
    let delimiter = delimiter(&first);
    let mut reader = ReaderBuilder::new().delimiter(delimiter).from_reader(Lines::new(opened));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    let header: Vec<String> = reader.byte_headers().map_err(|why| bad("line 1", &why))?.iter().map(text).collect();
    let found = columns.find(&file, &header)?;
    let numbers = Numbers { file: &file, header: &header, decimal_comma: delimiter != b',' };
    let mut budget = Budget::of(bytes);
    let mut take = |bytes: u64| {
        budget.take(bytes).map_err(|why| bad("rows", &format_args!("{why}: split the table into several files")))
    };
    let mut tracks: Vec<Rows> = Vec::new();
    let mut numbered = HashMap::new();
    let mut record = ByteRecord::new();
    let mut headers = 0..MORE_HEADERS;
    let unread = |why: csv::Error| match why.kind() {
        csv::ErrorKind::UnequalLengths { .. } => bad("table", &format_args!("{why}: correct the line, or delete it")),
        _ => bad("table", &why),
    };
    while reader.read_byte_record(&mut record).map_err(unread)? {
        let line = record.position().map_or(0, csv::Position::line);
        let frame = text(&record[found.frame]);
        if tracks.is_empty() && numbers.parse(&frame).is_none() && headers.next().is_some() {
            continue;
        }
        let name = text(&record[found.track]);
        if is_missing(&name) {
            continue;
        }
        let row = numbers.row(&record, &found, line)?;
        take(size_of::<Row>() as u64)?;
        let at = match numbered.get(&name) {
            Some(&at) => at,
            None => {
                take(TRACK_BYTES + 2 * name.len() as u64)?;
                tracks.push(Rows { name: name.clone(), rows: Vec::new(), label: None, is_ambiguous: false });
                numbered.insert(name, tracks.len() - 1);
                tracks.len() - 1
            }
        };
        let track = &mut tracks[at];
        track.rows.push(row);
        let label = found.label.map(|label| text(&record[label])).filter(|label| !is_missing(label));
        if let Some(label) = label {
            match &track.label {
                Some(first) => track.is_ambiguous |= *first != label,
                None => {
                    take(label.len() as u64)?;
                    track.label = Some(label);
                }
            }
        }
    }
    if tracks.is_empty() {
        return Err(bad("rows", &"at least one row with a track; it has none: name a table of tracked spots"));
    }
    let names: Vec<&str> = found.intensities.iter().map(|&column| header[column].as_str()).collect();
    let track = |rows: Rows| {
        // Each channel has an intensity and a flag for each frame.
        take(rows.frames(max_gap).saturating_mul(9 * names.len() as u64 + 8))?;
        Ok(rows.track(&names, max_gap))
    };
    tracks.into_iter().map(track).collect()
}

/// The delimiter that occurs most often in the header.
fn delimiter(header: &[u8]) -> u8 {
    let count = |delimiter: &u8| header.iter().filter(|&byte| byte == delimiter).count();
    // Of equal counts the last one is taken.
    b"\t;,".iter().copied().max_by_key(count).unwrap_or(b',')
}

fn is_missing(text: &str) -> bool {
    MISSING.iter().any(|missing| text.eq_ignore_ascii_case(missing))
}

/// Reads numbers in the cells of a table.
struct Numbers<'t> {
    file: &'t str,
    header: &'t [String],
    /// Whether numbers may have a comma before the decimals.
    decimal_comma: bool,
}

impl Numbers<'_> {
    fn parse(&self, text: &str) -> Option<f64> {
        text.parse().ok().or_else(|| text.replace(',', ".").parse().ok().filter(|_| self.decimal_comma))
    }

    fn row(&self, record: &ByteRecord, found: &Found, line: u64) -> Result<Row> {
        let cell = |column: usize| String::from_utf8_lossy(&record[column]).trim().to_owned();
        let bad = |column: usize, must: &str| {
            let bound = format_args!("{must}; line {line} has {}: correct the line, or delete it", cell(column));
            Error::input(self.file, &self.header[column], bound)
        };
        // Larger numbers are not whole in f64.
        let whole = |frame: &f64| frame.fract() == 0.0 && frame.abs() < (1_u64 << 53) as f64;
        let frame = self.parse(&cell(found.frame)).filter(whole);
        let frame = frame.ok_or_else(|| bad(found.frame, "the number of the frame, a whole number"))? as i64;
        let mut intensities = [f64::NAN; 2];
        for (intensity, &column) in intensities.iter_mut().zip(&found.intensities) {
            let text = cell(column);
            if !is_missing(&text) {
                *intensity = self.parse(&text).ok_or_else(|| bad(column, "a number in every line"))?;
            }
        }
        Ok(Row { frame, intensities })
    }
}

impl Rows {
    /// The most frames that the track may have, with gaps that are not too long.
    fn frames(&self, max_gap: usize) -> u64 {
        let frames = || self.rows.iter().map(|row| row.frame);
        let span = frames().max().zip(frames().min()).map_or(0, |(last, first)| last.abs_diff(first) + 1);
        span.min((self.rows.len() as u64).saturating_mul(max_gap as u64 + 1))
    }

    fn track(mut self, names: &[&str], max_gap: usize) -> Track {
        self.rows.sort_by_key(|row| row.frame);
        let track = Track { label: self.label.take(), ..Track::new(&self.name) };
        match self.channels(names, max_gap) {
            Ok(channels) => Track { channels, ..track },
            Err(why) => Track { unusable: Some(why), ..track },
        }
    }

    fn channels(&self, names: &[&str], max_gap: usize) -> std::result::Result<Vec<Channel>, String> {
        if self.is_ambiguous {
            return Err("its rows have different labels".into());
        }
        if let Some(pair) = self.rows.windows(2).find(|pair| pair[0].frame == pair[1].frame) {
            let frame = pair[0].frame;
            return Err(format!("it has several spots in frame {frame}, as where tracks merge or split"));
        }
        let channel = |(k, name): (usize, &&str)| {
            let points = || self.rows.iter().map(|row| (row.frame, row.intensities[k]));
            let ends = [points().next(), points().next_back()];
            if let Some((frame, _)) = ends.into_iter().flatten().find(|(_, value)| !value.is_finite()) {
                return Err(format!("{name} has no value in frame {frame}, where the track starts or ends"));
            }
            let values = filled(points().filter(|(_, value)| value.is_finite()), max_gap)?;
            Ok(Channel::detected(name, values))
        };
        names.iter().enumerate().map(channel).collect()
    }
}

#[cfg(test)]
mod tests;
