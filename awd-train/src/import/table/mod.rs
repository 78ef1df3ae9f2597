//! Tracks from tables with a row for each frame of each track, as TrackMate, trackpy, btrack and ImageJ write them.
//!
//! The table may be in any dialect that sets may be in (`data::text`). Its first row is the header. Rows without a track,
//! and lines of further headers at the top, are skipped. A row without an intensity is a gap, as a missing row is.

mod columns;

use super::track::{Channel, Track, filled};
use crate::data;
use crate::file::Budget;
use crate::{Error, Result};
use columns::Found;
use std::collections::HashMap;
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
    let source = data::text::Source::open(path)?;
    let mut budget = Budget::of(source.bytes);
    let mut table = Table::open(source, columns)?;
    let file = table.cells.file.clone();
    let bad = |why: &dyn std::fmt::Display| Error::input(&file, "rows", why);
    let mut take =
        |bytes: u64| budget.take(bytes).map_err(|why| bad(&format_args!("{why}: split the table into several files")));
    let mut tracks: Vec<Rows> = Vec::new();
    let mut numbered = HashMap::new();
    while let Some(name) = table.next_spot()? {
        let row = table.spot()?;
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
        if let Some(label) = table.label() {
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
        return Err(bad(&"at least one row with a track; it has none: name a table of tracked spots"));
    }
    let names: Vec<&str> = table.found.intensities.iter().map(|&column| table.header[column].as_str()).collect();
    let track = |rows: Rows| {
        // Each channel has an intensity and a flag for each frame.
        take(rows.frames(max_gap).saturating_mul(9 * names.len() as u64 + 8))?;
        Ok(rows.track(&names, max_gap))
    };
    tracks.into_iter().map(track).collect()
}

fn is_missing(text: &str) -> bool {
    MISSING.iter().any(|missing| text.eq_ignore_ascii_case(missing))
}

/// A table of which the rows are being read.
struct Table {
    cells: data::text::Rows,
    header: Vec<String>,
    found: Found,
    /// How many rows at the top may be further headers.
    more_headers: usize,
}

impl Table {
    fn open(source: data::text::Source, columns: &Columns) -> Result<Self> {
        let cells = data::text::Rows::new(source, true)?;
        let header = cells.dialect.header.clone().unwrap_or_default();
        let found = columns.find(&cells.file, &header)?;
        Ok(Self { cells, header, found, more_headers: MORE_HEADERS })
    }

    /// Goes to the next row that has a track, and returns the name of the track.
    fn next_spot(&mut self) -> Result<Option<String>> {
        while self.cells.next()? {
            if self.more_headers > 0 && self.cells.parse(self.found.frame).is_none() {
                self.more_headers -= 1;
                continue;
            }
            let name = self.cells.text(self.found.track);
            if !is_missing(&name) {
                let name = name.into_owned();
                self.more_headers = 0;
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn label(&self) -> Option<String> {
        self.found.label.map(|label| self.cells.text(label).into_owned()).filter(|label| !is_missing(label))
    }

    fn spot(&self) -> Result<Row> {
        // Larger numbers are not whole in f64.
        let whole = |frame: &f64| frame.fract() == 0.0 && frame.abs() < (1_u64 << 53) as f64;
        let frame = self.cells.parse(self.found.frame).filter(whole);
        let frame = frame.ok_or_else(|| self.bad(self.found.frame, "the number of the frame, a whole number"))? as i64;
        let mut intensities = [f64::NAN; 2];
        for (intensity, &column) in intensities.iter_mut().zip(&self.found.intensities) {
            if !is_missing(&self.cells.text(column)) {
                *intensity = self.cells.parse(column).ok_or_else(|| self.bad(column, "a number in every line"))?;
            }
        }
        Ok(Row { frame, intensities })
    }

    fn bad(&self, column: usize, must: &str) -> Error {
        let (line, cell) = (self.cells.line, self.cells.text(column));
        let bound = format_args!("{must}; line {line} has {cell}: correct the line, or delete it");
        Error::input(&self.cells.file, &self.header[column], bound)
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
