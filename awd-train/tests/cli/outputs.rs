//! Where results go: devices and pipes are written to, links are followed, and a path that cannot be written is
//! reported at once.

use crate::common::process::until;
use crate::common::program::{AWD, command};
use crate::common::skip::skipped;
use crate::npz::bumps;
use crate::{awd, json};
use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const DISTIL: &str = "distil d.npz --gamma 0 --taps 2 --levels 1 --max-parameters 6 --quiet";

#[test]
fn models_are_written_through_links_and_to_pipes() {
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
    // /dev/stdout gets the source first, then the message about it.
    let mut shell = Command::new("sh");
    shell.current_dir(folder).args(["-c", "\"$0\" export m.awd --as c --out /dev/stdout | head -c 40"]);
    let printed = shell.arg(AWD).output().unwrap();
    assert!(printed.stdout.starts_with(b"/*") || printed.stdout.starts_with(b"//"), "{:?}", printed.stdout);
}

/// Every verb that writes, with a path that cannot be written. The inputs do not exist either, which would be found
/// next.
#[test]
fn an_unwritable_path_is_reported_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("file"), b"").unwrap();
    for verb in [
        "distil no.npz --gamma 0 --out PATH",
        "distil no.npz --gamma 0 --out m.awd --trials PATH",
        "distil no.npz --gamma 0 --out m.awd --checkpoint PATH",
        "distil no.npz --gamma 0 --out m.awd --animate PATH",
        "teach no.npz --arch mlp --out PATH",
        "export no.awd --as c --out PATH",
        "report no.awd no.npz --out PATH",
        "binarize no.npz --positive 1 --out PATH",
        "import cmeanalysis no.mat --out PATH",
        "import table no.csv --out PATH",
    ] {
        for path in ["no/such/folder", "file/in", "."] {
            let output = awd(folder, &verb.replace("PATH", path));
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{verb} {path}: {stderr}");
            assert!(stderr.starts_with(&format!("awd: {path}: file: ")), "{verb} {path}: {stderr}");
        }
    }
    for verb in ["teach no.npz --arch mlp --out PATH", "distil no.npz --gamma 0 --out m.awd --checkpoint PATH"] {
        let output = awd(folder, &verb.replace("PATH", "/dev/null"));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && stderr.contains("name a file"), "{verb}: {stderr}");
        assert!(!Path::new("/dev/null.json").exists());
    }
}

/// Runs as an ordinary user in a folder of another user. Only root can switch to such a user.
#[test]
fn a_read_only_folder_is_reported_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
    let mut command = Command::new("setpriv");
    command.current_dir(folder).args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    let output = command.arg(AWD).args(DISTIL.split(' ')).args(["--out", "m.awd"]).output();
    let stderr = output.as_ref().map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default();
    // Without root, setpriv fails. With root, the program may be in a folder that other users cannot read.
    if output.is_err() || stderr.contains("setpriv") {
        return skipped("a read-only folder: run the tests as root, where others may read the program");
    }
    assert!(output.unwrap().status.code() == Some(2) && stderr.contains("m.awd: file: a path in a folder"), "{stderr}");
}

#[test]
fn two_runs_with_one_checkpoint_do_not_harm_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    let search = "distil d.npz --gamma 0 --max-parameters 20 --quiet --checkpoint search.part --threads 1";
    let mut first = command(folder, &format!("{search} --out a.awd")).spawn().unwrap();
    until(Duration::from_secs(60), "no checkpoint", || {
        let exists = folder.join("search.part").exists();
        assert!(exists || first.try_wait().unwrap().is_none(), "it ended without a checkpoint");
        exists
    });
    let second = awd(folder, &format!("{search} --out b.awd"));
    let stderr = String::from_utf8_lossy(&second.stderr);
    assert!(second.status.code() == Some(1) && stderr.contains("search.part: another process"), "{stderr}");
    assert!(first.wait().unwrap().success());
    let left_over = |ending: &str| fs::read_dir(folder).unwrap().flatten().any(|file| file.path().ends_with(ending));
    assert!(folder.join("a.awd").exists() && !left_over("search.part") && !left_over("search.part.lock"));
}
