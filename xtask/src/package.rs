//! Checks what others get: each published package as the tarball that the registry would have.

use crate::run::{Outcome, cargo, root, step};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The packages that are published.
const PUBLISHED: [&str; 3] = ["awd-core", "awd-embedded", "awd-train"];

/// The licence texts, which every package has as they stand in the root.
const LICENCES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];

/// Bytes that a tarball may have: a package is its source, not data.
const LARGEST: u64 = 500_000;

/// Makes the tarballs, looks into them, and builds what is in them.
pub fn check() -> Outcome<()> {
    let made = root().join("target/tarballs");
    let mut package = cargo(&root());
    package.args(["package", "--quiet", "--locked", "--no-verify", "--allow-dirty", "--target-dir"]).arg(&made);
    package.args(PUBLISHED.iter().flat_map(|name| ["--package", name]));
    step("tarballs", &mut package)?;

    let unpacked = made.join("unpacked");
    // Of a version before; there may be none.
    let _ = fs::remove_dir_all(&unpacked);
    fs::create_dir_all(&unpacked).map_err(|why| format!("{}: {why}", unpacked.display()))?;
    let version = env!("CARGO_PKG_VERSION");
    for name in PUBLISHED {
        let tarball = made.join(format!("package/{name}-{version}.crate"));
        let len = fs::metadata(&tarball).map_err(|why| format!("{}: {why}", tarball.display()))?.len();
        if len > LARGEST {
            return Err(format!(
                "{}: {len} bytes, {LARGEST} at most: exclude what is not needed to build it",
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

/// Both licences, word for word.
fn licences(folder: &Path) -> Outcome<()> {
    for licence in LICENCES {
        let read = |path: PathBuf| fs::read(&path).map_err(|why| format!("{}: {why}", path.display()));
        if read(folder.join(licence))? != read(root().join(licence))? {
            return Err(format!("{}: not the text in the root", folder.join(licence).display()));
        }
    }
    Ok(())
}

/// The README, and that what it links to is in the package or on the web.
fn links(folder: &Path) -> Outcome<()> {
    let readme = folder.join("README.md");
    let text = fs::read_to_string(&readme).map_err(|why| format!("{}: {why}", readme.display()))?;
    match targets(&text).find(|target| !folder.join(target).exists() || target.starts_with("..")) {
        Some(target) => Err(format!("{}: {target} is not in the package: link to it by its address", readme.display())),
        None => Ok(()),
    }
}

/// The files that a page links to or shows.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let pictures = text.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let files = links.chain(pictures).filter_map(|target| target.split('#').next());
    files.filter(|target| !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:"))
}

/// Builds libraries, programs, examples and tests from the files of the tarballs alone.
///
/// Only for this the packages are one workspace, so that each finds the others, which may be on no registry yet. Lock file and
/// profiles are the repository's, so that no dependency is compiled a second time.
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
    // Dependencies are shared with the repository's own builds, programs are not put in the place of its own.
    build.arg("--target-dir").arg(unpacked.join("target")).env("CARGO_BUILD_BUILD_DIR", root().join("target"));
    step("build of the tarballs", &mut build)
}

/// The profiles of a manifest, as they stand in it.
fn profiles(manifest: &str) -> String {
    let tables = manifest.split("\n[").filter(|table| table.starts_with("profile."));
    tables.map(|table| format!("\n[{table}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_a_page_are_found() {
        let page =
            "[a](src/a.rs), [b](https://example.org), [c](#c), ![d](d.png#top) <img src=\"../e.png\"> [f](../f.md)";
        assert_eq!(targets(page).collect::<Vec<_>>(), ["src/a.rs", "d.png", "../f.md", "../e.png"]);
    }

    #[test]
    fn profiles_of_a_manifest_are_found() {
        let manifest = "[workspace]\nmembers = [\"a\"]\n\n[profile.release]\ndebug = false\n\n[patch.crates-io]\na = \"1\"\n\n\
                        [profile.release.package.b]\nopt-level = 1\n";
        let found = profiles(manifest);
        assert!(found.contains("[profile.release]\ndebug = false\n"), "{found}");
        assert!(found.contains("[profile.release.package.b]\nopt-level = 1\n"), "{found}");
        assert!(!found.contains("members") && !found.contains("patch"), "{found}");
    }
}
