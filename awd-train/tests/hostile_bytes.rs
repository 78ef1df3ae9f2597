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

/// The text of a header's shape: numbers that are small, or large, or brackets of any depth.
fn shape() -> impl Strategy<Value = String> {
    let number = prop::sample::select(vec!["0", "1", "3", "4", "-1", "4097", "4294967296", "9223372036854775807"]);
    let numbers = prop::collection::vec(number, 0..5).prop_map(|numbers| format!("({})", numbers.join(",")));
    prop_oneof![numbers, "[(\\[]{0,40}[0-9, ]{0,9}[)\\]]{0,40}"]
}

/// A file of one structure, t.A = zeros of one byte, so many of them; it says that it has so many rows and columns.
fn structure(rows: u32, columns: u32, numbers: usize) -> Vec<u8> {
    let element = |kind: u32, bytes: &[u8]| {
        let mut element = [&kind.to_le_bytes(), &(bytes.len() as u32).to_le_bytes(), bytes].concat();
        element.resize(element.len().next_multiple_of(8), 0);
        element
    };
    let words = |kind, words: [u32; 2]| element(kind, &words.map(u32::to_le_bytes).concat());
    let name = |name: u8| vec![1, 0, 1, 0, name, 0, 0, 0];
    let field = [words(6, [9, 0]), words(5, [rows, columns]), name(0), element(2, &vec![0; numbers])].concat();
    let fields = [vec![5, 0, 4, 0, 2, 0, 0, 0], vec![1, 0, 2, 0, b'A', 0, 0, 0]].concat();
    let tracks = [words(6, [2, 0]), words(5, [1, 1]), name(b't'), fields, element(14, &field)].concat();
    let mut file = b"MATLAB 5.0 MAT-file".to_vec();
    file.resize(124, b' ');
    [file, vec![0, 1, b'I', b'M'], element(14, &tracks)].concat()
}

#[test]
fn seeds_are_right() {
    assert!(seeds("npz").iter().all(|seed| set(&archive(seed), "d.npz")));
    assert!(seeds("csv").iter().all(|seed| set(seed, "d.csv")));
    assert!(seeds("mat").iter().all(|seed| mat(seed)));
    assert!(mat(&structure(2, 17, 34)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arrays(changes in changes()) {
        for seed in seeds("npz") {
            set(&archive(&changed(&seed, &changes)), "d.npz");
        }
        prop_assert!(memory() < MEMORY);
    }

    #[test]
    fn headers_of_arrays(shapes in prop::array::uniform2(shape()), kind in "[<>|][fiuUSOV][0-9]{1,20}", zeros in 0..200_usize) {
        // The array of windows, or of groups, of an otherwise right set.
        let seed = &seeds("npz")[0];
        let starts: Vec<usize> = (0..seed.len()).filter(|&at| seed[at..].starts_with(b"\x93NUMPY")).collect();
        for (shape, kind) in shapes.iter().flat_map(|shape| [(shape, "<f4"), (shape, &kind)]) {
            let text = format!("{{'descr': '{kind}', 'fortran_order': True, 'shape': {shape}, }}\n");
            let length = u16::try_from(text.len()).unwrap().to_le_bytes();
            let array = [&b"\x93NUMPY\x01\x00"[..], &length, text.as_bytes(), &vec![0; zeros]].concat();
            set(&archive(&[&array, &seed[starts[1]..]].concat()), "d.npz");
            set(&archive(&[&seed[..starts[4]], &array].concat()), "d.npz");
        }
        prop_assert!(memory() < MEMORY);
    }

    #[test]
    fn dimensions_of_matlab(
        dimensions in prop::array::uniform2(prop::sample::select(vec![0, 1, 2, 17, 1 << 16, u32::MAX])),
        numbers in prop::sample::select(vec![0, 1, 2, 4, 34, 1 << 16]),
    ) {
        mat(&structure(dimensions[0], dimensions[1], numbers));
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
