//! The programs and libraries that the tests need. Each one is checked by using it; what is missing is installed if possible, before
//! anything large is compiled.

use crate::run::{Outcome, output, root, skipped};
use crate::toolchain;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

pub const EMULATOR: &str = "qemu-system-arm";
/// The emulator of the RISC-V board.
pub const RISC_V: &str = "qemu-system-riscv32";
/// The browser that tests reports.
pub const BROWSER: &str = "chromium";

/// Something that the tests need.
struct Need {
    /// Its purpose.
    what: &'static str,
    /// Debian's packages that provide it.
    packages: &'static str,
    /// Checks that it works.
    works: fn() -> bool,
}

/// The needs that Debian provides.
const NEEDS: [Need; 8] = [
    Need { what: "emulated boards", packages: "qemu-system-arm", works: || emulator(EMULATOR, "mps2-an386") },
    Need { what: "emulated RISC-V", packages: "qemu-system-misc", works: || emulator(RISC_V, "virt") },
    Need { what: "C on the board", packages: "gcc-arm-none-eabi", works: c_for_boards },
    Need { what: "Arduino sketches on the host", packages: "g++", works: cpp },
    Need { what: "reports in a browser", packages: "chromium", works: browser },
    Need { what: "MPI ranks", packages: "openmpi-bin libopenmpi-dev", works: mpi },
    Need { what: "MPI bindings", packages: "clang libclang-dev", works: bindings },
    PYTHON,
];

/// What the Python package and the dependency checks need.
const PYTHON: Need = Need { what: "the Python package", packages: "python3-venv", works: venv };

/// Installs what is missing.
///
/// # Errors
/// One line with a command for everything that is still missing.
pub fn install() -> Outcome<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.works)()).collect();
    if !missing.is_empty() {
        let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages.split(' ')).collect();
        apt(&packages);
    }
    let targets = toolchain::install(&toolchain::TARGETS).err();
    let missing = missing.iter().filter(|need| !(need.works)());
    let missing = missing.map(|Need { what, packages, .. }| format!("{what}: sudo apt-get install {packages}"));
    let missing: Vec<String> = missing.chain(targets).collect();
    if missing.is_empty() { Ok(()) } else { Err(missing.join("; ")) }
}

/// Installs what the wheel needs.
///
/// # Errors
/// It is still missing; the error has the command that installs it.
pub fn python() -> Outcome<()> {
    if !(PYTHON.works)() {
        apt(&[PYTHON.packages]);
    }
    let Need { what, packages, works } = PYTHON;
    if works() { Ok(()) } else { Err(format!("{what}: sudo apt-get install {packages}")) }
}

/// Whether MPI programs can be built and launched. If not, reports that their tests are skipped and what to install.
pub fn ranks() -> bool {
    let works = mpi() && bindings();
    if !works {
        skipped("MPI ranks", "sudo apt-get install openmpi-bin libopenmpi-dev clang libclang-dev");
    }
    works
}

/// Tries to install packages. The caller checks afterwards what works.
fn apt(packages: &[&str]) {
    let run = |args: &[&str]| {
        eprintln!("xtask: apt-get {}", args.join(" "));
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(args).stdout(Stdio::null());
        apt.status().is_ok_and(|status| status.success())
    };
    let install = [&["install", "-y", "-qq", "--no-install-recommends"], packages].concat();
    if run(&["update", "-qq"]) && !run(&install) {
        // An unknown package makes the whole installation fail, so install them one by one.
        packages.iter().for_each(|package| _ = run(&["install", "-y", "-qq", "--no-install-recommends", package]));
    }
}

/// Whether a command runs and succeeds.
fn runs(command: &mut Command) -> bool {
    output(command.stdin(Stdio::null()).stderr(Stdio::null())).is_some()
}

