use super::*;
use proptest::prelude::*;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;

/// A track as it is in a table: a frame, an intensity and a second one for each row.
type Spots = Vec<(i64, f64, f64)>;

/// A program that writes tables: its header, further headers, its delimiter, and a row.
struct Program {
    header: &'static str,
    more: &'static str,
    row: fn(usize, &(i64, f64, f64)) -> String,
    second: Option<&'static str>,
}

const PROGRAMS: [Program; 5] = [
    Program {
        header: "LABEL,ID,TRACK_ID,POSITION_T,FRAME,MEAN_INTENSITY_CH1,MEAN_INTENSITY_CH2",
        more: "Label,Spot ID,Track ID,T,Frame,Mean ch1,Mean ch2\n\"A, b\",,,,,,\n,,,(sec),,(counts),(counts)\n",
        row: |track, (frame, own, second)| format!("ID9,9,{track},0.5,{frame},{own},{second}"),
        second: None,
    },
    Program {
        header: ",y,x,mass,signal,frame,particle",
        more: "",
        row: |track, (frame, own, second)| format!("3,0.1,0.2,{own},{second},{frame}.0,{track}"),
        second: Some("signal"),
    },
    Program {
        header: "ID,t,x,y,z,parent,intensity,green",
        more: "",
        row: |track, (frame, own, second)| format!("{track},{frame},1,2,0,{track},{own},{second}"),
        second: Some("green"),
    },
    Program {
        header: " \tArea\tMean\tSlice\tTrack\tRawIntDen",
        more: "",
        row: |track, (frame, own, second)| format!("1\t4\t{own}\t{frame}\t{track}\t{second}"),
        second: Some("rawintden"),
    },
    Program {
        header: "\u{feff}Track n°;Slice n°;Pixel Value;Other",
        more: "",
        row: |track, (frame, own, second)| format!("{track};{frame};{own};{second}").replace('.', ","),
        second: Some("Other"),
    },
];

fn read_text(text: &[u8], columns: &Columns, max_gap: usize) -> Result<Vec<Track>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    fs::write(&path, text).unwrap();
    read(&path, columns, max_gap)
}

fn spots() -> impl Strategy<Value = Spots> {
    let steps = prop::collection::vec((1..4_i64, -1e3..1e3, -1e3..1e3), 1..30);
    (-5..50_i64, steps).prop_map(|(start, steps)| {
        let frame = |frame: &mut i64, (step, own, second): (i64, f64, f64)| {
            *frame += step;
            Some((*frame, own, second))
        };
        steps.into_iter().scan(start, frame).collect()
    })
}

/// Every frame of a track, by linear interpolation.
fn every_frame(spots: &Spots, value: fn(&(i64, f64, f64)) -> f64) -> Vec<f64> {
    let (first, last) = (spots[0].0, spots[spots.len() - 1].0);
    let at = |frame: i64| {
        let after = spots.partition_point(|spot| spot.0 < frame);
        let end = &spots[after];
        if end.0 == frame {
            return value(end);
        }
        let start = &spots[after - 1];
        let share = (frame - start.0) as f64 / (end.0 - start.0) as f64;
        value(start) + (value(end) - value(start)) * share
    };
    (first..=last).map(at).collect()
}

