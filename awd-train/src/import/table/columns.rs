//! The columns of a table of tracks, by the names that tracking programs give them.

use crate::suggest::did_you_mean;
use crate::{Error, Next, Result};

/// The names of columns. `None` for those that tracking programs write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// The track of a row.
    pub track: Option<String>,
    /// The frame of a row, a whole number.
    pub frame: Option<String>,
    /// The intensity of the spot in this frame.
    pub intensity: Option<String>,
    /// The intensity in a second channel, for the label.
    pub label_channel: Option<String>,
    /// The label, the same in all rows of a track.
    pub label: Option<String>,
}

/// Names of columns in lower case, without characters other than letters and digits. Of several the first is taken.
const TRACK: &[&str] = &["trackid", "track", "particle", "trackn", "trackno", "tracknumber", "tid", "id"];
const FRAME: &[&str] = &["frame", "framenumber", "slice", "slicen", "sliceno", "t"];
const INTENSITY: &[&str] = &[
    "meanintensitych1",
    "meanintensity",
    "intensitymean",
    "totalintensitych1",
    "totalintensity",
    "mass",
    "signal",
    "intensity",
    "mean",
    "rawintden",
    "intden",
    "pixelvalue",
    "ival",
];

/// The same of a second channel.
const SECOND: &[&str] = &["meanintensitych2", "meanintensity2", "intensitymean2", "totalintensitych2"];

/// The columns of a table, by their index and name.
#[derive(Debug)]
pub struct Found {
    pub track: usize,
    pub frame: usize,
    pub intensities: Vec<usize>,
    pub label: Option<usize>,
}

impl Columns {
    /// Finds the columns in a header.
    pub fn find(&self, file: &str, header: &[String]) -> Result<Found> {
        let column = |what: &str, named: Option<&String>, known: &[&str]| {
            let there = || header.join(", ");
            if let Some(name) = named {
                let exact = header.iter().position(|column| column == name);
                let found = exact.or_else(|| header.iter().position(|column| plain(column) == plain(name)));
                return found.map(Some).ok_or_else(|| {
                    let bound = format_args!("missing; columns are {}{}", there(), did_you_mean(name, header));
                    Error::input(file, name, bound)
                });
            }
            let found = known.iter().find_map(|known| header.iter().position(|column| plain(column) == *known));
            if found.is_none() && !known.is_empty() && what != "label channel" {
                let bound = format_args!(
                    "a column for the {what} of each row, with a known name; columns are {}: name the one for the {what}",
                    there()
                );
                return Err(Error::input(file, "header", bound));
            }
            Ok(found)
        };
        let track = column("track", self.track.as_ref(), TRACK)?;
        let frame = column("frame", self.frame.as_ref(), FRAME)?;
        let intensity = column("intensity", self.intensity.as_ref(), INTENSITY)?;
        let label = column("label", self.label.as_ref(), &[])?;
        // Another label is used instead of a second channel.
        let known: &[&str] = if label.is_some() { &[] } else { SECOND };
        let second = column("label channel", self.label_channel.as_ref(), known)?;
        if label.is_none() && second.is_none() {
            let bound = format_args!(
                "a target: the intensity in a second channel, or a label of each track; columns are {}",
                header.join(", ")
            );
            return Err(Error::input(file, "labels", bound).then(Next::LabelTable));
        }
        let intensities: Vec<usize> = intensity.into_iter().chain(second).collect();
        let [Some(track), Some(frame)] = [track, frame] else { unreachable!("a missing column is an error") };
        Ok(Found { track, frame, intensities, label })
    }
}

/// A name in lower case, letters and digits only.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(columns: &Columns, header: &[&str]) -> Result<[usize; 3]> {
        let header: Vec<String> = header.iter().map(|&name| name.into()).collect();
        let columns = Columns { label: Some("y".into()), ..columns.clone() };
        columns.find("t.csv", &header).map(|found| [found.track, found.frame, found.intensities[0]])
    }

    #[test]
    fn columns_of_tracking_programs_are_known() {
        for (header, found) in [
            (&["y", "ID", "TRACK_ID", "POSITION_T", "FRAME", "MEAN_INTENSITY_CH1"][..], [2, 4, 5]),
            (&["y", "x", "mass", "size", "signal", "frame", "particle"], [6, 5, 2]),
            (&["ID", "t", "x", "y", "intensity"], [0, 1, 4]),
            (&[" ", "Area", "Mean", "Slice", "Track", "y"], [4, 3, 2]),
            (&["Track n°", "Slice n°", "X", "y", "Pixel Value"], [0, 1, 4]),
        ] {
            assert_eq!(find(&Columns::default(), header).unwrap(), found, "{header:?}");
        }
    }

    #[test]
    fn a_missing_column_is_named() {
        let why = |columns: &Columns, header: &[&str]| find(columns, header).unwrap_err().to_string();
        let known = Columns::default();
        assert!(why(&known, &["y", "frame", "mass"]).contains("a column for the track of each row"));
        let named = Columns { intensity: Some("mas".into()), ..known.clone() };
        let why = why(&named, &["y", "frame", "particle", "mass"]);
        assert!(why.contains("mas: missing; columns are y, frame") && why.ends_with("did you mean mass?"), "{why}");
        let header = ["track", "frame", "mass"].map(String::from);
        let none = known.find("t.csv", &header).unwrap_err().to_string();
        assert!(none.contains("t.csv: labels: a target"), "{none}");
        let header = ["TRACK_ID", "FRAME", "MEAN_INTENSITY_CH1", "MEAN_INTENSITY_CH2"].map(String::from);
        assert_eq!(known.find("t.csv", &header).unwrap().intensities, [2, 3]);
    }
}
