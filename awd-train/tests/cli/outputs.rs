//! Where results go: devices and pipes are written to, links are followed, and a place that cannot be written to is found at once.

use crate::npz::bumps;
use crate::{awd, json};
use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

const DISTIL: &str = "distil d.npz --gamma 0 --taps 2 --levels 1 --max-parameters 6 --quiet";

#[test]
fn models_go_where_a_path_leads() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    json(folder, &format!("{DISTIL} --out m.awd --json"));
    let model = fs::read(folder.join("m.awd")).unwrap();

    fs::write(folder.join("real.awd"), b"old").unwrap();
    fs::set_permissions(folder.join("real.awd"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.awd", folder.join("link.awd")).unwrap();
    json(folder, &format!("{DISTIL} --out link.awd --json"));
    assert!(fs::symlink_metadata(folder.join("link.awd")).unwrap().is_symlink());
    assert_eq!(fs::read(folder.join("real.awd")).unwrap(), model);
    assert_eq!(fs::metadata(folder.join("real.awd")).unwrap().permissions().mode() & 0o777, 0o640);

    assert!(Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
    let reader = Command::new("cat").arg(folder.join("pipe")).stdout(std::process::Stdio::piped()).spawn().unwrap();
    json(folder, &format!("{DISTIL} --out pipe --json"));
    assert_eq!(reader.wait_with_output().unwrap().stdout, model);
    assert!(fs::symlink_metadata(folder.join("pipe")).unwrap().file_type().is_fifo());

    let null = Path::new("/dev/null");
    for words in [
        format!("{DISTIL} --out /dev/null"),
        "export m.awd --as c --out /dev/null".into(),
        "simulate cme --n-train 20 --n-test 10 --out /dev/null".into(),
    ] {
        assert!(awd(folder, &words).status.success(), "{words}");
        assert!(fs::symlink_metadata(null).unwrap().file_type().is_char_device(), "{words}");
    }
    // The source itself, and then the words about it.
    let mut shell = Command::new("sh");
    shell.current_dir(folder).args(["-c", "\"$0\" export m.awd --as c --out /dev/stdout | head -c 40"]);
    let printed = shell.arg(env!("CARGO_BIN_EXE_awd")).output().unwrap();
    assert!(printed.stdout.starts_with(b"/*") || printed.stdout.starts_with(b"//"), "{:?}", printed.stdout);
}

/// Every verb that writes, with a place in a folder that cannot be written to; and data that do not exist, which would be found
/// out next.
#[test]
fn an_unwritable_place_is_found_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("file"), b"").unwrap();
    for verb in [
        "distil no.npz --gamma 0 --out PLACE",
        "distil no.npz --gamma 0 --out m.awd --trials PLACE",
        "distil no.npz --gamma 0 --out m.awd --checkpoint PLACE",
        "distil no.npz --gamma 0 --out m.awd --animate PLACE",
        "teach no.npz --arch mlp --out PLACE",
        "export no.awd --as c --out PLACE",
        "report no.awd no.npz --out PLACE",
        "binarize no.npz --positive 1 --out PLACE",
        "import cmeanalysis no.mat --out PLACE",
    ] {
        for place in ["no/such/folder", "file/in", "."] {
            let output = awd(folder, &verb.replace("PLACE", place));
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{verb} {place}: {told}");
            assert!(told.starts_with(&format!("awd: {place}: file: ")), "{verb} {place}: {told}");
        }
    }
    for verb in ["teach no.npz --arch mlp --out PLACE", "distil no.npz --gamma 0 --out m.awd --checkpoint PLACE"] {
        let output = awd(folder, &verb.replace("PLACE", "/dev/null"));
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && told.contains("name a file"), "{verb}: {told}");
        assert!(!Path::new("/dev/null.json").exists());
    }
}

/// As an ordinary user in a folder of others; only root can become one.
#[test]
fn a_read_only_folder_is_found_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
    let mut command = Command::new("setpriv");
    command.current_dir(folder).args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    let output = command.arg(env!("CARGO_BIN_EXE_awd")).args(DISTIL.split(' ')).args(["--out", "m.awd"]).output();
    let told = output.as_ref().map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default();
    // Without root it cannot become anybody, and the program may be where nobody else looks.
    if output.is_err() || told.contains("setpriv") {
        return crate::workshop::skipped(
            "a read-only folder: run the tests as root, where others may read the program",
        );
    }
    assert!(output.unwrap().status.code() == Some(2) && told.contains("m.awd: file: a place in a folder"), "{told}");
}

#[test]
fn two_runs_with_one_checkpoint_do_not_harm_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    let search = "distil d.npz --gamma 0 --max-parameters 20 --quiet --checkpoint search.part --threads 1";
    let mut first = Command::new(env!("CARGO_BIN_EXE_awd"));
    let mut first = first.current_dir(folder).args(search.split(' ')).args(["--out", "a.awd"]).spawn().unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !folder.join("search.part").exists() {
        assert!(std::time::Instant::now() < deadline && first.try_wait().unwrap().is_none(), "no checkpoint");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let second = awd(folder, &format!("{search} --out b.awd"));
    let told = String::from_utf8_lossy(&second.stderr);
    assert!(second.status.code() == Some(1) && told.contains("search.part: another process"), "{told}");
    assert!(first.wait().unwrap().success());
    let names = |ending: &str| fs::read_dir(folder).unwrap().flatten().any(|file| file.path().ends_with(ending));
    assert!(folder.join("a.awd").exists() && !names("search.part") && !names("search.part.lock"));
}
