//! One data set in many forms: every dialect of text, every type of number, every shape and every way to write labels
//! reads as the plain form does.

mod common;

use awd_train::data::{Dataset, ReadOptions, Samples, Target, Task, write_dataset};
use common::npz::header;
use common::set::{Set, dialect, set};
use proptest::prelude::*;
use std::io::Write;
use std::path::{Path, PathBuf};
use zip::write::{SimpleFileOptions, ZipWriter};

fn read(folder: &Path, name: &str, bytes: impl AsRef<[u8]>, options: &ReadOptions) -> awd_train::Result<Dataset> {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    Dataset::read(&path, options)
}

fn contents(data: &Dataset) -> ([Samples; 2], Vec<String>) {
    ([data.train().clone(), data.test().clone()], data.class_names().to_vec())
}

fn assert_same(found: &Dataset, expected: &Dataset) {
    let ((found, names), (expected, own)) = (contents(found), contents(expected));
    assert_eq!(names, own);
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!((&found.x, &found.y), (&expected.x, &expected.y));
    }
}

/// Writes arrays, each a header and the bytes of its elements.
fn npz(folder: &Path, name: &str, arrays: &[(&str, Vec<u8>)]) -> PathBuf {
    let path = folder.join(name);
    let mut zip = ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (array, bytes) in arrays {
        zip.start_file(format!("{array}.npy"), SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    path
}

/// An array of one of numpy's types.
fn array(descr: &str, shape: &str, values: &[f32]) -> Vec<u8> {
    let element = |&x: &f32| -> Vec<u8> {
        match descr {
            "<f2" => half(x).to_le_bytes().to_vec(),
            "<f4" => x.to_le_bytes().to_vec(),
            ">f8" => f64::from(x).to_be_bytes().to_vec(),
            "<i2" => (x as i16).to_le_bytes().to_vec(),
            "<i8" => (x as i64).to_le_bytes().to_vec(),
            "<u8" => (x as u64).to_le_bytes().to_vec(),
            other => panic!("{other}"),
        }
    };
    let bytes: Vec<u8> = values.iter().flat_map(element).collect();
    [header(&format!("'{descr}'"), false, shape), bytes].concat()
}

/// The bits of a number in 16 bits, which must be exact and not tiny.
fn half(x: f32) -> u16 {
    let bits = x.to_bits();
    let exponent = ((bits >> 23) & 0xff) as i32 - 127 + 15;
    if x == 0.0 { 0 } else { ((bits >> 16) & 0x8000) as u16 | (exponent as u16) << 10 | ((bits >> 13) & 0x3ff) as u16 }
}

/// Texts as numpy stores them: `<U` or `|S`, padded with zeros.
fn texts(descr: char, texts: &[String]) -> Vec<u8> {
    let longest = texts.iter().map(|text| if descr == 'U' { text.chars().count() } else { text.len() }).max().unwrap();
    let padded = |text: &String| -> Vec<u8> {
        if descr == 'U' {
            let units = text.chars().map(|c| c as u32).chain(std::iter::repeat(0)).take(longest);
            units.flat_map(u32::to_le_bytes).collect()
        } else {
            text.bytes().chain(std::iter::repeat(0)).take(longest).collect()
        }
    };
    let order = if descr == 'U' { '<' } else { '|' };
    let bytes: Vec<u8> = texts.iter().flat_map(padded).collect();
    [header(&format!("'{order}{descr}{longest}'"), false, &format!("({},)", texts.len())), bytes].concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn tables_read_alike_in_every_dialect(set in set(), dialect in dialect()) {
        // A label with a space needs quotes where spaces separate columns.
        prop_assume!(!(dialect.delimiter == "  " && set.labels.iter().any(|label| label.contains(' '))));
        let folder = tempfile::tempdir().unwrap();
        let plain = read(folder.path(), "plain.csv", set.plain(), &ReadOptions::default()).unwrap();
        let found = read(folder.path(), "any.name", set.table(&dialect), &ReadOptions::default());
        match found {
            Ok(found) => assert_same(&found, &plain),
            Err(why) => prop_assert!(false, "{why}\n{}", String::from_utf8_lossy(&set.table(&dialect)[..200])),
        }
    }

    #[test]
    fn files_of_the_archives_read_as_tables_do(set in set()) {
        let folder = tempfile::tempdir().unwrap();
        let plain = read(folder.path(), "plain.csv", set.plain(), &ReadOptions::default()).unwrap();
        let arff = read(folder.path(), "toy.arff", set.arff(), &ReadOptions::default()).unwrap();
        assert_same(&arff, &plain);
        // A colon ends the samples of a .ts, and its labels have no spaces.
        let ts = read(folder.path(), "toy.ts", set.ts(), &ReadOptions::default()).unwrap();
        assert_same(&ts, &plain);
    }

    #[test]
    fn arrays_read_alike_in_every_type_and_shape(
        set in set(),
        x_type in prop_oneof![Just("<f2"), Just("<f4"), Just(">f8")],
        shape in 0..4_usize,
        name in prop_oneof![Just(["x", "y"]), Just(["X", "y"]), Just(["data", "target"]), Just(["x_train", "y_train"])],
        form in 0..6_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let plain = read(folder.path(), "plain.csv", set.plain(), &ReadOptions::default()).unwrap();
        let (n, window) = (set.x.len(), set.window());
        let shape = [format!("({n}, {window})"), format!("({n}, 1, {window})"), format!("({n}, {window}, 1)"),
            format!("({n}, 1, 1, {window})")][shape].clone();
        let x: Vec<f32> = set.x.concat();
        let numbers: Option<Vec<f32>> = set.labels.iter().map(|label| label.parse().ok()).collect();
        let vector = format!("({n},)");
        let column = format!("({n}, 1)");
        let y = match (&numbers, form) {
            (Some(numbers), 0) => array("<i8", &vector, numbers),
            (Some(numbers), 1) => array("<f4", &vector, numbers),
            (Some(numbers), 2) => array("<i2", &column, numbers),
            (Some(numbers), 3) if numbers.iter().all(|number| *number >= 0.0) => array("<u8", &vector, numbers),
            (Some(numbers), 4) => array(">f8", &column, numbers),
            (None, 0..=2) | (Some(_), _) => texts('U', &set.labels),
            (None, _) => texts('S', &set.labels),
        };
        let path = npz(folder.path(), "d.npz", &[(name[0], array(x_type, &shape, &x)), (name[1], y)]);
        assert_same(&Dataset::read(&path, &ReadOptions::default()).unwrap(), &plain);
    }

    /// Pairs `NAME_TRAIN` and `NAME_TEST` read as one archive with both splits.
    #[test]
    fn pairs_of_files_read_as_an_archive_with_splits(set in set(), form in 0..4_usize) {
        let folder = tempfile::tempdir().unwrap();
        let cut = set.x.len() / 2;
        let [train, test] = [0..cut, cut..set.x.len()]
            .map(|rows| Set { x: set.x[rows.clone()].to_vec(), labels: set.labels[rows].to_vec() });
        let arrays = [("train", &train), ("test", &test)].map(|(split, set)| {
            let x = array("<f4", &format!("({}, {})", set.x.len(), set.window()), &set.x.concat());
            [(format!("x_{split}"), x), (format!("y_{split}"), texts('U', &set.labels))]
        });
        let arrays: Vec<(&str, Vec<u8>)> = arrays.iter().flatten().map(|(name, bytes)| (&**name, bytes.clone())).collect();
        let expected = Dataset::read(&npz(folder.path(), "d.npz", &arrays), &ReadOptions::default()).unwrap();
        let rows = |set: &Set| -> String {
            let row = |(x, label): (&Vec<f32>, &String)| {
                let samples: Vec<String> = x.iter().map(f32::to_string).collect();
                format!("{label}\t{}\n", samples.join("\t"))
            };
            set.x.iter().zip(&set.labels).map(row).collect()
        };
        let (ending, text): (&str, &dyn Fn(&Set) -> String) = match form {
            0 => ("tsv", &rows),
            1 => ("ts", &Set::ts),
            2 => ("arff", &Set::arff),
            _ => ("txt", &rows),
        };
        std::fs::write(folder.path().join(format!("Toy_TEST.{ending}")), text(&test)).unwrap();
        let found = read(folder.path(), &format!("Toy_TRAIN.{ending}"), text(&train), &ReadOptions::default()).unwrap();
        assert_same(&found, &expected);
    }
}

#[test]
fn names_of_classes_survive_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.npz");
    for names in [&["a b", "µ"][..], &["-1", "7"], &["2", "x"], &[]] {
        let x = ndarray::Array2::from_shape_fn((20, 4), |(i, k)| (i * k) as f32);
        let labels: Vec<usize> = (0..20).map(|i| i % 2).collect();
        let names = names.iter().map(|&name| name.to_owned()).collect();
        let data = Dataset::builder(x.clone(), labels.clone()).class_names(names).test(x, labels).build().unwrap();
        write_dataset(&path, &data, &[]).unwrap();
        assert_same(&Dataset::read(&path, &ReadOptions::default()).unwrap(), &data);
    }
}

#[test]
fn hashes_are_labels_of_different_groups() {
    let folder = tempfile::tempdir().unwrap();
    let x: Vec<f32> = (0..80).map(|i| (i * i % 17) as f32).collect();
    let y: Vec<f32> = (0..20).map(|i| (i % 2) as f32).collect();
    let groups: Vec<u8> = (0..20_u64).flat_map(|i| (u64::MAX - i / 4).to_le_bytes()).collect();
    let group = [header("'<u8'", false, "(20,)"), groups].concat();
    let arrays = [("x", array("<f4", "(20, 4)", &x)), ("y", array("<i8", "(20,)", &y)), ("group", group)];
    let data = Dataset::read(&npz(folder.path(), "d.npz", &arrays), &ReadOptions::default()).unwrap();
    assert_eq!(data.summary().groups, Some(4));
    assert!(data.summary().groups_in_both.is_empty());
}

#[test]
fn one_hot_targets_are_classes() {
    let folder = tempfile::tempdir().unwrap();
    let x: Vec<f32> = (0..80).map(|i| (i * i % 17) as f32).collect();
    let label = |i: usize| i * i % 3;
    let one_hot: Vec<f32> =
        (0..20).flat_map(|i| (0..3).map(move |class| f32::from(u8::from(class == label(i))))).collect();
    let plain: Vec<f32> = (0..20).map(|i| label(i) as f32).collect();
    let read = |name: &str, y: Vec<u8>| {
        Dataset::read(
            &npz(folder.path(), name, &[("x", array("<f4", "(20, 4)", &x)), ("y", y)]),
            &ReadOptions::default(),
        )
    };
    // Class 2 is never drawn by squares: labels 0 and 1 remain.
    let expected = read("plain.npz", array("<i8", "(20,)", &plain)).unwrap();
    assert_same(&read("hot.npz", array("<f4", "(20, 3)", &one_hot)).unwrap(), &expected);
    let error = read("soft.npz", array("<f4", "(20, 2)", &x[..40])).unwrap_err().to_string();
    assert!(error.contains("one-hot") && error.contains("y[:, 0]"), "{error}");
}

#[test]
fn the_task_can_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..40).map(|i| format!("{}.5,{},{}.0\n", i % 7, i % 5, 1 + i % 2)).collect();
    let text = format!("x0,x1,y\n{rows}");
    let data = read(folder.path(), "d.csv", &text, &ReadOptions::default()).unwrap();
    assert_eq!(data.class_names(), ["1", "2"]);
    assert!(data.notes().iter().any(|note| note.contains("whole numbers")), "{:?}", data.notes());
    let values = ReadOptions { task: Some(Task::Values), ..ReadOptions::default() };
    let data = read(folder.path(), "d.csv", &text, &values).unwrap();
    assert!(matches!(data.train().y, Target::Values(_)) && data.class_names().is_empty());
}

