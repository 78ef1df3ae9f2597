//! Small data files with random changes: reading them never panics, hangs or takes much memory. The files are the seeds
//! of the fuzz targets `npz`, `csv` and `mat`.

mod common;

use awd_train::data::{Dataset, ReadOptions, read_windows};
use awd_train::import::matlab::{self, MAX_CHANNELS};
use awd_train::import::{FIELDS, tracks};
use common::npz::header;
use common::paths::root;
use common::skip::is_full;
use proptest::prelude::*;
use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use zip::write::{SimpleFileOptions, ZipWriter};

/// The longest that reading one file may take, on a machine that is also busy with other work.
const TIME: Duration = Duration::from_secs(1);

/// The most memory that this process may take, in kB.
const MEMORY: u64 = 500_000;

/// The seed files of a fuzz target, sorted by name.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = root().join("fuzz/seeds").join(target);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// The seeds of MATLAB files, and one in HDF5 if that is read.
fn mat_seeds() -> Vec<Vec<u8>> {
    let hdf5 = cfg!(feature = "hdf5").then(|| fs::read(common::paths::tracks("detections_v73.mat")).unwrap());
    seeds("mat").into_iter().chain(hdf5).collect()
}

/// Packs concatenated .npy files into an .npz archive.
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

/// Reads a data set, and checks the errors. Returns whether the data set is valid.
fn read_set(bytes: &[u8], name: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let start = Instant::now();
    let windows = read_windows(&path, 3, None, &ReadOptions::default());
    let data = Dataset::read(&path, &ReadOptions::default());
    for error in windows.err().into_iter().chain(data.as_ref().err().cloned()) {
        let message = error.to_string();
        assert!(error.exit_code() == 2 && message.contains(name) && message.lines().count() == 1, "{message}");
    }
    assert!(start.elapsed() < TIME, "{:?}", start.elapsed());
    data.is_ok()
}

/// Reads a MATLAB file. Returns whether it contains tracks.
fn read_mat(bytes: &[u8]) -> bool {
    let start = Instant::now();
    let read = matlab::read(Cursor::new(bytes.to_vec()), bytes.len() as u64, &FIELDS);
    let tracks = read.ok().and_then(|variables| tracks(&variables, 3));
    assert!(tracks.iter().flatten().all(|track| track.channels.len() <= MAX_CHANNELS));
    assert!(start.elapsed() < TIME, "{:?}", start.elapsed());
    tracks.is_some()
}

/// The peak memory of this process in kB; 0 where the system does not report it.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

/// A change to a file: at a given fraction of its length, bytes are overwritten, inserted or removed.
#[derive(Debug, Clone)]
enum Change {
    Overwrite(Vec<u8>),
    Insert(Vec<u8>),
    Remove(usize),
}

