//! Checks the published packages as tarballs, as a registry would serve them.

use crate::run::{Outcome, cargo, root, step};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The packages that are published.
const PUBLISHED: [&str; 3] = ["awd-core", "awd-embedded", "awd-train"];

/// The licence texts, which every package contains as copies of those in the root.
const LICENCES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];

/// Bytes of a tarball at most: a package contains source, not data.
const MAX_TARBALL: u64 = 600_000;

/// Makes the tarballs, checks their contents, and builds them.
pub fn check() -> Outcome<()> {
    let made = root().join("target/tarballs");
    let mut package = cargo(&root());
    package.args(["package", "--quiet", "--locked", "--no-verify", "--allow-dirty", "--target-dir"]).arg(&made);
    package.args(PUBLISHED.iter().flat_map(|name| ["--package", name]));
    step("tarballs", &mut package)?;

    let unpacked = made.join("unpacked");
    // Remove what an earlier run unpacked; ignore the error if there is nothing.
    let _ = fs::remove_dir_all(&unpacked);
    fs::create_dir_all(&unpacked).map_err(|why| format!("{}: {why}", unpacked.display()))?;
    let version = env!("CARGO_PKG_VERSION");
    for name in PUBLISHED {
        let tarball = made.join(format!("package/{name}-{version}.crate"));
        let len = fs::metadata(&tarball).map_err(|why| format!("{}: {why}", tarball.display()))?.len();
        if len > MAX_TARBALL {
            return Err(format!(
                "{}: at most {MAX_TARBALL} bytes; it has {len}: exclude what is not needed to build it",
                tarball.display()
            ));
        }
        step(&format!("unpack {name}"), Command::new("tar").arg("-xzf").arg(&tarball).arg("-C").arg(&unpacked))?;
        let folder = unpacked.join(format!("{name}-{version}"));
        licences(&folder)?;
        links(&folder)?;
    }
    build(&unpacked, version)
}

/// Checks that both licences are identical to those in the root.
fn licences(folder: &Path) -> Outcome<()> {
    for licence in LICENCES {
        let read = |path: PathBuf| fs::read(&path).map_err(|why| format!("{}: {why}", path.display()));
        if read(folder.join(licence))? != read(root().join(licence))? {
            return Err(format!("{}: differs from the text in the root", folder.join(licence).display()));
        }
    }
    Ok(())
}

/// Checks that there is a README and that all files that it links to are in the package.
fn links(folder: &Path) -> Outcome<()> {
    let readme = folder.join("README.md");
    let text = fs::read_to_string(&readme).map_err(|why| format!("{}: {why}", readme.display()))?;
    match targets(&text).find(|target| !folder.join(target).exists() || target.starts_with("..")) {
        Some(target) => Err(format!("{}: {target} is not in the package: link to its web address", readme.display())),
        None => Ok(()),
    }
}

/// The files that a page links to or shows as pictures.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let pictures = text.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let files = links.chain(pictures).filter_map(|target| target.split('#').next());
    files.filter(|target| !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:"))
}

/// Builds libraries, programs, examples and tests using only the files of the tarballs.
///
/// For this build the packages form one workspace, so that each finds the others, which may not be on a registry yet. Lock file and
/// profiles are those of the repository, so that no dependency is compiled a second time.
fn build(unpacked: &Path, version: &str) -> Outcome<()> {
    let folders = PUBLISHED.map(|name| format!("{name}-{version}"));
    let members: Vec<String> = folders.iter().map(|folder| format!("{folder:?}")).collect();
    let mut workspace =
        format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[patch.crates-io]\n", members.join(", "));
    for (name, folder) in PUBLISHED.iter().zip(&folders) {
        workspace += &format!("{name} = {{ path = {folder:?} }}\n");
    }
    let manifest = root().join("Cargo.toml");
    let manifest = fs::read_to_string(&manifest).map_err(|why| format!("{}: {why}", manifest.display()))?;
    workspace += &profiles(&manifest);
    let written = fs::write(unpacked.join("Cargo.toml"), workspace)
        .and_then(|()| fs::copy(root().join("Cargo.lock"), unpacked.join("Cargo.lock")));
    written.map_err(|why| format!("{}: {why}", unpacked.display()))?;
    let mut build = cargo(unpacked);
    build.args(["build", "--release", "--workspace", "--lib", "--bins", "--examples", "--test", "*"]);
    // Share compiled dependencies with the repository's builds, but do not overwrite its programs.
    build.arg("--target-dir").arg(unpacked.join("target")).env("CARGO_BUILD_BUILD_DIR", root().join("target"));
    step("build of the tarballs", &mut build)
}

/// The tables of a manifest that define profiles, unchanged.
fn profiles(manifest: &str) -> String {
    let tables = manifest.split("\n[").filter(|table| table.starts_with("profile."));
    tables.map(|table| format!("\n[{table}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_links_of_a_page() {
        let page =
            "[a](src/a.rs), [b](https://example.org), [c](#c), ![d](d.png#top) <img src=\"../e.png\"> [f](../f.md)";
        assert_eq!(targets(page).collect::<Vec<_>>(), ["src/a.rs", "d.png", "../f.md", "../e.png"]);
    }

    #[test]
    fn finds_profiles_of_a_manifest() {
        let manifest = "[workspace]\nmembers = [\"a\"]\n\n[profile.release]\ndebug = false\n\n[patch.crates-io]\na = \"1\"\n\n\
                        [profile.release.package.b]\nopt-level = 1\n";
        let found = profiles(manifest);
        assert!(found.contains("[profile.release]\ndebug = false\n"), "{found}");
        assert!(found.contains("[profile.release.package.b]\nopt-level = 1\n"), "{found}");
        assert!(!found.contains("members") && !found.contains("patch"), "{found}");
    }
}
