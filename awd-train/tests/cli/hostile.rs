//! Files and streams that are made to exhaust time or memory. Each is refused within one second of processor time and
//! half a gigabyte, in one line that names the file, the field and the bound, and ends with what to do.

use crate::common::paths::shared;
use crate::common::program::AWD;
use crate::common::refusal::assert_refused;
use crate::common::{matlab, npz};
use crate::npz::bumps;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use zip::write::{SimpleFileOptions, ZipWriter};

/// Runs `awd` with limited time and memory. A run that exceeds either limit fails.
fn bounded(folder: &Path, words: &str, stdin: Stdio) -> Output {
    let mut shell = Command::new("sh");
    shell.current_dir(folder).stdin(stdin).env("MALLOC_ARENA_MAX", "1");
    shell.args(["-c", "ulimit -v 512000; ulimit -t 1; exec timeout 20 \"$@\"", "sh", AWD]);
    shell.args(words.split_whitespace()).output().unwrap()
}

/// Asserts that `awd` refuses these arguments in one line that contains all parts and ends with the last one.
fn refused_from(folder: &Path, words: &str, stdin: Stdio, parts: &[&str]) {
    let why = assert_refused(&bounded(folder, words, stdin), words, parts);
    assert!(why.len() < 4000 && why.ends_with(parts[parts.len() - 1]), "awd {words}: {why}");
}

fn refused(folder: &Path, words: &str, parts: &[&str]) {
    refused_from(folder, words, Stdio::null(), parts);
}

/// Writes an archive. An entry has a name, its first bytes, and the number of zeros after these.
fn archive(path: &Path, entries: &[(&str, Vec<u8>, usize)]) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (name, start, zeros) in entries {
        zip.start_file(format!("{name}.npy"), SimpleFileOptions::default()).unwrap();
        zip.write_all(start).unwrap();
        let block = vec![0; 1 << 20];
        for at in (0..*zeros).step_by(block.len()) {
            zip.write_all(&block[..block.len().min(zeros - at)]).unwrap();
        }
    }
    zip.finish().unwrap();
}

fn header(descr: &str, shape: &str) -> Vec<u8> {
    npz::header(descr, false, shape)
}

/// Writes windows of four samples. The given array replaces one of the usual arrays or is added to them.
fn write_set(path: &Path, name: &str, descr: &str, shape: &str, zeros: usize) {
    let n = if name == "x_train" && zeros > 1000 { 655_360 } else { 3 };
    let mut entries = vec![
        ("x_train", header("'<f4'", "(3, 4)"), 48),
        // The first window is of class 1.
        ("y_train", [header("'<i8'", &format!("({n},)")), 1_i64.to_le_bytes().to_vec()].concat(), 8 * n - 8),
        ("x_test", header("'<f4'", "(3, 4)"), 48),
        ("y_test", header("'<i8'", "(3,)"), 24),
    ];
    entries.retain(|(other, ..)| *other != name);
    entries.push((name, header(descr, shape), zeros));
    archive(path, &entries);
}

