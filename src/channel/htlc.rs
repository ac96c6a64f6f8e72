//! HTLCs of all channels: one table with reuse, so that nothing is allocated per HTLC.

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

impl HtlcId {
    /// The place of this id in the table.
    const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What an offerer asks for (`update_add_htlc`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Add {
    /// The money in the HTLC.
    pub amount: Msat,
    /// SHA-256 of the preimage.
    pub lock: [u8; 32],
    /// The height at which the offerer may take the money back.
    pub cltv_expiry: BlockHeight,
    /// Whatever the caller wants to find again; opaque to the channel.
    pub tag: u64,
}

/// An HTLC under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Htlc {
    /// The money in it.
    pub amount: Msat,
    /// What the caller attached.
    pub tag: u64,
    /// SHA-256 of the preimage.
    pub lock: [u8; 32],
    /// Channel and offerer.
    pub direction: DirectedChannel,
    /// The height at which the offerer may take the money back.
    pub cltv_expiry: BlockHeight,
    /// The next HTLC with an update of the same side under way; itself when it is the last.
    pub(super) next: HtlcId,
    pub(super) status: Status,
    /// Whether the commitment of each side leaves it out.
    pub(super) trimmed: [bool; 2],
}

// One cache line each: most of it is the lock.
const _: () = assert!(size_of::<Htlc>() <= 64);

/// Where an HTLC is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Status {
    /// Not in use; waits in the free list.
    Free,
    /// Offered; the addition is not locked in.
    Offered,
    /// Irrevocably on both commitments.
    Committed,
    /// Fulfilled by the receiver; the removal is not locked in.
    Fulfilling,
    /// Failed by the receiver; the removal is not locked in.
    Failing,
}

/// Something became irrevocable at the side that waits for it.
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
    /// Checks a preimage against the lock.
    pub(super) fn unlock(&self, preimage: &[u8; 32]) -> Result<(), WrongPreimage> {
        if Sha256::digest(preimage).as_slice() == self.lock { Ok(()) } else { Err(WrongPreimage) }
    }

    /// How an update of this HTLC changes the untrimmed outputs of each side's commitment.
    pub(super) fn outputs(&self, change: i16) -> [i16; 2] {
        self.trimmed.map(|trimmed| if trimmed { 0 } else { change })
    }
}

/// The table of HTLCs and its free list, the last freed on top. Ids follow from it, so it is state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Htlcs {
    table: Vec<Htlc>,
    free: Vec<HtlcId>,
}

impl Htlcs {
    /// Puts a new HTLC into the table.
    pub(super) fn insert(
        &mut self,
        direction: DirectedChannel,
        add: &Add,
        status: Status,
        trimmed: [bool; 2],
    ) -> HtlcId {
        assert!(
            add.cltv_expiry.0 < FIRST_EXPIRY_BY_TIME,
            "an HTLC expires at height {}, which is a time (C4)",
            add.cltv_expiry.0
        );
        let id = self.free.pop().unwrap_or_else(|| {
            HtlcId(u32::try_from(self.table.len()).expect("fewer than 2^32 HTLCs are under way"))
        });
        let htlc = Htlc {
            amount: add.amount,
            tag: add.tag,
            lock: add.lock,
            direction,
            cltv_expiry: add.cltv_expiry,
            next: id,
            status,
            trimmed,
        };
        match self.table.get_mut(id.index()) {
            Some(place) => *place = htlc,
            None => self.table.push(htlc),
        }
        id
    }

    /// An HTLC under way.
    pub(super) fn get(&self, id: HtlcId) -> &Htlc {
        let htlc = &self.table[id.index()];
        assert!(htlc.status != Status::Free, "HTLC {} is over (H1)", id.0);
        htlc
    }

    /// An HTLC under way, to change it.
    pub(super) fn get_mut(&mut self, id: HtlcId) -> &mut Htlc {
        let htlc = &mut self.table[id.index()];
        assert!(htlc.status != Status::Free, "HTLC {} is over (H1)", id.0);
        htlc
    }

    /// Takes an HTLC out of the table.
    pub(super) fn remove(&mut self, id: HtlcId) -> Htlc {
        let htlc = *self.get(id);
        self.get_mut(id).status = Status::Free;
        self.free.push(id);
        htlc
    }

    /// All HTLCs under way, by id.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Htlc> {
        self.table.iter().filter(|htlc| htlc.status != Status::Free)
    }
}

#[cfg(test)]
mod tests {
    use crate::ids::ChannelId;
    use crate::ids::Side;

    use super::*;

    fn add(tag: u64) -> Add {
        Add { amount: Msat(1), lock: [0; 32], cltv_expiry: BlockHeight(9), tag }
    }

    fn insert(htlcs: &mut Htlcs, tag: u64) -> HtlcId {
        let direction = DirectedChannel::new(ChannelId(0), Side::One);
        htlcs.insert(direction, &add(tag), Status::Offered, [false; 2])
    }

    #[test]
    fn the_id_freed_last_is_used_first_also_after_a_round_trip() {
        let mut htlcs = Htlcs::default();
        let ids = [0, 1, 2].map(|tag| insert(&mut htlcs, tag));
        htlcs.remove(ids[0]);
        htlcs.remove(ids[2]);
        let saved = postcard::to_allocvec(&htlcs).unwrap();
        let mut htlcs: Htlcs = postcard::from_bytes(&saved).unwrap();
        assert_eq!(
            [insert(&mut htlcs, 3), insert(&mut htlcs, 4), insert(&mut htlcs, 5)].map(|id| id.0),
            [2, 0, 3]
        );
        assert_eq!(htlcs.iter().map(|htlc| htlc.tag).collect::<Vec<_>>(), [4, 1, 3, 5]);
    }

    #[test]
    #[should_panic(expected = "is over")]
    fn an_htlc_ends_once() {
        let mut htlcs = Htlcs::default();
        let id = insert(&mut htlcs, 0);
        htlcs.remove(id);
        htlcs.remove(id);
    }

    #[test]
    fn the_lock_is_sha_256_of_the_preimage() {
        // SHA-256 of 32 zero bytes, FIPS 180-4.
        let zeros = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";
        let mut lock = [0; 32];
        for (byte, digits) in lock.iter_mut().zip(zeros.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
        }
        let mut htlcs = Htlcs::default();
        let id = insert(&mut htlcs, 0);
        htlcs.get_mut(id).lock = lock;
        assert_eq!(htlcs.get(id).unlock(&[0; 32]), Ok(()));
        assert_eq!(htlcs.get(id).unlock(&[1; 32]), Err(WrongPreimage));
    }
}