/// The same text as other programs save it.
fn encoded(text: &str, encoding: u8) -> Vec<u8> {
    match encoding {
        0 => text.replace('\n', "\r\n").into_bytes(),
        1 => std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
        _ => {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(text.as_bytes()).unwrap();
            gzip.finish().unwrap()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn tables_of_all_programs_hold_the_same_tracks(tracks in prop::collection::vec(spots(), 1..8), order in any::<u64>(), encoding in 0..3_u8) {
        for Program { header, more, row, second } in PROGRAMS {
            let mut rows: Vec<String> = (0..).zip(&tracks).flat_map(|(k, spots)| spots.iter().map(move |spot| row(k, spot))).collect();
            // Rows may be in any order.
            let count = rows.len();
            rows.rotate_left(order as usize % count);
            let text = format!("{header}\n{more}{}\n", rows.join("\n"));
            let columns = Columns { label_channel: second.map(String::from), ..Columns::default() };
            let read = read_text(&encoded(&text, encoding), &columns, 2).unwrap();
            prop_assert_eq!(read.len(), tracks.len());
            for (number, spots) in tracks.iter().enumerate() {
                let track = read.iter().find(|track| track.name == number.to_string()).unwrap();
                prop_assert_eq!(&track.unusable, &None);
                let expected = [every_frame(spots, |spot| spot.1), every_frame(spots, |spot| spot.2)];
                for (channel, expected) in track.channels.iter().zip(expected) {
                    prop_assert_eq!(channel.seen.clone(), 0..expected.len());
                    let near = channel.intensity.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-9);
                    prop_assert!(near && channel.intensity.len() == expected.len(), "{:?} {:?}", channel, expected);
                }
            }
        }
    }

    #[test]
    fn damaged_tables_are_refused_or_read(
        tracks in prop::collection::vec(spots(), 1..4),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..9),
        cut in any::<prop::sample::Index>(),
    ) {
        for Program { header, more, row, second } in PROGRAMS {
            let rows: Vec<String> = (0..).zip(&tracks).flat_map(|(k, spots)| spots.iter().map(move |spot| row(k, spot))).collect();
            let mut text = format!("{header}\n{more}{}\n", rows.join("\n")).into_bytes();
            let columns = Columns { label_channel: second.map(String::from), ..Columns::default() };
            for (at, byte) in &changes {
                let at = at.index(text.len());
                text[at] = *byte;
            }
            text.truncate(cut.index(text.len()));
            if let Err(why) = read_text(&text, &columns, MAX_GAP) {
                let message = why.to_string();
                let is_plain = message.lines().count() == 1 && !message.contains(char::is_control);
                prop_assert!(why.exit_code() == 2 && message.contains("t.csv") && is_plain, "{}", message);
            }
        }
    }
}

const MAX_GAP: usize = crate::import::MAX_GAP;

/// Reads a table of the columns track, frame, mass and label.
fn labelled(rows: &str) -> Result<Vec<Track>> {
    let columns = Columns { label: Some("label".into()), ..Columns::default() };
    read_text(format!("track,frame,mass,label\n{rows}").as_bytes(), &columns, 3)
}

#[test]
fn tracks_that_cannot_be_used_have_a_reason() {
    let rows = "a,1,5,x\na,2,6,\nb,1,5,x\nb,2,5,y\nc,1,5,x\nc,6,5,x\nd,1,5,x\nd,1,6,x\ne,1,,x\ne,2,5,x\nf,1,5,\nNone,1,5,x\n,7,1,x\n";
    let tracks = labelled(rows).unwrap();
    let of = |name: &str| tracks.iter().find(|track| track.name == name).unwrap();
    assert_eq!(tracks.len(), 6);
    assert_eq!((of("a").label.as_deref(), of("a").channels[0].intensity.len()), (Some("x"), 2));
    assert_eq!((&of("f").label, &of("f").unusable), (&None, &None));
    for (name, why) in [
        ("b", "different labels"),
        ("c", "no value in 4 frames after frame 1, more than 3"),
        ("d", "several spots in frame 1"),
        ("e", "mass has no value in frame 1"),
    ] {
        assert!(of(name).unusable.as_ref().is_some_and(|found| found.contains(why)), "{name} {:?}", of(name));
    }
}

#[test]
fn errors_name_the_line_and_the_column() {
    for (rows, parts) in [
        ("a,1,5,x\na,1.5,5,x\n", ["frame", "line 3 has 1.5"]),
        ("a,1,5,x\na,2,high,x\n", ["mass", "line 3 has high"]),
        ("a,1,5,x\na,1e300,5,x\n", ["frame", "line 3 has 1e300"]),
        ("a,1,5,x\na,2,5\n", ["line 3: 4 cells", "delete it"]),
        ("", ["rows", "none"]),
        (",1,5,x\n", ["rows", "none"]),
    ] {
        let why = labelled(rows).unwrap_err().to_string();
        assert!(parts.iter().all(|part| why.contains(part)), "{why}");
    }
}

/// Frames far apart are one long gap, not many frames.
#[test]
fn few_rows_take_little_memory() {
    let mut rows = String::new();
    (0..2000).for_each(|i| writeln!(rows, "{},{},1,x", i / 2, i % 2 * (1_i64 << 52)).unwrap());
    let tracks = labelled(&rows).unwrap();
    assert!(tracks.len() == 1000 && tracks.iter().all(|track| track.unusable.is_some() && track.channels.is_empty()));
}
