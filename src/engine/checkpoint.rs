//! Save and load: a header, the state, a checksum.
//!
//! Layout: magic, header length and header, payload length and payload (both postcard), blake3 of all
//! that comes before. Lengths are checked against what is there before anything is allocated.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// First bytes of every checkpoint; the digit is the format version.
const MAGIC: &[u8; 8] = b"LEYDEN1\n";
const CHECKSUM_BYTES: usize = 32;

/// What a checkpoint was made from. All of it must match before the state is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the program.
    pub version: String,
    /// Hash of the resolved scenario and of its input files.
    pub scenario: String,
    /// Master seed.
    pub seed: u64,
}

/// Why a checkpoint cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// It does not begin like a checkpoint of this format.
    NotACheckpoint,
    /// It ends early.
    CutShort,
    /// Its checksum is wrong.
    Damaged,
    /// It belongs to another version, scenario or seed.
    Foreign {
        /// What the checkpoint was made from.
        found: Header,
    },
    /// Its content does not decode although the checksum is right.
    Malformed,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotACheckpoint => write!(f, "not a checkpoint of this format"),
            Self::CutShort => write!(f, "the checkpoint is cut short"),
            Self::Damaged => write!(f, "the checkpoint is damaged: its checksum is wrong"),
            Self::Foreign { found } => write!(
                f,
                "the checkpoint was made by version {} from scenario {} with seed {}",
                found.version, found.scenario, found.seed
            ),
            Self::Malformed => write!(f, "the checkpoint does not decode"),
        }
    }
}

impl std::error::Error for LoadError {}

/// Encodes `state` under `header`.
pub fn save<T: Serialize>(header: &Header, state: &T) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    for part in [
        postcard::to_allocvec(header).expect("a header always encodes"),
        postcard::to_allocvec(state).expect("state structs always encode"),
    ] {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&part);
    }
    let checksum = blake3::hash(&bytes);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes
}

/// Decodes the state saved under `expected`.
///
/// # Errors
/// When the bytes are not a complete, undamaged checkpoint of just that version, scenario and seed.
pub fn load<T: DeserializeOwned>(bytes: &[u8], expected: &Header) -> Result<T, LoadError> {
    if !bytes.starts_with(MAGIC) {
        let short = MAGIC.starts_with(bytes);
        return Err(if short { LoadError::CutShort } else { LoadError::NotACheckpoint });
    }
    let body_end = bytes.len().checked_sub(CHECKSUM_BYTES).ok_or(LoadError::CutShort)?;
    let (body, checksum) = bytes.split_at(body_end);
    let rest = body.get(MAGIC.len()..).ok_or(LoadError::CutShort)?;
    let (header, rest) = take_part(rest)?;
    let (payload, rest) = take_part(rest)?;
    if blake3::hash(body).as_bytes() != checksum || !rest.is_empty() {
        return Err(LoadError::Damaged);
    }
    let header: Header = postcard::from_bytes(header).map_err(|_| LoadError::Malformed)?;
    if header != *expected {
        return Err(LoadError::Foreign { found: header });
    }
    postcard::from_bytes(payload).map_err(|_| LoadError::Malformed)
}

/// Splits a length-prefixed part off the front.
fn take_part(bytes: &[u8]) -> Result<(&[u8], &[u8]), LoadError> {
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or(LoadError::CutShort)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| LoadError::CutShort)?;
    rest.split_at_checked(length).ok_or(LoadError::CutShort)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header { version: "0.1.0".into(), scenario: "abc".into(), seed: 42 }
    }

    #[test]
    fn state_survives_a_round_trip() {
        let bytes = save(&header(), &vec![1_u64, 2, 3]);
        assert_eq!(load::<Vec<u64>>(&bytes, &header()), Ok(vec![1, 2, 3]));
    }

    #[test]
    fn no_prefix_and_no_flipped_bit_is_accepted() {
        let bytes = save(&header(), &vec![1_u64, 2, 3]);
        for end in 0..bytes.len() {
            assert!(load::<Vec<u64>>(&bytes[..end], &header()).is_err(), "prefix of {end}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut torn = bytes.clone();
            torn[bit / 8] ^= 1 << (bit % 8);
            assert!(load::<Vec<u64>>(&torn, &header()).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn another_seed_is_refused_with_both_values() {
        let bytes = save(&header(), &1_u64);
        let other = Header { seed: 43, ..header() };
        assert_eq!(load::<u64>(&bytes, &other), Err(LoadError::Foreign { found: header() }));
    }
}
