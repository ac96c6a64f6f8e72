//! What the implementations do on the chain: deadlines, delays, weights, budgets.
//!
//! Sources, read in August 2026: lnd `90ea05d5a` (`lncfg/config.go`, `funding/manager.go`, `input/size.go`,
//! `sweep`), Core Lightning `090f4b0e6` (`lightningd/peer_htlcs.c`, `options.c`), eclair `5b765e026`
//! (`Commitments.scala`, `reference.conf`), LDK `cfee4b755` (`chain/channelmonitor.rs`), BOLT 3 and 5.

use serde::{Deserialize, Serialize};

use crate::declare::amount::WholeSat;
use crate::declare::number::{Flag, Number, SHARE, Whole};
use crate::declare::{Section, params};
use crate::network::Software;
use crate::units::Sat;

params! {
    /// What nodes do on the chain: wallets, budgets, deadlines, closings.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct OnChainParams: Default {
        /// Whether blocks are found at all. Without them no HTLC expires and no channel closes.
        enabled: bool = or(true, Flag),
        /// What each node has in its wallet at the start, for anchors, fees and openings. Source: an
        /// assumption.
        wallet: Sat = or(Sat(1_000_000), WholeSat),
        /// Share of what is at stake that a node spends on fees for it. Source: lnd's sweeper, one half.
        budget_share: f64 = or(0.5, SHARE),
        /// Blocks on top after which nothing is undone any more: HTLCs that timed out are failed back
        /// then. Source: LDK's `ANTI_REORG_DELAY`.
        burial: u16 = or(6, Whole(1..=1_000)),
        /// Blocks before its expiry at which a node goes to the chain for an HTLC of which it has the
        /// preimage.
        claim_before: Option<u16> =
            optional(Whole(1..=MOST_CLAIM_BEFORE), "as each implementation does"),
        /// Blocks for which the money of the side that publishes its commitment is delayed
        /// (`to_self_delay` of BOLT 2), asked for by its peer. Source: lnd 144 to 2,016 in proportion to
        /// the capacity, Core Lightning and LDK 144, eclair 720.
        to_self_delay: Option<u16> = optional(Whole(1..=2_016), "as each implementation asks for"),
        /// How often the owner of a channel wants it closed, per channel and year.
        closes_per_year: f64 = or(0.0, CLOSES),
        /// Share of wanted closings that both sides agree on; the others are force-closes. Source: an
        /// estimate of 2018 to 2021 without a firm source.
        cooperative_share: f64 = or(0.7, SHARE),
    }
    check moved;
}

/// Keys that stood here once.
fn moved(_: &OnChainParams, s: &mut Section<'_, '_>) {
    s.moved("gossip_delay", "lightning.gossip.delay");
    s.moved("peer_gone_after", "lightning.peers.gone_after");
}

/// Closes of a channel in a year: at most one a block.
const CLOSES: Number = Number { low: 0.0, high: 52_560.0, above: false };

/// Most blocks of [`OnChainParams::claim_before`].
pub const MOST_CLAIM_BEFORE: u16 = 100;

/// When an implementation goes to the chain for an HTLC, in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deadlines {
    /// After the expiry of an HTLC that it offered.
    pub(super) offered: u32,
    /// Before the expiry of an HTLC that it received and knows the preimage of.
    pub(super) received: u32,
    /// Before the expiry of an HTLC that it is to be paid with and has not accepted yet: it fails it.
    pub(super) cancelled: u32,
}

impl Deadlines {
    /// Those of `software`.
    pub(super) const fn of(software: Software) -> Self {
        match software {
            // OutgoingBroadcastDelta 0, IncomingBroadcastDelta 16, and 3 more to cancel (FinalCltvRejectDelta, which lnd
            // asks when an HTLC arrives; a held invoice it cancels 2 more ahead, DefaultHoldInvoiceExpiryDelta).
            Software::Lnd => Self { offered: 0, received: 16, cancelled: 19 },
            // One block of grace; (34 + 1) / 2. It cancels when it would close.
            Software::Cln => Self { offered: 1, received: 17, cancelled: 17 },
            Software::Eclair => Self { offered: 0, received: 24, cancelled: 24 },
            // LATENCY_GRACE_PERIOD_BLOCKS 3, CLTV_CLAIM_BUFFER 36, HTLC_FAIL_BACK_BUFFER 39.
            Software::Ldk => Self { offered: 3, received: 36, cancelled: 39 },
        }
    }
}

/// Blocks for which `software` has its peer's money delayed (`to_self_delay`).
pub(super) fn delay_asked(software: Software, capacity: Sat) -> u16 {
    match software {
        Software::Lnd => {
            let scaled = 2_016 * capacity.get() / LARGEST_WITHOUT_WUMBO;
            u16::try_from(scaled.clamp(144, 2_016)).expect("it is at most 2,016")
        }
        Software::Cln | Software::Ldk => 144,
        Software::Eclair => 720,
    }
}

