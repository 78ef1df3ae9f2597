//! `awd key` and `awd sign`.

use crate::common::refusal::refused;
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
