//! Weight, fee and trimming of commitment transactions (BOLT 3), as pure functions.
//!
//! Weights in weight units, fees in whole satoshis, rounded down. The fee is paid by the opener; off
//! the chain it only ties up the opener's balance.

use crate::channel::terms::Terms;
use crate::units::{FeeRate, Msat, Sat, Weight};

/// Commitment with `option_static_remotekey` and no HTLC (BOLT 3, appendix A).
const LEGACY_WEIGHT: u64 = 724;
/// Commitment with `option_anchors` and no HTLC (BOLT 3, appendix A).
const ANCHORS_WEIGHT: u64 = 1_124;
/// Each untrimmed HTLC adds an output (BOLT 3, appendix A).
const HTLC_OUTPUT_WEIGHT: u64 = 172;
/// HTLC-timeout transaction, legacy and with anchors (BOLT 3, appendix A).
const TIMEOUT_WEIGHT: [u64; 2] = [663, 666];
/// HTLC-success transaction, legacy and with anchors (BOLT 3, appendix A: the historic numbers).
const SUCCESS_WEIGHT: [u64; 2] = [703, 706];
/// An anchor output (BOLT 3).
pub(super) const ANCHOR: Sat = Sat(330);
/// Two of them, paid by the opener.
const ANCHORS_VALUE: Sat = Sat(2 * ANCHOR.0);

/// The transaction that would claim an HTLC output of a commitment for the commitment's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondStage {
    /// The owner offered the HTLC and takes it back after its expiry.
    Timeout,
    /// The owner received the HTLC and takes it with the preimage.
    Success,
}

/// What fees and trimming of a channel's commitments depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitment {
    feerate: FeeRate,
    anchors: bool,
}

impl Commitment {
    /// The commitments of a channel under these terms.
    pub const fn of(terms: &Terms) -> Self {
        Self { feerate: terms.feerate, anchors: terms.anchors }
    }

    /// The same at twice the feerate, for the fee-spike buffer of BOLT 2.
    pub(super) const fn at_twice_the_feerate(self) -> Self {
        Self { feerate: FeeRate(self.feerate.0.saturating_mul(2)), ..self }
    }

    /// Weight with so many untrimmed HTLCs.
    pub(super) const fn weight(self, untrimmed: u32) -> Weight {
        let base = if self.anchors { ANCHORS_WEIGHT } else { LEGACY_WEIGHT };
        Weight(base + HTLC_OUTPUT_WEIGHT * untrimmed as u64)
    }

    /// Base fee with so many untrimmed HTLCs.
    const fn fee(self, untrimmed: u32) -> Sat {
        self.feerate.fee(self.weight(untrimmed))
    }

    /// What the opener must be able to pay: the base fee and the anchors.
    pub(super) fn opener_cost(self, untrimmed: u32) -> Sat {
        let anchors = if self.anchors { ANCHORS_VALUE } else { Sat::ZERO };
        self.fee(untrimmed) + anchors
    }

    /// Weight of a second-stage transaction.
    pub const fn second_stage_weight(self, stage: SecondStage) -> Weight {
        let weights = match stage {
            SecondStage::Timeout => TIMEOUT_WEIGHT,
            SecondStage::Success => SUCCESS_WEIGHT,
        };
        Weight(weights[self.anchors as usize])
    }

    /// Fee taken from the HTLC by its second stage: none with anchors, where a wallet input pays.
    pub const fn second_stage_fee(self, stage: SecondStage) -> Sat {
        if self.anchors { Sat::ZERO } else { self.feerate.fee(self.second_stage_weight(stage)) }
    }

