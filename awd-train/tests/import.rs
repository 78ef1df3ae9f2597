//! Tracks in MATLAB files from microscopy. tests/tracks has made-up tracks, the windows that numpy makes of them, and
//! the script that made both.

mod common;

use awd_train::data::{Dataset, ReadOptions, Target};
use awd_train::import::matlab::{self, Array, Unread};
use awd_train::import::{self, FIELDS, Fit, Imported, Label, Options, Source};
use awd_train::{Result, import::tracks};
use common::{npz, paths};
use ndarray::{Array1, Array2, ArrayView1, Axis};
use proptest::prelude::*;
use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

fn options() -> Options {
    Options {
        channel: None,
        label_channel: None,
        label: Label::Peak,
        window: 16,
        fit: Fit::Resample,
        detected_only: false,
        min_frames: 5,
        max_gap: 3,
        categories: Some(vec![1]),
        test: 0.2,
        seed: 1,
    }
}

fn import(paths: &[PathBuf], options: &Options) -> Result<Imported> {
    import::import(paths, &Source::Matlab, options)
}

/// Reads the variables of a MATLAB file.
fn read(bytes: &[u8]) -> std::result::Result<Vec<(String, Array)>, Unread> {
    matlab::read(Cursor::new(bytes.to_vec()), bytes.len() as u64, &FIELDS)
}

/// Windows, labels and lifetimes that numpy made.
fn reference(name: &str) -> (Array2<f64>, Vec<f64>, Vec<usize>) {
    let file = paths::tracks("windows.npz");
    let x: Vec<f32> = npz::array(&file, &format!("x_{name}"));
    let y: Vec<f64> = npz::array(&file, &format!("y_{name}"));
    let lifetimes: Vec<i64> = npz::array(&file, &format!("lifetime_{name}"));
    let x = Array2::from_shape_vec((y.len(), 16), x.into_iter().map(f64::from).collect()).unwrap();
    (x, y, lifetimes.into_iter().map(|frames| frames as usize).collect())
}

/// Asserts that each reference window is in exactly one split, with its label and lifetime.
fn assert_same(imported: &Imported, name: &str) {
    let (x, y, lifetimes) = reference(name);
    let Imported { data, lifetimes: [of_train, of_test], .. } = imported;
    let (train, test) = (data.train(), data.test());
    assert_eq!(train.y.len() + test.y.len(), y.len());
    let label = |y: &Target, i: usize| match y {
        Target::Values(values) => values[i],
        Target::Classes { labels, .. } => labels[i] as f64,
    };
    for ((x, y), lifetime) in x.rows().into_iter().zip(y).zip(lifetimes) {
        let near = |row: ArrayView1<f32>| row.iter().zip(&x).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-5);
        let found = [(train, of_train), (test, of_test)].map(|(samples, frames)| {
            let i = samples.x.rows().into_iter().position(near)?;
            Some((label(&samples.y, i), frames[i]))
        });
        let ([Some((found, frames)), None] | [None, Some((found, frames))]) = found else { panic!("{found:?} {x}") };
        assert!((found - y).abs() < 1e-9 && frames == lifetime, "{found} {y}, {frames} {lifetime}");
    }
}

#[test]
fn tracks_of_two_colours_become_the_windows_that_numpy_makes() {
    let imported = import(&[paths::tracks("two_colours.mat")], &options()).unwrap();
    assert_same(&imported, "two_colours");
    let dropped: Vec<_> =
        imported.dropped.iter().map(|dropped| (dropped.track.as_str(), dropped.why.as_str())).collect();
    assert_eq!(imported.tracks, 23);
    assert_eq!(dropped[0], ("4", "it was detected in 4 frames, fewer than 5"));
    assert_eq!(dropped[1], ("8", "channel ref is not finite at frame 6"));
    assert!(dropped[2].0 == "12" && dropped[2].1.contains("cor") && dropped.len() == 3, "{dropped:?}");
    assert_eq!(imported.data.test().y.len(), 4);
}

#[test]
fn detections_become_the_windows_that_numpy_makes() {
    let options = Options { label: Label::Significant(3), fit: Fit::Pad, detected_only: true, ..options() };
    let imported = import(&[paths::tracks("detections.mat")], &options).unwrap();
    assert_same(&imported, "detections");
    let dropped: Vec<_> = imported.dropped.iter().map(|dropped| dropped.track.as_str()).collect();
    assert_eq!((imported.tracks, dropped), (19, vec!["3", "6", "10"]));
    // Here windows also have the frames before and after detection. Two of every three tracks are still significant.
    let Target::Classes { labels, .. } =
        import(&[paths::tracks("detections.mat")], &Options { detected_only: false, ..options.clone() })
            .unwrap()
            .data
            .train()
            .y
            .clone()
    else {
        panic!()
    };
    assert!(labels.contains(&0) && labels.iter().sum::<usize>() > labels.len() / 2);
    // Every track has two significant frames in a row, so there is only one class.
    let why =
        import(&[paths::tracks("detections.mat")], &Options { label: Label::Significant(2), ..options }).unwrap_err();
    assert!(why.exit_code() == 2 && why.to_string().contains("class"), "{why}");
}

#[test]
fn channels_are_chosen_by_name() {
    let swapped = Options { channel: Some("cor".into()), label_channel: Some("ref".into()), ..options() };
    let [own, swapped] =
        [options(), swapped].map(|options| import(&[paths::tracks("two_colours.mat")], &options).unwrap());
    assert_ne!(own.data.train().x, swapped.data.train().x);
    let why =
        import(&[paths::tracks("two_colours.mat")], &Options { channel: Some("3".into()), ..options() }).unwrap_err();
    assert!(why.to_string().contains("channels are ref, cor"), "{why}");
}