#[test]
fn archives() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = folder.join("d.npz");
    let distil = |part: &[&str]| refused(folder, "distil d.npz --gamma 0 --out m.awd", &[&["d.npz"], part].concat());
    let uncompressed = "save it with np.savez, not compressed";
    let numbers = "x.astype(np.float32)";
    let windows = "windows of 2 to 4096 samples; these have";
    let anew = "save it again";
    let savez = "save it with np.savez";
    let mb = 1 << 20;
    for (name, descr, shape, zeros, parts) in [
        // Arrays that are large when decompressed, or when converted to a wider type.
        ("x_train", "'<f4'", "(655360, 128)", 320 * mb, &["x_train", "at most 256 MB", uncompressed][..]),
        ("x_train", "'|u1'", "(655360, 128)", 80 * mb, &["x_train", "at most 256 MB", uncompressed]),
        ("y_train", "'|u1'", "(41943040,)", 40 * mb, &["y_train", "at most 256 MB", uncompressed]),
        ("y_train", "'<U1'", "(4194304,)", 16 * mb, &["y_train", "at most 256 MB", uncompressed]),
        ("gradient_train", "'|i1'", "(3, 8388608, 4)", 96 * mb, &["gradient_train", "at most 256 MB", uncompressed]),
        // Arrays that claim a large shape or type.
        ("x_train", "'<f4'", "(1000000000000, 128)", 512, &["x_train", "damaged", anew]),
        ("x_train", "'<f4'", "(4294967296, 4294967296)", 64, &["x_train", "shape", "damaged"]),
        ("x_train", "'<f4'", "(0, 4294967296, 4294967296)", 0, &["x_train", "shape", "damaged"]),
        ("x_train", "'<f4'", "(3, 16777216)", 3 * 64 * mb, &["x_train", windows, "cut or average them"]),
        ("x_train", "'<f4'", "(1099511627776, 0)", 0, &["x_train", windows, "cut or average them"]),
        ("y_train", "'<i8'", "(1099511627776,)", 24, &["y_train", "damaged", anew]),
        ("y_train", "'<i8'", "(3, 0)", 0, &["y_train", "one target per window", "[3, 0]", "y[:, 0]"]),
        ("group_train", "'<U4294967295'", "(3,)", 24, &["group_train", "damaged", anew]),
        ("group_train", "'<U9223372036854775807'", "(3,)", 24, &["group_train", numbers]),
        // Arrays whose elements are not numbers, or whose header is invalid.
        ("x_train", "'|O'", "(3, 4)", 48, &["x_train", "|O", numbers]),
        ("x_train", "'|V16'", "(3, 4)", 192, &["x_train", "|V16", numbers]),
        ("x_train", "[('a', '<f4')]", "(3, 4)", 48, &["x_train", "descr", savez]),
        ("x_train", "'<f4'", "[[[[1]]]]", 48, &["x_train", "shape", savez]),
        ("x_train", "'<f4'", "(-3, 4)", 48, &["x_train", "shape", savez]),
    ] {
        write_set(&file, name, descr, shape, zeros);
        distil(parts);
    }
    // An array that is not read may have any type.
    write_set(&file, "notes", "'|O'", "(3,)", 0);
    distil(&["x_train", "constant"]);
}

#[test]
fn archives_with_crafted_damage() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = folder.join("d.npz");
    bumps(&file);
    let good = fs::read(&file).unwrap();
    let case = |bytes: &[u8], parts: &[&str]| {
        fs::write(&file, bytes).unwrap();
        refused(folder, "distil d.npz --gamma 0 --out m.awd", &[&["d.npz"], parts].concat());
    };
    let anew = "copy it again, or save it with np.savez";
    let replaced = |from: &[u8], to: &[u8]| {
        let mut bytes = good.clone();
        for at in (0..bytes.len() - from.len()).filter(|&at| good[at..].starts_with(from)) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
        bytes
    };
    case(&replaced(b"y_train.npy", b"x_train.npy"), &["two arrays have the same name", anew]);
    // The encryption flag follows two bytes of version in a local header, and four in the directory.
    let mut encrypted = replaced(b"PK\x03\x04\x14\0\0", b"PK\x03\x04\x14\0\x01");
    let last_entry = |bytes: &[u8]| bytes.windows(4).rposition(|word| word == b"PK\x01\x02").unwrap();
    let first = encrypted.windows(4).position(|word| word == b"PK\x01\x02").unwrap();
    encrypted[first + 8] |= 1;
    case(&encrypted, &["x_train", "Password", "save it with np.savez"]);
    // A directory that claims 2^64 - 1 entries.
    let end = good.len() - 22;
    let mut zip64 = b"PK\x06\x06".to_vec();
    zip64.extend(44_u64.to_le_bytes());
    zip64.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [u64::MAX, u64::MAX, u64::MAX - 1, first as u64] {
        zip64.extend(number.to_le_bytes());
    }
    zip64.extend(b"PK\x06\x07\0\0\0\0");
    zip64.extend((end as u64).to_le_bytes());
    zip64.extend(1_u32.to_le_bytes());
    zip64.extend(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
    case(&[&good[..end], &zip64].concat(), &["npz archive", anew]);
    // The last entry claims a decompressed size that is much too large.
    let mut claimed = good.clone();
    let last = last_entry(&good);
    claimed[last + 24..last + 28].fill(0x7f);
    case(&claimed, &["y_test", "damaged", "save it again"]);
    case(b"no archive at all", &["x0", "missing", "no, archive, at, all"]);
    case(&good[..good.len() / 2], &["npz archive", "cut off", anew]);
    case(b"PK\x05\x06", &["npz archive", anew]);
}

