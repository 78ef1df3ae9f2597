//! Which models a server accepts, and the signature of a model file.
//!
//! A signature is Ed25519 (RFC 8032) over [`prefix`] and the file. Its number must be higher than that of every model
//! the board has held, so that an old file with an old signature is refused. docs/protocol.md lists what this protects
//! against.

use crate::protocol::{Refusal, Signature};
use serde::{Deserialize, Serialize};

/// Bytes of a signature.
pub const SIGNATURE_LEN: usize = 64;

/// Bytes of a public key.
pub const KEY_LEN: usize = 32;

/// Which models a server accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Updates {
    /// Every valid model.
    #[default]
    Any,
    /// None: the model in service stays, and is not rolled back either.
    Never,
    /// Valid models that are signed with this key.
    #[cfg(feature = "signed")]
    Signed(PublicKey),
}

/// [`Updates`] as sent to the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Policy {
    /// Every valid model is accepted.
    Any,
    /// No model is accepted.
    Never,
    /// Signed models are accepted.
    Signed {
        /// CRC-32 of the 32 bytes of the public key, to tell keys apart.
        key: u32,
    },
}

/// The bytes that a signature covers before those of the file: the purpose of the signature, and the model's number.
#[must_use]
pub const fn prefix(number: u32) -> [u8; 12] {
    let [a, b, c, d] = number.to_le_bytes();
    [b'a', b'w', b'd', b'm', b'o', b'd', b'e', b'l', a, b, c, d]
}

impl Updates {
    /// What is sent to the host.
    #[must_use]
    pub fn policy(self) -> Policy {
        match self {
            Self::Any => Policy::Any,
            Self::Never => Policy::Never,
            #[cfg(feature = "signed")]
            Self::Signed(key) => Policy::Signed { key: awd_core::model::format::CRC.checksum(&key.0) },
        }
    }

    /// The number of the next model, which is above the highest so far: that of its signature, or else the next one.
    #[cfg_attr(not(feature = "signed"), expect(unused_variables))]
    pub(crate) fn number(self, highest: u32, signature: Option<Signature<'_>>) -> Result<u32, Refusal> {
        match self {
            #[cfg(feature = "signed")]
            Self::Signed(_) => {
                let number = signature.ok_or(Refusal::Unsigned)?.number;
                if number > highest { Ok(number) } else { Err(Refusal::Outdated { highest }) }
            }
            _ => highest.checked_add(1).ok_or(Refusal::Outdated { highest }),
        }
    }

    /// Refuses a file whose signature is required and missing or wrong.
    #[cfg_attr(not(feature = "signed"), expect(unused_variables))]
    pub(crate) fn check(self, file: &[u8], signature: Option<Signature<'_>>) -> Result<(), Refusal> {
        match self {
            #[cfg(feature = "signed")]
            Self::Signed(key) => {
                let Signature { number, bytes } = signature.ok_or(Refusal::Unsigned)?;
                if key.verifies(number, file, bytes) { Ok(()) } else { Err(Refusal::Unsigned) }
            }
            _ => Ok(()),
        }
    }
}

/// A public key of Ed25519.
#[cfg(feature = "signed")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub [u8; KEY_LEN]);

#[cfg(feature = "signed")]
impl PublicKey {
    /// Whether this is the signature of a file and its number. `false` too if the bytes are not a signature, or the key
    /// is not one.
    #[must_use]
    pub fn verifies(&self, number: u32, file: &[u8], signature: &[u8]) -> bool {
        use ed25519_dalek::{Signature, VerifyingKey};
        let Ok(signature) = Signature::from_slice(signature) else { return false };
        // A weak key accepts the same signature for many messages.
        let Some(key) = VerifyingKey::from_bytes(&self.0).ok().filter(|key| !key.is_weak()) else { return false };
        let Ok(mut verifier) = key.verify_stream(&signature) else { return false };
        verifier.update(prefix(number));
        verifier.update(file);
        verifier.finalize_and_verify().is_ok()
    }
}