fn changed(bytes: &[u8], changes: &[(f64, Change)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (fraction, change) in changes {
        let at = (fraction * bytes.len() as f64) as usize;
        match change {
            Change::Overwrite(new) => bytes.iter_mut().skip(at).zip(new).for_each(|(byte, new)| *byte = *new),
            Change::Insert(new) => drop(bytes.splice(at..at, new.iter().copied())),
            Change::Remove(count) => drop(bytes.drain(at..(at + count).min(bytes.len()))),
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<(f64, Change)>> {
    // Headers and tables consist of digits, brackets and separators; 0xff and 0x7f make lengths large.
    let byte = prop_oneof![any::<u8>(), prop::sample::select(b"0199999()[]{}'\",\n<|fiuUOSV\xff\x7f\0".to_vec())];
    let bytes = prop::collection::vec(byte, 1..12);
    let change = prop_oneof![
        bytes.clone().prop_map(Change::Overwrite),
        bytes.prop_map(Change::Insert),
        (1..200_usize).prop_map(Change::Remove)
    ];
    prop::collection::vec((0.0..1.0, change), 1..5)
}

/// The shape in a header: small or large integers, or brackets up to 40 deep.
fn shape() -> impl Strategy<Value = String> {
    let number = prop::sample::select(vec!["0", "1", "3", "4", "-1", "4097", "4294967296", "9223372036854775807"]);
    let numbers = prop::collection::vec(number, 0..5).prop_map(|numbers| format!("({})", numbers.join(",")));
    prop_oneof![numbers, "[(\\[]{0,40}[0-9, ]{0,9}[)\\]]{0,40}"]
}

/// A MATLAB file with one structure: t.A has `numbers` zeros of one byte each, but claims `rows` × `columns` of them.
fn structure(rows: u32, columns: u32, numbers: usize) -> Vec<u8> {
    common::matlab::file(&common::matlab::structure(b'A', [rows, columns], numbers))
}

#[test]
fn seeds_are_valid() {
    assert!(seeds("npz").iter().all(|seed| read_set(&archive(seed), "d.npz")));
    assert!(seeds("csv").iter().all(|seed| read_set(seed, "d.csv")));
    assert!(mat_seeds().iter().all(|seed| read_mat(seed)));
    assert!(read_mat(&structure(2, 17, 34)));
}

/// Every number of four bytes in a file of version 7.3 is made large in turn: sizes, addresses, counts and shapes among
/// them.
#[test]
fn large_numbers_in_matlab_files() {
    for seed in mat_seeds().into_iter().filter(|seed| seed.len() > 512 && seed[512..].starts_with(b"\x89HDF")) {
        for at in (512..seed.len() - 4).step_by(4) {
            let mut changed = seed.clone();
            changed[at..at + 4].copy_from_slice(&0x3fff_ffff_u32.to_le_bytes());
            read_mat(&changed);
            assert!(peak_memory() < MEMORY, "at byte {at}");
        }
    }
}

proptest! {
    // With --full some 40,000 files.
    #![proptest_config(ProptestConfig::with_cases(if is_full() { 2000 } else { 300 }))]

    #[test]
    fn arrays(changes in changes()) {
        for seed in seeds("npz") {
            read_set(&archive(&changed(&seed, &changes)), "d.npz");
        }
        prop_assert!(peak_memory() < MEMORY);
    }

    #[test]
    fn headers_of_arrays(shapes in prop::array::uniform2(shape()), kind in "[<>|][fiuUSOV][0-9]{1,20}", zeros in 0..200_usize) {
        // Replaces the array of windows, or that of groups, in an otherwise valid set.
        let seed = &seeds("npz")[0];
        let starts: Vec<usize> = (0..seed.len()).filter(|&at| seed[at..].starts_with(b"\x93NUMPY")).collect();
        for (shape, kind) in shapes.iter().flat_map(|shape| [(shape, "<f4"), (shape, &kind)]) {
            let array = [header(&format!("'{kind}'"), true, shape), vec![0; zeros]].concat();
            read_set(&archive(&[&array, &seed[starts[1]..]].concat()), "d.npz");
            read_set(&archive(&[&seed[..starts[4]], &array].concat()), "d.npz");
        }
        prop_assert!(peak_memory() < MEMORY);
    }

    #[test]
    fn matlab_dimensions(
        dimensions in prop::array::uniform2(prop::sample::select(vec![0, 1, 2, 17, 1 << 16, u32::MAX])),
        numbers in prop::sample::select(vec![0, 1, 2, 4, 34, 1 << 16]),
    ) {
        read_mat(&structure(dimensions[0], dimensions[1], numbers));
        prop_assert!(peak_memory() < MEMORY);
    }

    #[test]
    fn archives(changes in changes()) {
        for seed in seeds("npz") {
            read_set(&changed(&archive(&seed), &changes), "d.npz");
        }
        prop_assert!(peak_memory() < MEMORY);
    }

    #[test]
    fn tables(changes in changes()) {
        for seed in seeds("csv") {
            read_set(&changed(&seed, &changes), "d.csv");
        }
        prop_assert!(peak_memory() < MEMORY);
    }

    #[test]
    fn matlab_tracks(changes in changes()) {
        for seed in mat_seeds() {
            read_mat(&changed(&seed, &changes));
        }
        prop_assert!(peak_memory() < MEMORY);
    }
}
