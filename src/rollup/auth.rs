//! Who says that a payment is the payer's: a keyed MAC, or ed25519.
//!
//! The MAC (keyed BLAKE3 under a key per account) is a named simplification: it is checked by whoever
//! knows the key, here the operator and the statement that a proof attests, and it is a hundred times
//! cheaper to simulate. Real signatures are a scenario key away and give the same results. Private keys are
//! drawn per account and never stored.

use ed25519_dalek::{Signer, SigningKey};
use serde::{Deserialize, Serialize};

use crate::declare::words;
use crate::engine::{Draws, Seeds};
use crate::rollup::operation::MESSAGE_BYTES;

words! {
    /// How payments are authenticated.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Authentication {
        /// BLAKE3 keyed with a secret per account: fast, and enough to find mistakes.
        Mac = "mac",
        /// ed25519 signatures.
        Ed25519 = "ed25519",
    }
}

/// A signature, or a MAC in its first half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// First half.
    pub first: [u8; 32],
    /// Second half; zero for a MAC.
    pub second: [u8; 32],
}

/// The keys of all accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    scheme: Authentication,
    secrets: Draws,
}

impl Keys {
    /// Draws the keys.
    pub fn new(scheme: Authentication, seeds: Seeds) -> Self {
        Self { scheme, secrets: seeds.draws("rollup.keys") }
    }

    /// Signs a message as the owner of `account`.
    pub fn sign(&self, account: u32, message: &[u8; MESSAGE_BYTES]) -> Signature {
        let secret = self.secret(account);
        match self.scheme {
            Authentication::Mac => Signature {
                first: *blake3::keyed_hash(&secret, message).as_bytes(),
                second: [0; 32],
            },
            Authentication::Ed25519 => {
                let signature = SigningKey::from_bytes(&secret).sign(message);
                Signature { first: *signature.r_bytes(), second: *signature.s_bytes() }
            }
        }
    }

    /// Whether the owner of `account` has signed the message.
    pub fn verify(
        &self,
        account: u32,
        message: &[u8; MESSAGE_BYTES],
        signature: &Signature,
    ) -> bool {
        match self.scheme {
            Authentication::Mac => *signature == self.sign(account, message),
            Authentication::Ed25519 => {
                let key = SigningKey::from_bytes(&self.secret(account)).verifying_key();
                let Signature { first, second } = *signature;
                let signature = ed25519_dalek::Signature::from_components(first, second);
                key.verify_strict(message, &signature).is_ok()
            }
        }
    }

    fn secret(&self, account: u32) -> [u8; 32] {
        self.secrets.at(u64::from(account), 0).bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_can_sign_and_only_this_message() {
        for scheme in [Authentication::Mac, Authentication::Ed25519] {
            let keys = Keys::new(scheme, Seeds::new(1, 0));
            let message = [7; MESSAGE_BYTES];
            let signature = keys.sign(3, &message);
            assert!(keys.verify(3, &message, &signature));
            assert!(!keys.verify(4, &message, &signature));
            let mut other = message;
            other[12] ^= 1;
            assert!(!keys.verify(3, &other, &signature));
            let mut forged = signature;
            forged.first[0] ^= 1;
            assert!(!keys.verify(3, &message, &forged));
            assert!(!keys.verify(3, &message, &Signature::default()));
        }
    }
}
