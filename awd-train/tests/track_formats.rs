//! The same tracks in all formats of MATLAB, sound and damaged.
#![cfg(feature = "hdf5")]

mod common;

use awd_train::import::matlab::{self, Array, Unread};
use awd_train::import::{Channel, FIELDS, Fit, Label, Options, Source, Track, import, tracks};
use common::made_up::MadeUp;
use common::paths;
use hdf5_pure::FileBuilder;
use proptest::prelude::*;
use std::fs;
use std::io::Cursor;
use std::time::{Duration, Instant};

/// Reads the tracks of a file.
fn read(bytes: &[u8]) -> Result<Vec<Track>, Unread> {
    let variables = matlab::read(Cursor::new(bytes.to_vec()), bytes.len() as u64, &FIELDS)?;
    Ok(tracks(&variables, 3).unwrap_or_default())
}

/// What the reader is to return for a track.
fn expected(number: usize, track: &MadeUp) -> Track {
    let start = track.before.len();
    let channel = |k: usize| {
        let intensity: Vec<f64> = track.before.iter().chain(&track.amplitudes).map(|pair| pair[k]).collect();
        // Buffers have no p-values here.
        let p = |frame: usize| Some(track.p_values[frame.checked_sub(start)?][k]);
        let significant = (0..intensity.len()).map(|frame| p(frame).is_some_and(|p| p < 0.05));
        let seen = start..intensity.len();
        Channel { name: (k + 1).to_string(), significant: significant.collect(), intensity, seen }
    };
    Track {
        name: number.to_string(),
        channels: vec![channel(0), channel(1)],
        category: Some(track.category),
        label: None,
        unusable: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn both_formats_hold_the_same_tracks(
        made_up in prop::collection::vec(MadeUp::any(), 1..12),
        compressed in any::<bool>(),
    ) {
        let expected: Vec<Track> = (1..).zip(&made_up).map(|(number, track)| expected(number, track)).collect();
        prop_assert_eq!(&read(&MadeUp::level5(&made_up, compressed)).unwrap(), &expected);
        prop_assert_eq!(&read(&MadeUp::hdf5(&made_up, compressed)).unwrap(), &expected);
    }

    #[test]
    fn damaged_hdf5_is_refused_or_read_in_time(
        made_up in prop::collection::vec(MadeUp::any(), 1..4),
        compressed in any::<bool>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let sound = MadeUp::hdf5(&made_up, compressed);
        let mut damaged = sound.clone();
        for (at, byte) in flips {
            // The start is the text for people.
            let at = 512 + at.index(damaged.len() - 512);
            damaged[at] = byte;
        }
        for bytes in [&damaged, &sound[..cut.index(sound.len())]] {
            let start = Instant::now();
            let _ = read(bytes);
            prop_assert!(start.elapsed() < Duration::from_secs(1));
        }
    }
}

/// A file that h5py wrote, with the oldest structures of HDF5, as MATLAB does.
#[test]
fn a_file_of_version_7_3_holds_the_tracks_of_version_7() {
    let [old, new] = ["detections.mat", "detections_v73.mat"].map(|name| fs::read(paths::tracks(name)).unwrap());
    let (old, new_tracks) = (read(&old).unwrap(), read(&new).unwrap());
    assert_eq!((new_tracks.len(), &new_tracks[..]), (2, &old[..2]));
    for end in (0..new.len()).step_by(7) {
        let read = read(&new[..end]);
        assert!(read != Ok(new_tracks.clone()), "cut at {end}");
    }
    // Without the text before it, as other programs write it.
    assert_eq!(read(&[&[0; 512], &new[512..]].concat()).unwrap(), new_tracks);
}

/// The most memory that this process has taken, in kB; 0 where the system does not report it.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn hdf5_that_claims_more_than_it_has_is_refused() {
    let why = |bytes: &[u8]| {
        let why = read(bytes).unwrap_err().to_string();
        assert!(why.ends_with("save it again, or with '-v7'") && peak_memory() < 500_000, "{why}: {}", peak_memory());
        why
    };
    // A shape that is huge, of an array that is stored in one part.
    let track = MadeUp { amplitudes: vec![[1.0; 2]; 977], p_values: vec![[0.5; 2]; 977], before: vec![], category: 1 };
    let mut huge = MadeUp::hdf5(&[track], false);
    let count = 977_u64.to_le_bytes();
    let at: Vec<usize> = (0..huge.len() - 8).filter(|&at| huge[at..at + 8] == count).collect();
    assert!(at.len() >= 2);
    at.into_iter().for_each(|at| huge[at..at + 8].copy_from_slice(&(1_u64 << 40).to_le_bytes()));
    why(&huge);

    // Many references to one large object.
    let mut file = FileBuilder::new();
    file.with_userblock(512);
    let mut group = file.create_group("#refs#");
    let mut object = group.create_group("a");
    for i in 0..40 {
        object.create_dataset(&format!("member{i}")).with_f64_data(&[0.0; 64]).with_shape(&[64, 1]);
    }
    object.create_dataset("A").with_f64_data(&[0.0; 64]).with_shape(&[64, 1]);
    group.add_group(object.finish());
    file.add_group(group.finish());
    let mut group = file.create_group("t");
    let paths = vec!["#refs#/a"; 50_000];
    group.create_dataset("A").with_path_references(&paths).with_shape(&[50_000, 1]);
    file.add_group(group.finish());
    let start = Instant::now();
    let why = why(&file.finish().unwrap());
    assert!(why.contains("variable t") && why.contains("overlap"), "{why}");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

fn options(categories: Option<Vec<u32>>) -> Options {
    Options {
        channel: None,
        label_channel: None,
        label: Label::Peak,
        window: 16,
        fit: Fit::Resample,
        detected_only: false,
        min_frames: 5,
        max_gap: 3,
        categories,
        test: 0.2,
        seed: 1,
    }
}

#[test]
fn only_tracks_of_the_chosen_categories_are_used() {
    let frames = |i: u32| (0..20).map(|t| [f64::from(t % 7 + i), f64::from(t % 5 + 3 * i)]).collect::<Vec<_>>();
    let track =
        |i: u32| MadeUp { amplitudes: frames(i), p_values: vec![[0.01; 2]; 20], before: vec![], category: i % 8 + 1 };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.mat");
    fs::write(&path, MadeUp::level5(&(0..48).map(track).collect::<Vec<_>>(), true)).unwrap();
    let of = |categories: Option<Vec<u32>>| {
        let imported = import(std::slice::from_ref(&path), &Source::Matlab, &options(categories)).unwrap();
        (imported.data.train().y.len() + imported.data.test().y.len(), imported.dropped)
    };
    assert_eq!((of(None).0, of(Some(vec![1, 2])).0), (48, 12));
    let (kept, dropped) = of(Some(vec![1]));
    assert_eq!((kept, dropped.len()), (6, 42));
    assert!(dropped.iter().all(|track| track.by_category), "{dropped:?}");
    assert_eq!(dropped[4].why, "its category is 6 (compound, invalid gaps)");
    let why = import(std::slice::from_ref(&path), &Source::Matlab, &options(Some(vec![]))).unwrap_err();
    assert!(why.exit_code() == 2 && why.to_string().ends_with("use other categories"), "{why}");
}

#[test]
fn the_file_of_cme_analysis_is_read() {
    let Some(file) = paths::shared("cases/13-cmeanalysis-v73/ProcessedTracks_v73.mat") else { return };
    let imported = import(&[file], &Source::Matlab, &options(None)).unwrap();
    assert_eq!((imported.tracks, imported.dropped.len()), (8, 0));
}

/// A structure of u-track: amplitudes of frames in the rows of segments. NaN stands for a gap.
fn compound(segments: &[&[f64]]) -> Vec<u8> {
    let columns = segments[0].len();
    let value = |at: usize| {
        let (frame, part, row) = (at / segments.len() / 8, at / segments.len() % 8, at % segments.len());
        let amplitude = segments[row][frame];
        if part == 3 || amplitude.is_nan() { amplitude } else { -1.0 }
    };
    let values: Vec<f64> = (0..8 * columns * segments.len()).map(value).collect();
    common::matlab::numbers([segments.len(), 8 * columns], &values)
}

#[test]
fn amplitudes_of_u_track_are_intensities() {
    const GAP: f64 = f64::NAN;
    let arrays = [
        compound(&[&[1.0, 2.0, GAP, GAP, 5.0, 4.0]]),
        compound(&[&[1.0, GAP, GAP, GAP, GAP, 6.0]]),
        compound(&[&[1.0, 2.0], &[3.0, 4.0]]),
        compound(&[&[GAP, 7.0]]),
    ];
    let file = common::matlab::file(&common::matlab::structures(b'f', &["tracksCoordAmpCG"], &arrays));
    let read = read(&file).unwrap();
    let intensities: Vec<_> =
        read.iter().map(|track| track.channel("1").map(|channel| &channel.intensity[..])).collect();
    assert_eq!(intensities, [Some(&[1.0, 2.0, 3.0, 4.0, 5.0, 4.0][..]), None, None, Some(&[7.0])]);
    let why: Vec<_> = read.iter().map(|track| track.unusable.as_deref().unwrap_or_default()).collect();
    assert!(why[1].contains("no value in 4 frames after frame 1, more than 3"), "{why:?}");
    assert!(why[2].contains("2 segments"), "{why:?}");
    // One channel alone has no target.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.mat");
    fs::write(&path, file).unwrap();
    let why = import(&[path], &Source::Matlab, &options(None)).unwrap_err();
    assert!(why.exit_code() == 2 && why.to_string().contains("labels: tracks with a second channel"), "{why}");
}

/// A sound file of level 5 may unfold to hundreds of megabytes.
#[test]
fn fields_that_are_not_needed_are_skipped() {
    let zeros = vec![0.0; 1 << 20];
    let skipped = common::matlab::numbers([1, zeros.len()], &zeros);
    let own = common::matlab::numbers([1, 3], &[1.0, 2.0, 3.0]);
    let arrays: Vec<Vec<u8>> = (0..8).flat_map(|_| [own.clone(), skipped.clone()]).collect();
    let variable = common::matlab::structures(b't', &["A", "unused"], &arrays);
    let file = common::matlab::file(&common::matlab::compressed(&variable).repeat(5));
    let bytes = file.len() as u64;
    let variables = matlab::read(Cursor::new(file), bytes, &FIELDS).unwrap();
    assert!(bytes < 4 << 20 && variables.len() == 5, "{bytes}");
    assert!(variables.iter().all(|(_, array)| matches!(array, Array::Structures(found) if found.len() == 8)));
}