#[test]
fn with_several_movies_whole_movies_are_held_out() {
    let folder = tempfile::tempdir().unwrap();
    let copies: Vec<PathBuf> = (0..5).map(|i| folder.path().join(format!("{i}.mat"))).collect();
    copies.iter().for_each(|copy| _ = fs::copy(paths::tracks("two_colours.mat"), copy).unwrap());
    let imported = import(&copies, &options()).unwrap();
    let [mut train, mut test] =
        [imported.data.groups().unwrap().to_vec(), imported.data.test_groups().unwrap().to_vec()];
    assert_eq!((train.len(), test.len(), imported.tracks), (80, 20, 115));
    train.dedup();
    test.dedup();
    assert!(train.len() == 4 && test.len() == 1 && !train.contains(&test[0]), "{train:?} {test:?}");
}

#[test]
fn a_threshold_of_one_is_the_median_peak() {
    let options = Options { label: Label::Threshold(1.0), test: 0.05, ..options() };
    let imported = import(&[paths::tracks("two_colours.mat")], &options).unwrap();
    let Target::Classes { labels, .. } = imported.data.train().y.clone() else { panic!() };
    assert!((9..=11).contains(&labels.iter().sum::<usize>()), "{labels:?}");
}

/// The published tracks in `shared/data` also occur in `cme_yeast.npz`, in the units of other movies.
#[test]
fn published_tracks_become_the_published_windows() {
    let Some(tracks) = paths::shared("data/goodTrackData_Pan1.mat") else { return };
    let Some(windows) = paths::shared("data/cme_yeast.npz") else { return };
    let imported = import(&[tracks], &Options { window: 40, ..options() }).unwrap();
    assert_eq!((imported.tracks, imported.dropped.len()), (232, 0));
    let (train, test) = (imported.data.train(), imported.data.test());
    let unit = |row: ArrayView1<f32>| -> Array1<f32> { &row / row.dot(&row).sqrt() };
    let published = Dataset::read(&windows, &ReadOptions::default()).unwrap().train().x.clone();
    let published: Vec<_> = published.rows().into_iter().map(unit).collect();
    let found = |row: &ArrayView1<f32>| {
        let row = unit(row.view());
        published.iter().any(|published| published.dot(&row) > 1.0 - 1e-5)
    };
    let all = ndarray::concatenate(Axis(0), &[train.x.view(), test.x.view()]).unwrap();
    let count = all.rows().into_iter().filter(found).count();
    println!("{count} of 232 tracks are windows of cme_yeast.npz");
    // The number of training windows of this protein in `cme_yeast.npz`.
    assert_eq!(count, 142);
}

#[test]
fn files_without_tracks_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |bytes: &[u8], why: &str| {
        let path = folder.path().join("tracks.mat");
        fs::write(&path, bytes).unwrap();
        let error = import(&[path], &options()).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains(why) && error.to_string().contains("tracks.mat"), "{error}");
    };
    let valid = fs::read(paths::tracks("two_colours.mat")).unwrap();
    let mut newer = valid.clone();
    newer[..10].copy_from_slice(b"MATLAB 7.3");
    refused(&newer, "-v7'");
    refused(b"", "empty");
    refused(&fs::read(paths::tracks("windows.npz")).unwrap(), "zip archive");
    // The first variable is a number; the second has the tracks.
    refused(&valid[..valid.len() - 1], "variable 2");
    // The header alone.
    refused(&valid[..128], "array of structures");
}

#[test]
fn a_truncated_file_is_damaged_or_has_no_tracks() {
    for name in ["two_colours.mat", "detections.mat"] {
        let bytes = fs::read(paths::tracks(name)).unwrap();
        for end in 0..bytes.len() {
            match read(&bytes[..end]) {
                Err(Unread::Foreign) => assert!(end < 128),
                Err(Unread::Damaged(variable)) => assert!((1..=2).contains(&variable)),
                // The cut is between two variables.
                read => assert!(tracks(&read.unwrap(), 3).is_none(), "{name} cut at {end}"),
            }
        }
    }
}

/// A spot whose last frame is beyond any movie counts as seen to the end of its track.
#[test]
fn frame_numbers_may_be_out_of_range() {
    let mut bytes = fs::read(paths::root().join("fuzz/seeds/mat/plain")).unwrap();
    let seen = |bytes: &[u8]| {
        let variables = read(bytes).unwrap();
        tracks(&variables, 3).unwrap().remove(0).channel("ref").unwrap().seen.clone()
    };
    assert_eq!(seen(&bytes), 0..3);
    // In this file, 3 occurs only as the last frame of spots and among their samples.
    let three = 3.0_f64.to_le_bytes();
    for at in 0..bytes.len() - 8 {
        if bytes[at..at + 8] == three {
            bytes[at..at + 8].copy_from_slice(&1e300_f64.to_le_bytes());
        }
    }
    assert_eq!(seen(&bytes), 0..3);
}

proptest! {
    #[test]
    fn damaged_bytes_do_not_panic(flips in prop::collection::vec((128..30_000_usize, any::<u8>()), 1..8)) {
        for name in ["two_colours.mat", "detections.mat"] {
            let mut bytes = fs::read(paths::tracks(name)).unwrap();
            for (at, byte) in &flips {
                let at = at % bytes.len();
                bytes[at] = *byte;
            }
            if let Ok(variables) = read(&bytes) {
                let _ = tracks(&variables, 3);
            }
        }
    }
}