#[test]
fn a_set_of_many_small_archives() {
    let folder = tempfile::tempdir().unwrap();
    let shards = folder.path().join("shards");
    fs::create_dir(&shards).unwrap();
    for shard in 0..6 {
        let name = shards.join(format!("{shard}.npz"));
        let rows = 131_072;
        archive(
            &name,
            &[
                ("x_train", header("'<f4'", &format!("({rows}, 128)")), rows * 512),
                ("y_train", header("'<f4'", &format!("({rows},)")), rows * 4),
                ("x_test", header("'<f4'", "(3, 128)"), 3 * 512),
                ("y_test", header("'<f4'", "(3,)"), 12),
            ],
        );
    }
    let parts = ["shards", "x_train", "at most 256 MB", "save it with np.savez, not compressed"];
    refused(folder.path(), "distil shards --gamma 0 --out m.awd", &parts);
}

#[test]
fn no_more_windows_are_read_than_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    crate::json(folder, "distil d.npz --taps 4 --levels 2 --gamma 0 --out m.awd --json --quiet");
    // 400 MB, of which only the first rows are needed.
    archive(&folder.join("x.npz"), &[("x", header("'<f4'", "(4194304, 24)"), 4_194_304 * 96)]);
    let output = bounded(folder, "score m.awd x.npz --limit 3", Stdio::null());
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 3, "{output:?}");
    refused(folder, "score m.awd x.npz", &["x.npz", "x: at most 256 MB", "not compressed"]);
    // Zeros compress as well, but are valid where the array is small enough.
    archive(&folder.join("z.npz"), &[("x", header("'<f4'", "(50000, 24)"), 50_000 * 96)]);
    let output = bounded(folder, "score m.awd z.npz", Stdio::null());
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 50_000, "{:?}", output.status);
    let row = format!("{}\n", ["0.5"; 24].join(","));
    let header: Vec<_> = (0..24).map(|k| format!("x{k}")).collect();
    // The fourth row is invalid.
    fs::write(folder.join("x.csv"), format!("{}\n{}rest\n", header.join(","), row.repeat(3))).unwrap();
    let output = bounded(folder, "score m.awd x.csv --limit 3", Stdio::null());
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 3, "{output:?}");
}

/// Writes a MATLAB file of compressed variables. Each is a structure with a field of `numbers` zeros of one byte.
fn write_mat(path: &Path, field: u8, variables: usize, numbers: u32) {
    let variable = matlab::compressed(&matlab::structure(field, [1, numbers], numbers as usize));
    fs::write(path, matlab::file(&variable.repeat(variables))).unwrap();
}

#[test]
fn tracks() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let v6 = "save it with '-v6', which does not compress";
    for (field, variables, numbers, bound) in [
        // 16 MB as elements of one byte, 400 MB as tracks.
        (b'A', 1, 16 << 20, "at most 256 MB in memory"),
        // Many variables that are small when decompressed; the field is kept (A) or not (B).
        (b'A', 60, 1 << 18, "at most 256 MB in memory"),
        (b'B', 3000, 1 << 18, "at most 512 MB decompressed"),
    ] {
        write_mat(&folder.join("t.mat"), field, variables, numbers);
        refused(folder, "import cmeanalysis t.mat --out d.npz", &["t.mat", bound, "variable", v6]);
    }
}

#[test]
fn tables() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = folder.join("d.csv");
    let distil = |part: &[&str]| refused(folder, "distil d.csv --gamma 0 --out m.awd", &[&["d.csv"], part].concat());
    let columns = |n: usize| (0..n).map(|k| format!("x{k}")).collect::<Vec<_>>().join(",");
    let windows = "windows of 2 to 4096 samples; these have 100000";
    fs::write(&file, format!("{},y\n{}0\n", columns(100_000), "0,".repeat(100_000))).unwrap();
    distil(&[windows, "cut or average them"]);
    let line = "lines of at most 1048576 bytes";
    fs::write(&file, format!("{},y\n", columns(200_000))).unwrap();
    distil(&["text", line, "write one row per line"]);
    fs::write(&file, format!("x0,x1,y\n{}", "0".repeat(3 << 20))).unwrap();
    distil(&["text", line, "write one row per line"]);
    fs::write(&file, ",".repeat(1 << 20)).unwrap();
    let output = bounded(folder, "distil d.csv --gamma 0 --out m.awd", Stdio::null());
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("names of columns") && stderr.len() < 2000, "{stderr}");
}

