//! Small files of data, a little changed: whatever is read of them, nothing panics, hangs or takes much memory. The files are
//! those that the fuzz targets of the same names begin with.

use awd_train::data::{Dataset, read_windows};
use awd_train::import::matlab::{self, MAX_CHANNELS};
use awd_train::import::{FIELDS, tracks};
use proptest::prelude::*;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use zip::write::{SimpleFileOptions, ZipWriter};

/// Time that one file may take, on a machine that does other things too.
const TIME: Duration = Duration::from_secs(1);

/// Kilobytes that this process may take at most.
const MEMORY: u64 = 500_000;

/// The seeds of a fuzz target.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Arrays one behind the other, as an archive.
fn archive(bytes: &[u8]) -> Vec<u8> {
    let names = ["x_train", "y_train", "x_test", "y_test", "group_train", "gradient_train"];
    let starts = (0..bytes.len()).filter(|&at| at == 0 || bytes[at..].starts_with(b"\x93NUMPY"));
    let starts: Vec<usize> = starts.chain([bytes.len()]).collect();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in names.iter().zip(starts.windows(2)) {
        zip.start_file(format!("{name}.npy"), SimpleFileOptions::default()).unwrap();
        zip.write_all(&bytes[part[0]..part[1]]).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Reads a data set, and whether it is one.
fn set(bytes: &[u8], name: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let start = Instant::now();
    let windows = read_windows(&path, 3);
    let data = Dataset::read(&path, None);
    for error in windows.err().into_iter().chain(data.as_ref().err().cloned()) {
        let said = error.to_string();
        assert!(error.exit_code() == 2 && said.contains(name) && said.lines().count() == 1, "{said}");
    }
    assert!(start.elapsed() < TIME, "{:?}", start.elapsed());
    data.is_ok()
}

fn mat(bytes: &[u8]) -> bool {
    let start = Instant::now();
    let read = matlab::read(&mut &bytes[..], bytes.len() as u64, &FIELDS);
    let tracks = read.ok().and_then(|variables| tracks(&variables));
    assert!(tracks.iter().flatten().all(|track| track.channels.len() <= MAX_CHANNELS));
    assert!(start.elapsed() < TIME, "{:?}", start.elapsed());
    tracks.is_some()
}

/// The most memory that this process has had; 0 where the system does not tell.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

/// A change of a file: at a share of its length some bytes are overwritten, put in between, or taken out.
#[derive(Debug, Clone)]
enum Change {
    Over(Vec<u8>),
    In(Vec<u8>),
    Out(usize),
}

fn changed(bytes: &[u8], changes: &[(f64, Change)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (share, change) in changes {
        let at = (share * bytes.len() as f64) as usize;
        match change {
            Change::Over(new) => bytes.iter_mut().skip(at).zip(new).for_each(|(byte, new)| *byte = *new),
            Change::In(new) => drop(bytes.splice(at..at, new.iter().copied())),
            Change::Out(count) => drop(bytes.drain(at..(at + count).min(bytes.len()))),
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<(f64, Change)>> {
    // Digits, brackets and separators are what headers and tables are made of; 0xff and 0x7f make lengths large.
    let byte = prop_oneof![any::<u8>(), prop::sample::select(b"0199999()[]{}'\",\n<|fiuUOSV\xff\x7f\0".to_vec())];
    let bytes = prop::collection::vec(byte, 1..12);
    let change = prop_oneof![
        bytes.clone().prop_map(Change::Over),
        bytes.prop_map(Change::In),
        (1..200_usize).prop_map(Change::Out)
    ];
    prop::collection::vec((0.0..1.0, change), 1..5)
}

#[test]
fn seeds_are_right() {
    assert!(seeds("npz").iter().all(|seed| set(&archive(seed), "d.npz")));
    assert!(seeds("csv").iter().all(|seed| set(seed, "d.csv")));
    assert!(seeds("mat").iter().all(|seed| mat(seed)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn arrays(changes in changes()) {
        for seed in seeds("npz") {
            set(&archive(&changed(&seed, &changes)), "d.npz");
        }
        prop_assert!(memory() < MEMORY);
    }

    #[test]
    fn archives(changes in changes()) {
        for seed in seeds("npz") {
            set(&changed(&archive(&seed), &changes), "d.npz");
        }
        prop_assert!(memory() < MEMORY);
    }

    #[test]
    fn tables(changes in changes()) {
        for seed in seeds("csv") {
            set(&changed(&seed, &changes), "d.csv");
        }
        prop_assert!(memory() < MEMORY);
    }

    #[test]
    fn tracks_of_matlab(changes in changes()) {
        for seed in seeds("mat") {
            mat(&changed(&seed, &changes));
        }
        prop_assert!(memory() < MEMORY);
    }
}
