//! Who can take which output, when, and with what kind of transaction (BOLT 3 and 5).

use crate::channel::{Commitment, CommitmentHtlc, SecondStage};
use crate::ids::Side;
use crate::lightning::chain::closing::{Closing, Output, OutputKind};
use crate::lightning::chain::params::weight;
use crate::units::{BlockHeight, Sat, Weight};

/// What a side can do with an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SpendPath {
    pub(super) weight: Weight,
    /// Blocks that the output must be old.
    pub(super) relative_lock: u16,
    /// It can stand in blocks above this height only.
    pub(super) lock_height: BlockHeight,
    pub(super) fee: FeeSource,
    /// Blocks until somebody else could take it, or until it is needed.
    pub(super) urgency: Urgency,
}

/// Where the fee of a claim comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FeeSource {
    /// From the value claimed: the rest goes to the wallet.
    Value,
    /// Fixed when the channel was last signed; the rest is a delayed output (HTLC transactions without
    /// anchors).
    Signed(Sat),
    /// A wallet adds an input; the whole value is a delayed output (HTLC transactions with anchors).
    Wallet,
}

/// How much a claim hurries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// It only costs time.
    None,
    /// It must be in a block by this height.
    By(BlockHeight),
}

/// Blocks within which an HTLC that timed out should be taken back: less than any
/// `cltv_expiry_delta`, after which the upstream HTLC expires too.
const TIMEOUT_TARGET: u32 = 12;

impl Closing {
    /// What `side` can do with `output`; whether it is time shows in the locks.
    pub(super) fn way(&self, output: &Output, side: Side) -> Option<SpendPath> {
        let (_, born) = output.at?;
        let punishes = self.is_revoked() && side != self.owner;
        let deadline = BlockHeight(born.0 + u32::from(self.delay[self.owner.index()]));
        let penalty = |weight| SpendPath {
            weight,
            relative_lock: 0,
            lock_height: BlockHeight(0),
            fee: FeeSource::Value,
            urgency: Urgency::By(deadline),
        };
        match output.kind {
            OutputKind::Balance(of) if of == side && of != self.owner => Some(SpendPath {
                weight: weight::DIRECT,
                // With anchors, everything but the delayed output waits a block (BOLT 3).
                relative_lock: u16::from(self.terms.anchors),
                lock_height: BlockHeight(0),
                fee: FeeSource::Value,
                urgency: Urgency::None,
            }),
            OutputKind::Balance(of) if of == side => Some(self.delayed()),
            OutputKind::Second(_) if side == self.owner => Some(self.delayed()),
            OutputKind::Balance(of) if of == self.owner && punishes => {
                Some(penalty(weight::PENALTY))
            }
            OutputKind::Second(_) if punishes => Some(penalty(weight::PENALTY)),
            OutputKind::Balance(_) | OutputKind::Second(_) | OutputKind::Anchor(_) => None,
            OutputKind::Htlc(number) => {
                let htlc = &self.htlcs[usize::from(number)];
                if punishes {
                    let received = usize::from(htlc.from != self.owner);
                    return Some(penalty(weight::PENALTY_HTLC[received]));
                }
                self.way_of_htlc(htlc, side, born)
            }
        }
    }

    const fn delayed(&self) -> SpendPath {
        SpendPath {
            weight: weight::DELAYED,
            relative_lock: self.delay[self.owner.index()],
            lock_height: BlockHeight(0),
            fee: FeeSource::Value,
            urgency: Urgency::None,
        }
    }

    fn way_of_htlc(
        &self,
        htlc: &CommitmentHtlc,
        side: Side,
        born: BlockHeight,
    ) -> Option<SpendPath> {
        let is_offerer = htlc.from == side;
        if !is_offerer && !htlc.fulfilled {
            return None;
        }
        let stage = if is_offerer { SecondStage::Timeout } else { SecondStage::Success };
        let commitment = Commitment::of(&self.terms);
        let (weight, fee) = if side == self.owner {
            let own = commitment.second_stage_weight(stage);
            if self.terms.anchors {
                (Weight(own.0 + weight::ADDED_INPUT), FeeSource::Wallet)
            } else {
                (own, FeeSource::Signed(commitment.second_stage_fee(stage)))
            }
        } else {
            (if is_offerer { weight::TIMEOUT } else { weight::PREIMAGE }, FeeSource::Value)
        };
        let expiry = htlc.cltv_expiry;
        let (lock_height, urgency) = if is_offerer {
            let from = expiry.0.max(born.0);
            (expiry, Urgency::By(BlockHeight(from + TIMEOUT_TARGET)))
        } else {
            (BlockHeight(0), Urgency::By(expiry))
        };
        Some(SpendPath {
            weight,
            relative_lock: u16::from(self.terms.anchors),
            lock_height,
            fee,
            urgency,
        })
    }
}
