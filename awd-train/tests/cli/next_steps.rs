//! Errors that a newcomer meets end with what to do next; for a mistyped name they suggest the right one.

use crate::awd;
use crate::common::program::command;
use crate::common::refusal::refused;
use crate::common::skip::skipped;
use crate::npz::Npz;
use crate::workshop::Workshop;
use std::process::Command;

/// Asserts that `awd` refuses these arguments in one line that ends with `end`.
fn ends(workshop: &Workshop, words: &str, end: &str) {
    let why = refused(workshop.path(), words, &[]);
    assert!(why.ends_with(end), "awd {words}: {why}");
}

#[test]
fn a_mistyped_name_is_answered_with_a_suggestion() {
    let workshop = Workshop::new();
    let folder = workshop.path();
    ends(&workshop, "inspect my.awd --distance-to sym55", "; did you mean sym5?");
    ends(&workshop, "distil my.npz --gamma 0 --start syn5+0.3 --out m.awd", "; did you mean sym5?");
    ends(&workshop, "inspect my.awd --distance-to morlet", "asked for morlet");
    // Files of any kind, in any folder.
    ends(&workshop, "score my.adw my.npz", "; did you mean my.awd?");
    ends(&workshop, "teach clases.npz --arch mlp --out t", "; did you mean classes.npz?");
    ends(&workshop, "teach data/ecg500.npz --arch mlp --out t", "; did you mean ecg5000.npz?");
    ends(&workshop, "distil my.npz --teacher teacher.safetensor --out m.awd", "; did you mean teacher.safetensors?");
    ends(&workshop, "import cmeanalysis movies.mat --out t.npz", "; did you mean movie.mat?");
    ends(&workshop, "score my.awd dta/ecg5000.npz", "; there is no folder dta");
    std::fs::write(folder.join("table.csv"), "x0,x1,y,patient\n1,2,0,a\n2,1,1,b\n").unwrap();
    ends(&workshop, "teach table.cvs --arch mlp --out t", "; did you mean table.csv?");
    // Arrays and columns.
    ends(&workshop, "teach table.csv --arch mlp --out t --groups patients", "; did you mean patient?");
    let arrays = Npz::new(&folder.join("g.npz")).with("x_train", &[2, 2], [1_f32, 2.0, 2.0, 1.0]);
    let arrays = arrays.with("y_train", &[2], [0_i64, 1]).with("x_test", &[1, 2], [1_f32, 2.0]);
    arrays.with("y_test", &[1], [0_i64]).with("movie_train", &[2], [0_i64, 1]).finish();
    ends(&workshop, "teach g.npz --arch mlp --out t --groups movies", "; did you mean movie_train?");
    // Channels of a microscope, and the baseline of integrated gradients.
    ends(&workshop, "import cmeanalysis movie.mat --channel reff --out t.npz", "; did you mean ref?");
    ends(&workshop, "import table particles.csv --label outcom --out t.npz", "; did you mean outcome?");
    let labels = "--label-channel COLUMN names a second channel, --label COLUMN labels of tracks";
    ends(&workshop, "import table particles.csv --out t.npz", labels);
    let attribute = "attribute my.npz --teacher teacher.safetensors --method integrated-gradients --out g.npz";
    ends(&workshop, &format!("{attribute} --baseline zeros"), "; did you mean zero?");
    // Boards and ports.
    ends(&workshop, "device info --port quemu", "; did you mean qemu?");
    if Command::new("qemu-system-arm").arg("--version").output().is_ok() {
        ends(&workshop, "device info --port qemu:microbits", "; did you mean microbit?");
        ends(&workshop, "device emulate --board mps2-an368", "; did you mean mps2-an386?");
    }
}

