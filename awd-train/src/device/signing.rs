//! Signs models, for boards that take only models signed with their key. `awd_embedded::update` defines the signature.

use crate::file::{self, Kind};
use crate::{Error, Next, Result};
use awd_core::model::format::CRC;
use awd_embedded::update::{KEY_LEN, SIGNATURE_LEN, prefix};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use ed25519_dalek::{Signer, SigningKey};
use rand::TryRng;
use rand::rngs::SysRng;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// The first line of a signature's file.
const TITLE: &str = "awd signature 1";

/// A private key. A person who has it can change the models of the boards that have its public key.
#[derive(Debug)]
pub struct Key(SigningKey);

/// The signature of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// The number that the model will have on a board. The board takes it only if it is higher than all before.
    pub number: u32,
    /// The name of the public key, see [`key_name`].
    pub key: u32,
    /// The signature of Ed25519.
    pub bytes: [u8; SIGNATURE_LEN],
}

/// A short name of a public key: the CRC-32 of its bytes, as boards report it. It tells keys apart; it proves nothing.
#[must_use]
pub fn key_name(public: &[u8; KEY_LEN]) -> u32 {
    CRC.checksum(public)
}

/// The number of a model that is signed now: seconds since 1970.
#[must_use]
pub fn number_now() -> u32 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

impl Key {
    /// A new key, from the random numbers of the operating system.
    ///
    /// # Errors
    /// It has none.
    pub fn generate() -> Result<Self> {
        let mut seed = [0; 32];
        SysRng.try_fill_bytes(&mut seed).map_err(|why| Error::failed("random numbers", why))?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Reads a private key: PKCS#8 in PEM, as [`Key::write`] and OpenSSL write it.
    ///
    /// # Errors
    /// The file cannot be read, or is not such a key.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = file::read(path, Kind::Key)?;
        let key = str::from_utf8(&bytes).ok().and_then(|text| SigningKey::from_pkcs8_pem(text).ok());
        key.map(Self).ok_or_else(|| {
            let bound = "a private Ed25519 key in PEM without a password";
            Error::input(path.display(), "key", bound).then(Next::MakeKey)
        })
    }

    /// Writes the key to a new file that only its owner can read.
    ///
    /// # Errors
    /// The file exists or cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = self.0.to_pkcs8_pem(LineEnding::LF).map_err(|why| Error::failed("key", why))?;
        file::write_secret(path, text.as_bytes())
    }

    /// The public key, which the firmware contains.
    #[must_use]
    pub fn public(&self) -> [u8; KEY_LEN] {
        self.0.verifying_key().to_bytes()
    }

    /// Signs a model file for boards that have the public key.
    #[must_use]
    pub fn sign(&self, model_file: &[u8], number: u32) -> Signature {
        let message = [&prefix(number)[..], model_file].concat();
        Signature { number, key: key_name(&self.public()), bytes: self.0.sign(&message).to_bytes() }
    }
}

impl Signature {
    /// Reads a signature that [`Signature::write`] has written.
    ///
    /// # Errors
    /// The file cannot be read or is not a signature.
    pub fn read(path: &Path) -> Result<Self> {
        let text = file::read(path, Kind::Signature)?;
        let bad = || {
            let bound = format_args!("four lines that begin with {TITLE:?}");
            Error::input(path.display(), "signature", bound).then(Next::SignModel)
        };
        str::from_utf8(&text).ok().and_then(parse).ok_or_else(bad)
    }

    /// Writes the signature as text.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let Self { number, key, bytes } = self;
        file::write(path, format!("{TITLE}\nnumber {number}\nkey {key:08x}\n{}\n", hex(bytes)).as_bytes())
    }
}

fn parse(text: &str) -> Option<Signature> {
    let mut lines = text.lines().map(str::trim_end);
    let title = lines.next()?;
    let number = lines.next()?.strip_prefix("number ")?.parse().ok()?;
    let key = u32::from_str_radix(lines.next()?.strip_prefix("key ")?, 16).ok()?;
    let bytes = bytes(lines.next()?)?;
    (title == TITLE && lines.all(str::is_empty)).then_some(Signature { number, key, bytes })
}

/// Bytes as hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of exactly as many hexadecimal digits as they need.
fn bytes<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    let byte = |[high, low]: &[u8; 2]| {
        let digit = |c: u8| char::from(c).to_digit(16);
        u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
    };
    pairs.iter().map(byte).collect::<Option<Vec<u8>>>()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_signatures_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let [place, signed] = ["site.key", "m.awd.sig"].map(|name| folder.path().join(name));
        let key = Key::generate().unwrap();
        key.write(&place).unwrap();
        assert_eq!(Key::read(&place).unwrap().public(), key.public());
        assert_ne!(Key::generate().unwrap().public(), key.public());
        // A key is never replaced.
        let why = Key::generate().unwrap().write(&place).unwrap_err();
        assert!(why.exit_code() == 2 && why.to_string().contains("not replaced"), "{why}");
        assert_eq!(Key::read(&place).unwrap().public(), key.public());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let signature = Signature { number: 7, key: 0x00ab_cdef, bytes: std::array::from_fn(|i| i as u8 * 3) };
        signature.write(&signed).unwrap();
        assert_eq!(Signature::read(&signed), Ok(signature));
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("f");
        let digits = "00".repeat(64);
        let good = format!("{TITLE}\nnumber 7\nkey ab\n{digits}\n");
        assert!(parse(&good).is_some());
        for bad in [
            String::new(),
            good.replace("number 7", "number -7"),
            good.replace("number 7", "number 4294967296"),
            good.replace("key ab", "key xy"),
            good.replace("signature 1", "signature 2"),
            good.replace(&digits, &digits[2..]),
            good.replace(&digits, &"0é".repeat(43)),
            good.replace(&digits, &"+1".repeat(64)),
            good.clone() + "more\n",
        ] {
            assert_eq!(parse(&bad), None, "{bad}");
            std::fs::write(&place, &bad).unwrap();
            for why in [Signature::read(&place).unwrap_err(), Key::read(&place).unwrap_err()] {
                assert!(why.exit_code() == 2 && (bad.is_empty() || why.to_string().contains("; ")), "{why}");
            }
        }
        let line = "-".repeat(5);
        let zeros = "MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let pem = format!("{line}BEGIN PRIVATE KEY{line}\n{zeros}\n{line}END PRIVATE KEY{line}\n");
        std::fs::write(&place, pem).unwrap();
        assert!(Key::read(&place).is_ok());
    }
}
