//! `awd doctor`, with and without the tools that it looks for.

use crate::common::paths::root;
use crate::common::program::command;
use std::path::Path;

/// What `awd doctor` prints with these variables; it must succeed.
fn doctor(options: &str, variables: &[(&str, &str)]) -> String {
    let mut command = command(Path::new("."), &format!("doctor {options}"));
    let output = command.env_remove("AWD_FIRMWARE").envs(variables.iter().copied()).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn missing_tools_come_with_a_command() {
    let nothing = [("PATH", ""), ("AWD_FIRMWARE", "/no/such/firmware")];
    let table = doctor("--threads 3", &nothing);
    assert!(table.starts_with(&format!("awd {}, threads: 3\n", env!("CARGO_PKG_VERSION"))), "{table}");
    let line = |name: &str| {
        table.lines().find(|line| line[9..].starts_with(name)).unwrap_or_else(|| panic!("{name}: {table}"))
    };
    for (name, next) in [
        ("target thumbv7em-none-eabihf", "rustup target add thumbv7em-none-eabihf"),
        ("target thumbv6m-none-eabi", "cargo xtask setup"),
        ("emulator qemu-system-arm", "apt install qemu-system-arm"),
        ("emulator qemu-system-riscv32", "apt install qemu-system-misc"),
        ("firmware ", "cargo xtask firmware"),
        ("probe-rs", "cargo install probe-rs-tools"),
    ] {
        assert!(line(name).starts_with("missing") && line(name).contains(next), "{table}");
    }
    assert!(line("feature teacher").starts_with("found") && line("serial port").len() > 20, "{table}");

    let json: serde_json::Value = serde_json::from_str(&doctor("--json", &nothing)).unwrap();
    let things = json["things"].as_array().unwrap();
    assert!(json["threads"].as_u64().unwrap() > 0 && things.len() == table.lines().count() - 1, "{json}");
    for thing in things {
        assert_eq!(thing["found"].as_bool().unwrap(), thing["next"].is_null(), "{thing}");
    }
}

#[test]
fn installed_tools_are_found() {
    let manifest = root().join("Cargo.toml").display().to_string();
    let table = doctor("", &[("AWD_FIRMWARE", &manifest)]);
    assert!(table.lines().any(|line| line.starts_with("found") && line.ends_with("Cargo.toml")), "{table}");
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("probe-rs");
    std::fs::write(&program, "#!/bin/sh\necho probe-rs 1.2.3\n").unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let table = doctor("", &[("PATH", folder.path().to_str().unwrap())]);
    let line = table.lines().find(|line| line.contains("probe-rs")).unwrap();
    assert!(line.starts_with("found") && line.ends_with("probe-rs 1.2.3"), "{table}");
}