#[test]
fn the_error_about_a_file_of_the_wrong_kind_names_its_use() {
    let workshop = Workshop::new();
    let folder = workshop.path();
    ends(&workshop, "inspect my.npz", "as in `awd score MODEL DATA`");
    ends(&workshop, "inspect teacher.safetensors", "`awd distil DATA --teacher FILE` distils it into a model");
    ends(&workshop, "score my.awd my.awd", "it is a model: name the data after it, as in `awd score MODEL DATA`");
    ends(
        &workshop,
        "teach samples.txt --arch mlp --out t",
        "separated by commas, semicolons, tabs or spaces; it has one",
    );
    // A folder is read as a data set in shards.
    std::fs::create_dir(folder.join("empty")).unwrap();
    ends(&workshop, "score my.awd empty", "at least one .npz; there is none");
    for words in ["inspect data", "distil my.npz --onnx data --out m"] {
        ends(&workshop, words, "; this is a folder: name a file in it");
    }
    ends(&workshop, "distil my.npz --gamma 0 --out data", "this is a folder: name a file in it");
    ends(&workshop, "distil my.npz --gamma 0 --out new/m.awd", "create new first");
    let mut bytes = std::fs::read(folder.join("my.awd")).unwrap();
    let good = std::mem::replace(&mut bytes[4], 9);
    std::fs::write(folder.join("newer.awd"), &bytes).unwrap();
    ends(&workshop, "inspect newer.awd", "update this software");
    bytes[4] = good;
    std::fs::write(folder.join("cut.awd"), &bytes[..40]).unwrap();
    ends(&workshop, "inspect cut.awd", "; copy or distil it again");
    // A teacher of other data, and a teacher without its shape file.
    ends(
        &workshop,
        "distil classes.npz --teacher teacher.safetensors --out m.awd",
        "awd teach trains one on these data",
    );
    std::fs::copy(folder.join("teacher.safetensors"), folder.join("alone")).unwrap();
    ends(&workshop, "distil my.npz --teacher alone --out m.awd", "an ONNX network is loaded with --onnx");
}

#[test]
fn errors_about_incomplete_data_list_what_is_there() {
    let workshop = Workshop::new();
    let folder = workshop.path();
    Npz::new(&folder.join("x.npz")).with("recordings", &[1, 2], [1_f32, 2.0]).with("diagnoses", &[1], [0_i64]).finish();
    ends(&workshop, "teach x.npz --arch mlp --out t", "missing (docs/data.md); the file has recordings, diagnoses");
    for (text, end) in [
        ("x0,x1,y\n1,2,0\n3,1,1\n2,2,sick\n", "line 4 has sick: correct the line, or delete it"),
        ("x0,x1,y\n1,two,0\n", "line 2 has two: correct the line, or delete it"),
        ("a,b\n1,2\n", "columns are x0, x1, …, y; the header is a, b"),
    ] {
        std::fs::write(folder.join("t.csv"), text).unwrap();
        ends(&workshop, "teach t.csv --arch mlp --out t", end);
    }
}

#[test]
fn errors_name_what_a_board_needs() {
    let workshop = Workshop::new();
    let stderr = |words: &str, variables: &[(&str, &str)]| {
        let output = command(workshop.path(), words).envs(variables.iter().copied()).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let bare = stderr("device info --port qemu", &[("PATH", "")]);
    assert!(bare.contains("`apt install qemu-system-arm`"), "{bare}");
    if Command::new("qemu-system-arm").arg("--version").output().is_ok() {
        let none = stderr("device info --port qemu", &[("AWD_FIRMWARE", "/no/such/firmware")]);
        assert!(none.contains("`cargo xtask firmware` builds one"), "{none}");
    }
    let absent = stderr("device info --port /no/such/port", &[]);
    assert!(absent.contains("the ports are ") || absent.contains("plug the board in"), "{absent}");
}

/// A port that another program has opened, and a port without permission.
#[test]
fn the_error_about_a_port_explains_how_to_open_it() {
    use std::os::unix::fs::PermissionsExt;
    let workshop = Workshop::new();
    let port = workshop.path().join("port");
    std::fs::write(&port, "").unwrap();
    let stderr = || String::from_utf8(awd(workshop.path(), "device info --port ./port").stderr).unwrap();
    let file = std::fs::File::open(&port).unwrap();
    file.lock().unwrap();
    let busy = stderr();
    assert!(busy.contains("close it, or wait"), "{busy}");
    file.unlock().unwrap();
    std::fs::set_permissions(&port, PermissionsExt::from_mode(0o000)).unwrap();
    if std::fs::File::open(&port).is_ok() {
        return skipped("a port that may not be opened: the administrator may open all");
    }
    let forbidden = stderr();
    assert!(forbidden.contains("usermod -aG dialout"), "{forbidden}");
}
