//! Parameters of the sidechain, and their defaults.

use serde::{Deserialize, Serialize};

use crate::declare::amount::{DELAY, DELAY_POSITIVE};
use crate::declare::number::{Number, SHARE, Whole, weight};
use crate::declare::{Section, params};
use crate::units::{SimDuration, Weight};

/// A feerate in satoshis per vbyte.
const SAT_PER_VB: Number = Number { low: 0.0, high: 1e6, above: false };

/// Larger weights are mistakes.
const MOST_WEIGHT: u64 = 1_000_000_000_000;

params! {
    /// A federated sidechain of Bitcoin in the manner of Liquid: blocks, federation, fees, peg.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct SidechainParams: Default {
        /// Time between two rounds in which a functionary may propose a block. Source: Liquid, one minute
        /// (Blockstream help centre, Liquid FAQ).
        block_interval: SimDuration = or(SimDuration::from_secs(60), DELAY_POSITIVE),
        /// Functionaries, which propose blocks in turn. Source: Liquid, 15 (the same).
        functionaries: u32 = or(15, Whole(1..=1_000)),
        /// Signatures that a block needs. Source: Liquid, 11 of 15 (the same).
        threshold: u32 = or(11, Whole(1..=1_000)),
        /// Probability that a functionary is offline in a round, independent of the others and of other
        /// rounds. Source: an assumption; no figure is published.
        offline: f64 = or(0.0, SHARE),
        /// Time from a round's beginning until wallets have its signed block. Source: an assumption of the
        /// order of two network round trips between the functionaries.
        block_arrival: SimDuration = or(SimDuration::from_secs(2), DELAY),
        /// Blocks, the first included, after which a payment is final. Source: Liquid, 2: functionaries sign
        /// no second block at the same height (the same).
        confirmations: u32 = or(2, Whole(1..=1_000)),
        /// Most weight of a block. Source: Bitcoin's limit, which Liquid shares (the same).
        block_weight: Weight as "block_weight_wu" = or(Weight(4_000_000), weight(400, MOST_WEIGHT)),
        /// Weight of a payment. Source: 1,625 to 2,500 vB with confidential amounts (the same), the middle.
        payment_weight: Weight as "payment_weight_wu" = or(Weight(8_250), weight(400, MOST_WEIGHT)),
        /// Size that fees are charged for. Source: confidential amounts are discounted to about what open
        /// ones need: 410 vB for two inputs and three outputs (Elements pull request 1317, ELIP 200); for one
        /// input and two outputs 260 vB are assumed.
        charged_vb: u32 = or(260, Whole(1..=100_000)),
        /// Feerate, the same for all: blocks have room. Source: Elements' `DEFAULT_MIN_RELAY_TX_FEE`.
        feerate_sat_vb: f64 = or(0.1, SAT_PER_VB),
        /// Payments that may wait for a block. Source: an assumption.
        mempool: u32 = or(100_000, Whole(1..=u32::MAX)),
        /// Time from finality until the federation has paid out on Bitcoin. Source: up to 35 minutes
        /// (blog.fastbitcoins.com).
        peg_out: SimDuration = or(SimDuration::from_secs(35 * 60), DELAY),
    }
    check check_federation;
}

fn check_federation(read: &SidechainParams, s: &mut Section<'_, '_>) {
    let SidechainParams { functionaries, threshold, .. } = *read;
    s.rule(&["threshold", "functionaries"], threshold <= functionaries, || {
        format!("{functionaries} functionaries cannot give {threshold} signatures")
    });
    s.rule(&["block_arrival", "block_interval"], read.block_arrival < read.block_interval, || {
        "a block must have arrived before the next one is proposed".to_owned()
    });
    let fits = read.payment_weight <= read.block_weight;
    s.rule(&["payment_weight_wu", "block_weight_wu"], fits, || {
        "a payment heavier than a block is never confirmed".to_owned()
    });
}
