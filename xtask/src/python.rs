//! The Python package: its wheel, and the tests that use it.

use crate::run::{Outcome, output, root, skipped, step};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// What builds the wheel.
const BUILD: [&str; 1] = ["maturin>=1.9,<2"];

/// What the tests need besides the wheel.
/// pandas and array-api-strict are for scikit-learn's checks; the last three are those of the extra `microscopy`.
const TEST: [&str; 9] = [
    "numpy",
    "scikit-learn>=1.6,<2",
    "pytest",
    "matplotlib",
    "pandas",
    "array-api-strict",
    "scipy",
    "trackpy>=0.6",
    "pymmcore-plus>=0.18,<0.19",
];

/// What the tests of networks and the notebook need. It is large, so only the full test installs it.
const NETWORKS: [&str; 5] = ["torch", "onnx", "onnxscript", "nbclient", "ipykernel"];

/// A virtual environment of the project.
pub struct Python(PathBuf);

impl Python {
    /// The environment, made if it does not exist.
    fn new() -> Outcome<Self> {
        let folder = root().join("target/python");
        if output(Command::new(folder.join("bin/pip")).arg("--version")).is_none() {
            step("python3 -m venv", Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        }
        Ok(Self(folder))
    }

    /// A program of the environment.
    pub fn program(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }

    fn install(&self, packages: &[&str]) -> Outcome<()> {
        let mut pip = Command::new(self.program("pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(packages);
        step(&format!("pip install {}", packages.join(" ")), &mut pip)
    }

    /// Whether the environment has these modules.
    fn has(&self, modules: &str) -> bool {
        output(Command::new(self.program("python")).args(["-c", &format!("import {modules}")])).is_some()
    }
}

/// Builds the wheel and returns its path.
pub fn wheel() -> Outcome<PathBuf> {
    let python = Python::new()?;
    python.install(&BUILD)?;
    build(&python)
}

fn build(python: &Python) -> Outcome<PathBuf> {
    let folder = root().join("target/wheels");
    // Wheels of earlier versions; there may be none.
    let _ = fs::remove_dir_all(&folder);
    let mut build = Command::new(python.program("maturin"));
    build.current_dir(root().join("python")).env_remove("CARGO").env_remove("RUSTC");
    build.args(["build", "--release", "--locked", "--quiet", "--interpreter"]).arg(python.program("python"));
    step("wheel", build.arg("--out").arg(&folder))?;
    let failed = |why: std::io::Error| format!("{}: {why}", folder.display());
    let mut files = fs::read_dir(&folder).map_err(failed)?.flatten().map(|entry| entry.path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "whl")).ok_or("no wheel was built".into())
}

/// The environment with what the wheel and its tests need; `networks` adds torch and ONNX.
pub fn environment(networks: bool) -> Outcome<Python> {
    let python = Python::new()?;
    python.install(&[&BUILD[..], &TEST].concat())?;
    if networks {
        python.install(&NETWORKS)?;
    }
    Ok(python)
}

/// Builds the wheel and installs it.
pub fn install(python: &Python) -> Outcome<()> {
    let wheel = build(python)?.display().to_string();
    python.install(&["--force-reinstall", "--no-deps", &wheel])
}

/// Runs tests/python. `programs` are the variables that name programs for boards.
pub fn test(python: &Python, programs: &[(&str, PathBuf)]) -> Outcome<()> {
    if !python.has("torch, onnx, onnxscript") {
        skipped("networks of torch in Python", "cargo xtask test --full installs torch");
    }
    let mut pytest = Command::new(python.program("python"));
    // In this folder the sources of the package are not found, so that the wheel is tested.
    pytest.current_dir(root().join("tests/python")).args(["-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"]);
    for (variable, program) in programs {
        pytest.env(variable, program);
    }
    step("tests of the Python package", pytest.env("PYTHONDONTWRITEBYTECODE", "1"))
}