#[test]
fn endless_inputs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    crate::json(folder, "distil d.npz --taps 4 --levels 2 --gamma 0 --out m.awd --json --quiet");
    for name in ["fifo", "fifo.csv"] {
        assert!(Command::new("mkfifo").arg(folder.join(name)).status().unwrap().success());
    }
    let advice = "write its content to a file and name that";
    for (words, file) in [
        ("inspect /dev/zero", "/dev/zero"),
        ("inspect fifo", "fifo"),
        ("score m.awd fifo", "fifo"),
        ("score m.awd fifo.csv", "fifo.csv"),
        ("distil fifo --gamma 0 --out n.awd", "fifo"),
        ("distil d.npz --gradients fifo --out n.awd", "fifo"),
        ("distil d.npz --teacher fifo --out n.awd", "fifo"),
        ("distil d.npz --onnx fifo --out n.awd", "fifo"),
        ("evaluate m.awd fifo.csv", "fifo.csv"),
        ("attribute d.npz --teacher /dev/zero --out g.npz", "/dev/zero"),
        ("import cmeanalysis fifo --out n.npz", "fifo"),
        ("export fifo --as c --out n.h", "fifo"),
        ("binarize fifo --positive 0 --out n.npz", "fifo"),
    ] {
        refused(folder, words, &[file, "a regular file; this is a pipe or a device", advice]);
    }
    let zero = || Stdio::from(File::open("/dev/zero").unwrap());
    let line = ["stdin", "line 1", "lines of at most 1048576 bytes", "write one row per line"];
    refused_from(folder, "score m.awd -", zero(), &line);
    refused_from(folder, "score m.awd - --stream", zero(), &line);
    // Samples without line breaks, then with.
    let yes = |words: &str, separator: &str| {
        let pipe = format!("yes 0.5 | tr '\\n' '{separator}'");
        let mut child = Command::new("sh").args(["-c", &pipe]).stdout(Stdio::piped()).spawn().unwrap();
        let output = bounded(folder, words, child.stdout.take().unwrap().into());
        child.wait().unwrap();
        output
    };
    assert_eq!(yes("score m.awd -", " ").status.code(), Some(2));
    assert_eq!(yes("score m.awd - --stream", ",").status.code(), Some(2));
    let scored = yes("score m.awd - --stream --limit 30", "\\n");
    assert_eq!(String::from_utf8_lossy(&scored.stdout).lines().count(), 30, "{scored:?}");
}

#[test]
fn files_that_are_much_too_large() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    // A sparse file takes no disk space.
    let large = |name: &str, start: &[u8]| {
        fs::write(folder.join(name), start).unwrap();
        File::options().write(true).open(folder.join(name)).unwrap().set_len(1 << 40).unwrap();
    };
    large("m.awd", b"AWDM");
    refused(folder, "inspect m.awd", &["m.awd", "at most 4096 bytes", "name a model"]);
    large("t", b"\x08\0\0\0\0\0\0\0{");
    let weights = ["t: size", "at most 2 GB", "name a teacher's weights"];
    refused(folder, "distil d.npz --teacher t --out n.awd", &weights);
    large("n.onnx", b"");
    refused(
        folder,
        "distil d.npz --onnx n.onnx --out n.awd",
        &["n.onnx", "at most 2 GB", "name a network in ONNX format"],
    );
    // A header that claims 2^63 bytes, and one that claims more than the file has.
    for length in [1_u64 << 63, 1000] {
        fs::write(folder.join("t"), [&length.to_le_bytes()[..], b"{\"x\":1}"].concat()).unwrap();
        let shape = r#"{"arch":"cnn","window":24,"outputs":1,"x_mean":0,"x_deviation":1,"y_mean":0,"y_deviation":1}"#;
        fs::write(folder.join("t.json"), shape).unwrap();
        refused(folder, "distil d.npz --teacher t --out n.awd", &["t: weights", "training writes both"]);
    }
    large("t.json", b"{");
    refused(folder, "distil d.npz --teacher t --out n.awd", &["t.json", "at most 64 KB", "a teacher's shape"]);
}

#[test]
fn thread_counts_out_of_range() {
    let folder = tempfile::tempdir().unwrap();
    for threads in ["0", "1025", "100000000"] {
        let words = format!("simulate cme --out d.npz --threads {threads}");
        refused(folder.path(), &words, &["--threads", "1 to 1024", "leave it out to use all processors"]);
    }
}

#[test]
fn shared_hostile_files() {
    let Some(shared) = shared("cases/90-hostile") else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = shared.join("npz_header_exponential.npz");
    for verb in ["distil", "teach"] {
        let options = if verb == "teach" { "--arch cnn" } else { "--gamma 0" };
        let words = format!("{verb} {} {options} --out m.awd", file.display());
        let parts = ["npz_header_exponential.npz", "x_train", "shape", "save it with np.savez"];
        refused(folder.path(), &words, &parts);
    }
}
