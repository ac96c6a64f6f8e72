//! One HTLC: its content, its state, and the errors about it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::DirectedChannel;
use crate::units::{BlockHeight, Msat};

/// Expiries from here on would be read as times, not heights (BOLT 2).
const FIRST_EXPIRY_BY_TIME: u32 = 500_000_000;

/// Names an HTLC from its offer until its removal is locked in; then the id is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HtlcId(pub u32);

/// What an offerer asks for (`update_add_htlc`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Add {
    /// The money in the HTLC.
    pub amount: Msat,
    /// SHA-256 of the preimage.
    pub lock: [u8; 32],
    /// The height at which the offerer may take the money back.
    pub cltv_expiry: BlockHeight,
    /// An identifier of the caller's; opaque to the channel.
    pub tag: u64,
}

/// An HTLC under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Htlc {
    /// The money in it.
    pub amount: Msat,
    /// The caller's identifier.
    pub tag: u64,
    /// SHA-256 of the preimage.
    pub lock: [u8; 32],
    /// Channel and offerer.
    pub direction: DirectedChannel,
    /// The height at which the offerer may take the money back.
    pub cltv_expiry: BlockHeight,
    /// The next HTLC in the line of updates; means something only if there is one.
    pub(super) next: HtlcId,
    pub(super) status: Status,
    /// Whether the commitment of each side leaves it out.
    pub(super) trimmed: [bool; 2],
}

// One cache line each: most of it is the lock.
const _: () = assert!(size_of::<Option<Htlc>>() <= 64);

/// The state of an HTLC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Status {
    /// Offered; the addition is not locked in.
    Offered,
    /// Irrevocably on both commitments.
    Committed,
    /// Fulfilled by the receiver; the removal is not locked in.
    Fulfilling,
    /// Failed by the receiver; the removal is not locked in.
    Failing,
}

/// An update became irrevocable at the side that waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locked {
    /// The HTLC; after `Fulfilled` and `Failed` the id is free for another.
    pub htlc: HtlcId,
    /// What the caller attached.
    pub tag: u64,
    /// What is locked in.
    pub kind: LockedKind,
}

/// What is locked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockedKind {
    /// The HTLC, at its receiver, who may forward or fulfil it now.
    Added,
    /// The removal of a fulfilled HTLC, at its offerer; the receiver can spend the money.
    Fulfilled,
    /// The removal of a failed HTLC, at its offerer, who may fail upstream and has the money back.
    Failed,
}

/// The preimage does not hash to the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongPreimage;

impl Htlc {
    /// A new HTLC in direction `direction`.
    pub(super) fn new(
        direction: DirectedChannel,
        add: &Add,
        status: Status,
        trimmed: [bool; 2],
    ) -> Self {
        assert!(
            add.cltv_expiry.0 < FIRST_EXPIRY_BY_TIME,
            "an HTLC expires at height {}, which is a time (C4)",
            add.cltv_expiry.0
        );
        let &Add { amount, lock, cltv_expiry, tag } = add;
        Self { amount, tag, lock, direction, cltv_expiry, next: HtlcId(0), status, trimmed }
    }

    /// Whether it is irrevocably in the channel, and nothing is said about it yet.
    pub fn is_committed(&self) -> bool {
        self.status == Status::Committed
    }

    /// Whether its receiver has released the preimage.
    pub fn is_fulfilled(&self) -> bool {
        self.status == Status::Fulfilling
    }

    /// Checks a preimage against the lock.
    pub(super) fn unlock(&self, preimage: &[u8; 32]) -> Result<(), WrongPreimage> {
        if Sha256::digest(preimage).as_slice() == self.lock { Ok(()) } else { Err(WrongPreimage) }
    }

    /// How an update of this HTLC changes the untrimmed outputs of each side's commitment.
    pub(super) fn outputs(&self, change: i16) -> [i16; 2] {
        self.trimmed.map(|trimmed| if trimmed { 0 } else { change })
    }
}

#[cfg(test)]
mod tests {
    use crate::ids::ChannelId;
    use crate::ids::Side;

    use super::*;

    fn htlc(lock: [u8; 32], height: u32) -> Htlc {
        let direction = DirectedChannel::new(ChannelId(0), Side::One);
        let add = Add { amount: Msat(1), lock, cltv_expiry: BlockHeight(height), tag: 0 };
        Htlc::new(direction, &add, Status::Offered, [true, false])
    }

    #[test]
    #[should_panic(expected = "which is a time (C4)")]
    fn an_expiry_by_time_is_our_mistake() {
        htlc([0; 32], 500_000_000);
    }

    #[test]
    fn an_htlc_adds_outputs_only_where_it_is_not_trimmed() {
        assert_eq!(htlc([0; 32], 499_999_999).outputs(1), [0, 1]);
        assert_eq!(htlc([0; 32], 9).outputs(-1), [0, -1]);
    }

    #[test]
    fn the_lock_is_sha_256_of_the_preimage() {
        // SHA-256 of 32 zero bytes, FIPS 180-4.
        let zeros = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";
        let mut lock = [0; 32];
        for (byte, digits) in lock.iter_mut().zip(zeros.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
        }
        assert_eq!(htlc(lock, 9).unlock(&[0; 32]), Ok(()));
        assert_eq!(htlc(lock, 9).unlock(&[1; 32]), Err(WrongPreimage));
    }
}
