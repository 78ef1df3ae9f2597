//! What the tests need of the machine. Each need is checked by using it, and what is missing is installed where that is possible,
//! before anything large is compiled.

use crate::run::{Outcome, output, root, skipped};
use crate::toolchain;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

pub const EMULATOR: &str = "qemu-system-arm";
const RISC_V: &str = "qemu-system-riscv32";
/// Shows reports to their tests.
pub const BROWSER: &str = "chromium";

/// Something that is needed.
struct Need {
    /// What it is for.
    what: &'static str,
    /// Debian's packages that have it.
    packages: &'static str,
    /// Uses it.
    works: fn() -> bool,
}

/// Those that Debian has.
const NEEDS: [Need; 7] = [
    Need { what: "emulated boards", packages: "qemu-system-arm", works: || emulator(EMULATOR, "mps2-an386") },
    Need { what: "emulated RISC-V", packages: "qemu-system-misc", works: || emulator(RISC_V, "virt") },
    Need { what: "C on the board", packages: "gcc-arm-none-eabi", works: c_for_boards },
    Need { what: "reports in a browser", packages: "chromium", works: browser },
    Need { what: "ranks of MPI", packages: "openmpi-bin libopenmpi-dev", works: mpi },
    Need { what: "bindings of MPI", packages: "clang libclang-dev", works: bindings },
    Need { what: "checks of dependencies", packages: "python3-venv", works: venv },
];

/// Installs what is missing. What cannot be installed is one line that says how to.
///
/// # Errors
/// Names all that is still missing.
pub fn install() -> Outcome<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.works)()).collect();
    if !missing.is_empty() {
        let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages.split(' ')).collect();
        apt(&packages);
    }
    let targets = toolchain::install().err();
    let missing = missing.iter().filter(|need| !(need.works)());
    let missing = missing.map(|Need { what, packages, .. }| format!("{what}: sudo apt-get install {packages}"));
    let missing: Vec<String> = missing.chain(targets).collect();
    if missing.is_empty() { Ok(()) } else { Err(missing.join("; ")) }
}

/// Whether ranks of MPI can be built and launched; if not, the tests of them are skipped, and how that is mended.
pub fn ranks() -> bool {
    let works = mpi() && bindings();
    if !works {
        skipped("ranks of MPI", "sudo apt-get install openmpi-bin libopenmpi-dev clang libclang-dev");
    }
    works
}

/// Installs packages, if that may be done here. Whether it was done shows in what works afterwards.
fn apt(packages: &[&str]) {
    let run = |words: &[&str]| {
        eprintln!("xtask: apt-get {}", words.join(" "));
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(words).stdout(Stdio::null());
        apt.status().is_ok_and(|status| status.success())
    };
    let install = [&["install", "-y", "-qq", "--no-install-recommends"], packages].concat();
    if run(&["update", "-qq"]) && !run(&install) {
        // One that is not there keeps the others out.
        packages.iter().for_each(|package| _ = run(&["install", "-y", "-qq", "--no-install-recommends", package]));
    }
}

/// Does it run and succeed?
fn runs(command: &mut Command) -> bool {
    output(command.stdin(Stdio::null()).stderr(Stdio::null())).is_some()
}

/// A file that a check compiles, and where the result goes.
fn source(name: &str, text: &str) -> Option<[PathBuf; 2]> {
    let folder = root().join("target/needs");
    fs::create_dir_all(&folder).ok()?;
    let file = folder.join(name);
    fs::write(&file, text).ok()?;
    Some([file, folder.join("compiled")])
}

/// The emulator starts a board, and ends.
fn emulator(program: &str, board: &str) -> bool {
    let mut emulator = Command::new(program);
    emulator.args(["-M", board, "-bios", "none", "-nodefaults", "-display", "none", "-S", "-monitor", "stdio"]);
    let Ok(mut child) = emulator.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
        return false;
    };
    // It ends with this word, and otherwise with its input.
    let told = child.stdin.take().map(|mut monitor| std::io::Write::write_all(&mut monitor, b"quit\n"));
    matches!(told, Some(Ok(()))) && child.wait().is_ok_and(|status| status.success())
}

/// The compiler compiles awd's header for the board.
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

/// The browser shows a page.
fn browser() -> bool {
    let mut browser = Command::new(BROWSER);
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "data:text/html,<p>shown</p>"]);
    output(browser.stdin(Stdio::null()).stderr(Stdio::null())).is_some_and(|page| page.contains("shown"))
}

/// A program that includes MPI's header is compiled, linked and launched.
fn mpi() -> bool {
    let text = "#include <mpi.h>\nint main(int n, char **words) { MPI_Init(&n, &words); return MPI_Finalize(); }\n";
    let Some([file, compiled]) = source("mpi.c", text) else { return false };
    let launch = ["--allow-run-as-root", "--oversubscribe", "-n", "2"];
    runs(Command::new("mpicc").arg(file).arg("-o").arg(&compiled))
        && runs(Command::new("mpirun").args(launch).arg(compiled))
}

/// The library that makes Rust's bindings of MPI's header is where it is looked for, and its compiler finds the header.
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

/// Python makes an environment that has pip.
fn venv() -> bool {
    let place = root().join("target/needs/venv");
    runs(Command::new("python3").args(["-m", "venv"]).arg(&place))
        && runs(Command::new(place.join("bin/pip")).arg("--version"))
}