/// Confirmations that `software` asks for before it uses a channel that its peer opens (`minimum_depth`).
pub(super) fn confirmations_asked(software: Software, capacity: Sat) -> u32 {
    match software {
        // `lnwallet/confscale.go`: six for the largest channel without wumbo, in proportion below.
        Software::Lnd => {
            let scaled = 6 * capacity.get() / LARGEST_WITHOUT_WUMBO;
            u32::try_from(scaled.clamp(1, 6)).expect("it is at most 6")
        }
        Software::Cln => 3,
        Software::Eclair => 8,
        Software::Ldk => 6,
    }
}

/// The smallest channel that `software` opens or accepts.
pub(super) const fn smallest_channel(software: Software) -> Sat {
    match software {
        Software::Lnd => Sat(20_000),
        Software::Cln => Sat(10_000),
        Software::Eclair => Sat(100_000),
        Software::Ldk => Sat(1_000),
    }
}

/// `MaxBtcFundingAmount` of lnd: the largest channel without wumbo.
const LARGEST_WITHOUT_WUMBO: u64 = 16_777_215;

/// Weights of what claims outputs, one P2WPKH output each. DERIVED from BOLT 3's scripts and BOLT 5's
/// penalty inputs: fixed part 42 WU, output 124 WU, P2WPKH input 272 WU.
pub(super) mod weight {
    use crate::units::Weight;

    const FIXED: u64 = 42;
    const OUTPUT: u64 = 124;
    const WALLET_INPUT: u64 = 272;
    const FUNDING_OUTPUT: u64 = 172;
    /// A balance after its delay: input 164 + witness 156 (lnd's `ToLocalTimeoutWitnessSize`).
    pub(in crate::lightning::chain) const DELAYED: Weight = Weight(FIXED + 320 + OUTPUT);
    /// The peer's balance, without delay.
    pub(in crate::lightning::chain) const DIRECT: Weight = Weight(FIXED + WALLET_INPUT + OUTPUT);
    /// The same for a revoked balance (BOLT 5: 324).
    pub(in crate::lightning::chain) const PENALTY: Weight = Weight(FIXED + 324 + OUTPUT);
    /// Taking a revoked HTLC that its owner had offered (BOLT 5: 407), or received (413).
    pub(in crate::lightning::chain) const PENALTY_HTLC: [Weight; 2] =
        [Weight(FIXED + 407 + OUTPUT), Weight(FIXED + 413 + OUTPUT)];
    /// With the preimage, from the offerer's commitment: 32 bytes where the penalty has a key of 33.
    pub(in crate::lightning::chain) const PREIMAGE: Weight = Weight(FIXED + 406 + OUTPUT);
    /// After the expiry, from the receiver's commitment: an empty element instead of the key.
    pub(in crate::lightning::chain) const TIMEOUT: Weight = Weight(FIXED + 380 + OUTPUT);
    /// The child that spends an anchor and a wallet's output: 280 for the anchor.
    pub(in crate::lightning::chain) const ANCHOR_CHILD: Weight =
        Weight(FIXED + 280 + WALLET_INPUT + OUTPUT);
    /// What an HTLC transaction with anchors needs beside itself: a wallet's input and change.
    pub(in crate::lightning::chain) const ADDED_INPUT: u64 = WALLET_INPUT + OUTPUT;
    /// Opening: one P2WPKH input, the funding output (P2WSH: 172) and change.
    pub(in crate::lightning::chain) const FUNDING: Weight =
        Weight(FIXED + WALLET_INPUT + FUNDING_OUTPUT + OUTPUT);
    /// One P2WPKH input, one P2WPKH output.
    pub(in crate::lightning::chain) const SELF_PAYMENT: Weight =
        Weight(FIXED + WALLET_INPUT + OUTPUT);
    /// Closing by agreement: 204 + 224 and two P2WPKH outputs (BOLT 3).
    pub(in crate::lightning::chain) const COOPERATIVE: Weight = Weight(204 + 224 + 2 * OUTPUT);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Weight;

    #[test]
    fn lnd_scales_the_delay_with_the_capacity() {
        let asked = |sat| delay_asked(Software::Lnd, Sat(sat));
        assert_eq!([20_000, 1_000_000, 8_388_608].map(asked), [144, 144, 1_008]);
        assert_eq!([16_777_215, 100_000_000].map(asked), [2_016, 2_016]);
    }

    #[test]
    fn confirmations_follow_the_peer_and_with_lnd_the_size() {
        let asked = |software, sat| confirmations_asked(software, Sat(sat));
        let lnd = [20_000, 2_796_202, 2_796_203, 5_592_405, 16_777_215, 500_000_000];
        // 6 · 2,796,202 / 16,777,215 = 0.99…, rounded down and at least 1; 5,592,405 is a third.
        assert_eq!(lnd.map(|sat| asked(Software::Lnd, sat)), [1, 1, 1, 2, 6, 6]);
        let others = [Software::Cln, Software::Eclair, Software::Ldk];
        assert_eq!(others.map(|software| asked(software, 1_000_000)), [3, 8, 6]);
    }

    #[test]
    fn derived_weights_are_those_of_the_table() {
        assert_eq!([weight::DELAYED, weight::ANCHOR_CHILD], [Weight(486), Weight(718)]);
        assert_eq!([weight::PENALTY, weight::COOPERATIVE], [Weight(490), Weight(676)]);
        assert_eq!(weight::FUNDING, Weight(610));
    }
}