/// What is ambiguous or wrong is refused with the place and the next step.
#[test]
fn errors_lead() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |row: &str| row.repeat(10);
    for (text, parts) in [
        ("x0,x1,x3,y\n1,2,3,0\n".to_owned(), &["x2", "missing", "x3"][..]),
        ("x0,x1,x1,y\n1,2,3,0\n".into(), &["x1", "there are two"]),
        ("x2,x3,y\n1,2,0\n".into(), &["x0", "missing", "x2"]),
        ("a,y\n1,2\n".into(), &["x0", "missing", "a, y"]),
        ("x0,x1\n1,2\n".into(), &["y", "missing", "x0, x1"]),
        ("x0,x1,y\n1,2,0\n1,b,1\n".into(), &["x1", "line 3 has b"]),
        ("x0,x1,y\n1,2,0\n1,,1\n".into(), &["x1", "line 3 has an empty cell"]),
        ("x0,x1,y\n1,2,0\n1,2,3,4\n".into(), &["line 3", "3 cells", "it has 4"]),
        ("x0,x1,y\n1,2,0\n1,2\n".into(), &["line 3", "3 cells", "it has 2"]),
        ("x0,x1,y,split\n1,2,0,no\n".into(), &["split", "line 2 has no"]),
        (format!("x0,x1,y\n{}1,2,NA\n", rows("1,2,0\n3,1,1\n")), &["y", "line 22 has NA"]),
        (format!("x0,x1,y\n{}1,2,oops\n", rows("1,2,0\n3,1,1\n")), &["y", "line 22 has oops"]),
        (rows("1,2,3\n4,5,6\n"), &["header", "first and the last"]),
        (rows("1.5,2.5,3.25\n4.5,5.5,6.75\n1.25,2.75,7.5\n0.5,8.5,9.5\n"), &["header", "neither"]),
        ("x0;x1;y\n1,234;5,678;0\n2,345;6,789;1\n".into(), &["thousands"]),
        ("x0,x1,y\n\"1,234\",\"5,678\",0\n\"2,345\",\"6,789\",1\n".into(), &["thousands"]),
        ("frame,particle,mass\n0,0,1.5\n1,0,1.6\n".into(), &["a row is one sample", "frame, particle"]),
        ("one\ntwo\n".into(), &["several columns"]),
        (String::new(), &["empty"]),
        ("x0,x1,y\n".into(), &["at least"]),
        ("@problemName a\n@data\n1,2:a\n1,2,3:b\n".into(), &["line 4", "2 samples", "it has 3"]),
        ("@problemName a\n@data\n1,?:a\n".into(), &["line 3", "sample 1 is ?"]),
        ("@problemName a\n@data\n1,2:3,4:a\n".into(), &["line 3", "choose a channel from 0 to 1"]),
        ("@problemName a\n@timeStamps true\n@data\n".into(), &["line 2", "time stamps"]),
        ("@relation a\n@attribute b relational\n".into(), &["line 2", "relational"]),
        (
            "@relation a\n@attribute b numeric\n@attribute c numeric\n@attribute d {x,y}\n@data\n1,x\n".into(),
            &["line 6", "3 values"],
        ),
    ] {
        let error = read(folder.path(), "d.csv", &text, &ReadOptions::default()).expect_err(&text);
        let message = error.to_string();
        assert_eq!((error.exit_code(), message.lines().count()), (2, 1), "{message}");
        assert!(message.contains("d.csv") && parts.iter().all(|part| message.contains(part)), "{message}");
    }
}

#[test]
fn a_split_of_the_file_is_kept_and_groups_stay_together() {
    let folder = tempfile::tempdir().unwrap();
    let text = "y,split,x1,x0,note\n0,train,2,1,a\n1, train ,4,3,b\n1,test,6,5,c\n";
    let data = read(folder.path(), "d.csv", text, &ReadOptions::default()).unwrap();
    assert_eq!(
        (data.train().x.clone(), data.test().x.clone()),
        (ndarray::array![[1.0, 2.0], [3.0, 4.0]], ndarray::array![[5.0, 6.0]],)
    );
    let rows: String = (0..30).map(|i| format!("{i},0,{i}.5,{}\n", i / 3)).collect();
    let data = read(folder.path(), "d.csv", format!("x0,x1,y,group\n{rows}"), &ReadOptions::default()).unwrap();
    let groups = |x: &ndarray::Array2<f32>| x.column(0).iter().map(|x| (x / 3.0).floor()).collect::<Vec<_>>();
    let (train, test) = (groups(&data.train().x), groups(&data.test().x));
    assert_eq!((train.len(), test.len(), data.groups().unwrap().len()), (24, 6, 24));
    assert!(test.iter().all(|group| !train.contains(group)));
}