/// Writes a source file for a check; returns its path and the path for the compiled result.
fn source(name: &str, text: &str) -> Option<[PathBuf; 2]> {
    let folder = root().join("target/needs");
    fs::create_dir_all(&folder).ok()?;
    let file = folder.join(name);
    fs::write(&file, text).ok()?;
    Some([file, folder.join("compiled")])
}

/// Whether the emulator starts a board and quits.
fn emulator(program: &str, board: &str) -> bool {
    let mut emulator = Command::new(program);
    emulator.args(["-M", board, "-bios", "none", "-nodefaults", "-display", "none", "-S", "-monitor", "stdio"]);
    let Ok(mut child) = emulator.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
        return false;
    };
    // The emulator quits on this command, or at the end of its input.
    let written = child.stdin.take().map(|mut monitor| std::io::Write::write_all(&mut monitor, b"quit\n"));
    matches!(written, Some(Ok(()))) && child.wait().is_ok_and(|status| status.success())
}

/// Whether the compiler for boards compiles awd's header.
fn c_for_boards() -> bool {
    let Some([file, compiled]) =
        source("board.c", "#include <awd.h>\nint window(void) { return sizeof(awd_model); }\n")
    else {
        return false;
    };
    let mut compiler = Command::new("arm-none-eabi-gcc");
    compiler
        .args(["-mcpu=cortex-m4", "-mthumb", "-ffreestanding", "-c", "-I"])
        .arg(root().join("awd-embedded/c/include"));
    runs(compiler.arg(file).arg("-o").arg(compiled))
}

/// Whether a C++ compiler compiles and links.
fn cpp() -> bool {
    let Some([file, compiled]) = source("host.cpp", "#include <iostream>\nint main() { std::cout << 1; }\n") else {
        return false;
    };
    runs(Command::new("c++").arg(file).arg("-o").arg(compiled))
}

/// Whether the browser shows a page.
fn browser() -> bool {
    let mut browser = Command::new(BROWSER);
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "data:text/html,<p>shown</p>"]);
    output(browser.stdin(Stdio::null()).stderr(Stdio::null())).is_some_and(|page| page.contains("shown"))
}

/// Whether a program that includes MPI's header compiles, links and launches.
fn mpi() -> bool {
    let text = "#include <mpi.h>\nint main(int n, char **words) { MPI_Init(&n, &words); return MPI_Finalize(); }\n";
    let Some([file, compiled]) = source("mpi.c", text) else { return false };
    let launch = ["--allow-run-as-root", "--oversubscribe", "-n", "2"];
    runs(Command::new("mpicc").arg(file).arg("-o").arg(&compiled))
        && runs(Command::new("mpirun").args(launch).arg(compiled))
}

/// Whether libclang, which generates the Rust bindings of MPI, is in one of the folders searched, and clang finds MPI's header.
fn bindings() -> bool {
    let Some([file, _]) = source("bindings.c", "#include <mpi.h>\n") else { return false };
    let include = output(Command::new("mpicc").arg("--showme:compile")).unwrap_or_default();
    let compiles = runs(Command::new("clang").args(include.split_whitespace()).arg("-fsyntax-only").arg(file));
    let folders = output(Command::new("llvm-config").arg("--libdir")).map(PathBuf::from);
    let versions = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    let llvm = versions.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("llvm-")));
    let named = std::env::var_os("LIBCLANG_PATH").map(PathBuf::from);
    let folders = folders.into_iter().chain(llvm.map(|path| path.join("lib"))).chain(named);
    let mut files = folders.filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let library = |name: &str| name.starts_with("libclang.so") || name.starts_with("libclang-") && name.contains(".so");
    compiles && files.any(|file| library(&file.file_name().to_string_lossy()))
}

/// Whether Python creates a virtual environment with pip.
fn venv() -> bool {
    let folder = root().join("target/needs/venv");
    runs(Command::new("python3").args(["-m", "venv"]).arg(&folder))
        && runs(Command::new(folder.join("bin/pip")).arg("--version"))
}
