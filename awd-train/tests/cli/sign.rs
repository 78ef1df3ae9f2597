//! `awd key` and `awd sign`.

use crate::common::program::command;
use crate::common::refusal::refused;
use crate::common::skip::skipped;
use crate::json;
use crate::npz::bumps;

#[test]
fn a_key_is_made_and_signs_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    json(folder, "distil d.npz --taps 4 --levels 2 --gamma 0 --out a.awd --json -q");
    let key = json(folder, "key new --out site.key --json -q");
    let public = std::fs::read_to_string(folder.join("site.key.pub")).unwrap();
    assert!(public.len() == 65 && key["public_key"] == public.trim(), "{key} {public}");
    refused(folder, "key new --out site.key", &["site.key: file: a new file; this one exists and is not replaced"]);
    assert_eq!(std::fs::read_to_string(folder.join("site.key.pub")).unwrap(), public);

    let signed = json(folder, "sign a.awd --key site.key --json -q");
    assert_eq!((&signed["out"], &signed["key"]), (&"a.awd.sig".into(), &key["key"]));
    // Seconds since 1970.
    assert!(signed["number"].as_u64().unwrap() > 1_700_000_000, "{signed}");
    // A signature depends on the model and its number alone.
    let sign = |number: u32, out: &str| {
        json(folder, &format!("sign a.awd --key site.key --number {number} --out {out} --json -q"));
        std::fs::read_to_string(folder.join(out)).unwrap()
    };
    let one = sign(7, "one.sig");
    assert!(
        one.starts_with("awd signature 1\nnumber 7\nkey ") && one == sign(7, "again.sig") && one != sign(8, "two.sig")
    );

    refused(folder, "sign d.npz --key site.key", &["d.npz: model: magic: AWDM"]);
    refused(folder, "sign a.awd --key a.awd", &["a.awd: key: a private Ed25519 key in PEM", "awd key new makes one"]);
    refused(folder, "sign a.awd --key site.key.pub", &["site.key.pub: key: a private Ed25519 key"]);
    refused(folder, "sign a.awd --key missing.key", &["missing.key: file"]);
    refused(folder, "sign a.awd --key site.key --out none/a.sig", &["none/a.sig: file: a path in a folder"]);
    refused(folder, "device push a.awd --key d.npz --port none", &["d.npz: key: a private Ed25519 key"]);
    refused(folder, "device push a.awd --signature site.key --port none", &["site.key: signature: four lines"]);
}

/// A private key whose bytes are zeros, which the firmware of the tests takes, as OpenSSL writes it.
const TEST_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
-----END PRIVATE KEY-----
";

#[test]
fn a_board_with_a_key_takes_only_signed_models() {
    let Some(firmware) = std::env::var_os("AWD_SIGNED_FIRMWARE") else {
        return skipped("the board that takes signed models: AWD_SIGNED_FIRMWARE is not set");
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bumps(&folder.join("d.npz"));
    json(folder, "distil d.npz --taps 4 --levels 2 --gamma 0 --out a.awd --json -q");
    std::fs::write(folder.join("site.key"), TEST_KEY).unwrap();
    json(folder, "key new --out other.key --json -q");
    let run = |line: &str| {
        let output = command(folder, line).env("AWD_FIRMWARE", &firmware).output().unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.code(), stdout + &stderr)
    };
    let (code, text) = run("device info --port qemu");
    assert!(code == Some(0) && text.contains("models accepted: signed with key "), "{text}");
    let (code, text) = run("device push a.awd --port qemu");
    assert!(code == Some(2) && text.contains("the model is not signed; `awd sign MODEL --key FILE`"), "{text}");
    let (code, text) = run("device push a.awd --key other.key --port qemu");
    assert!(code == Some(2) && text.contains("the model is signed with the key "), "{text}");
    // The signature beside the model is used.
    json(folder, "sign a.awd --key site.key --number 5 --json -q");
    let (code, text) = run("device push a.awd --port qemu");
    assert!(code == Some(0) && text.contains("pushed model 5 (crc "), "{text}");
    let (code, text) = run("device push a.awd --key site.key --port qemu");
    assert!(code == Some(0) && text.contains("pushed model 1"), "{text}");
    // The board checks it, too: the signature of another model, with the right key.
    json(folder, "distil d.npz --taps 6 --levels 2 --gamma 0 --out b.awd --json -q");
    let (code, text) = run("device push b.awd --signature a.awd.sig --port qemu");
    assert!(code == Some(2) && text.contains("signature: this board takes only models signed with its key"), "{text}");
}