    /// The smallest amount that has an output of its own; whatever is less is trimmed.
    ///
    /// BOLT 3 trims when the amount in whole satoshis, less the second-stage fee, is below the dust
    /// limit of the commitment's owner.
    pub(super) fn smallest_untrimmed(self, dust_limit: Sat, stage: SecondStage) -> Msat {
        (dust_limit + self.second_stage_fee(stage)).to_msat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUST: Sat = Sat(546);

    const fn legacy(feerate: u32) -> Commitment {
        Commitment { feerate: FeeRate(feerate), anchors: false }
    }

    /// The satoshis of the HTLCs that are not trimmed.
    fn outputs(commitment: Commitment, htlcs: &[(u64, SecondStage)]) -> Vec<u64> {
        let has_output = |&&(sat, stage): &&(u64, SecondStage)| {
            Sat(sat).to_msat() >= commitment.smallest_untrimmed(DUST, stage)
        };
        htlcs.iter().filter(has_output).map(|&(sat, _)| sat).collect()
    }

    /// Number of outputs, base fee and actual fee of a commitment whose owner is the opener.
    fn broadcast(feerate: u32, local: u64, htlcs: &[(u64, SecondStage)]) -> (usize, u64, u64) {
        let commitment = legacy(feerate);
        let htlc_outputs = outputs(commitment, htlcs);
        let base_fee = commitment.fee(u32::try_from(htlc_outputs.len()).unwrap()).0;
        let to_local = local.saturating_sub(base_fee);
        let sides: Vec<u64> =
            [to_local, 3_000_000].into_iter().filter(|&sat| sat >= DUST.0).collect();
        let paid_out = htlc_outputs.iter().sum::<u64>() + sides.iter().sum::<u64>();
        (htlc_outputs.len() + sides.len(), base_fee, 10_000_000 - paid_out)
    }

    /// The HTLCs of BOLT 3's appendix C: 0, 1 and 4 received, 2 and 3 offered.
    const APPENDIX_C: [(u64, SecondStage); 5] = [
        (1_000, SecondStage::Success),
        (2_000, SecondStage::Success),
        (2_000, SecondStage::Timeout),
        (3_000, SecondStage::Timeout),
        (4_000, SecondStage::Success),
    ];

    #[test]
    fn the_fee_table_of_bolt_3_appendix_c_comes_out() {
        assert_eq!(broadcast(15_000, 7_000_000, &[]), (2, 10_860, 10_860));
        for (feerate, count, base_fee, actual_fee) in [
            (0, 7, 0, 0),
            (647, 7, 1_024, 1_024),
            (648, 6, 914, 1_914),
            (2_069, 6, 2_921, 3_921),
            (2_070, 5, 2_566, 5_566),
            (2_194, 5, 2_720, 5_720),
            (2_195, 4, 2_344, 7_344),
            (3_702, 4, 3_953, 8_953),
            (3_703, 3, 3_317, 11_317),
            (4_914, 3, 4_402, 12_402),
            (4_915, 2, 3_558, 15_558),
            (9_651_180, 2, 6_987_454, 6_999_454),
            (9_651_181, 1, 6_987_455, 7_000_000),
            (9_651_936, 1, 6_988_001, 7_000_000),
        ] {
            assert_eq!(
                broadcast(feerate, 6_988_000, &APPENDIX_C),
                (count, base_fee, actual_fee),
                "feerate {feerate}"
            );
        }
    }

    #[test]
    fn htlcs_of_appendix_c_lose_their_outputs_in_the_order_of_the_feerates() {
        let at = |feerate| outputs(legacy(feerate), &APPENDIX_C);
        assert_eq!(at(647), [1_000, 2_000, 2_000, 3_000, 4_000]);
        assert_eq!(at(648), [2_000, 2_000, 3_000, 4_000], "received 1000");
        assert_eq!(at(2_070), [2_000, 3_000, 4_000], "received 2000");
        assert_eq!(at(2_195), [3_000, 4_000], "offered 2000");
        assert_eq!(at(3_703), [4_000], "offered 3000");
        assert!(at(4_915).is_empty(), "received 4000");
    }

    #[test]
    fn the_worked_example_of_bolt_3_trims_the_1000_and_the_800() {
        let commitment = legacy(5_000);
        let htlcs = [
            (5_000, SecondStage::Timeout),
            (1_000, SecondStage::Timeout),
            (7_000, SecondStage::Success),
            (800, SecondStage::Success),
        ];
        assert_eq!(commitment.second_stage_fee(SecondStage::Timeout), Sat(3_315));
        assert_eq!(commitment.second_stage_fee(SecondStage::Success), Sat(3_515));
        assert_eq!(outputs(commitment, &htlcs), [5_000, 7_000]);
        assert_eq!(commitment.weight(2), Weight(1_068));
        assert_eq!(commitment.fee(2), Sat(5_340));
        assert_eq!(commitment.fee(2) + Sat(1_000 + 800), Sat(7_140), "with the trimmed HTLCs");
    }

    #[test]
    fn anchors_weigh_400_more_cost_660_sat_and_leave_the_second_stage_without_fee() {
        let anchors = Commitment { feerate: FeeRate(2_500), anchors: true };
        assert_eq!(anchors.weight(3), Weight(1_124 + 3 * 172));
        assert_eq!(anchors.opener_cost(0), Sat(2_810 + 660));
        assert_eq!(anchors.second_stage_weight(SecondStage::Timeout), Weight(666));
        assert_eq!(anchors.second_stage_weight(SecondStage::Success), Weight(706));
        assert_eq!(anchors.smallest_untrimmed(Sat(354), SecondStage::Success), Msat(354_000));
        assert_eq!(anchors.at_twice_the_feerate().fee(1), Sat(6_480));
    }
}
