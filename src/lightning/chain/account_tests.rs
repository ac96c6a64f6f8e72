//! M5 per closure: who pays for what, whoever opened the channel, closes it and bumps.

use super::tests::{Bench, terms};
use crate::chain::bitcoin::Background;
use crate::channel::{CommitmentHtlc, Terms};
use crate::ids::Side;
use crate::lightning::chain::params::weight::ANCHOR_CHILD;
use crate::rows::ClosureRow;
use crate::units::{BlockHeight, FeeRate, Msat, Sat, SimDuration, SimTime, Weight};

/// An HTLC of 100,000 sat that its offerer takes back.
fn htlc(from: Side) -> CommitmentHtlc {
    CommitmentHtlc {
        tag: 0,
        amount: Sat(100_000).to_msat(),
        from,
        cltv_expiry: BlockHeight(3),
        trimmed: false,
        fulfilled: false,
    }
}

/// Below the relay minimum of 100 sat/kvB: no node takes such a commitment but with its owner's child.
const BELOW_THE_RELAY_MINIMUM: FeeRate = FeeRate(10);
const ABOVE_IT: FeeRate = FeeRate(2_500);

/// One closing: who opened the channel, who closes it, whose HTLC is in it.
#[derive(Clone, Copy, Debug)]
struct Case {
    opener: Side,
    closer: Side,
    offerer: Option<Side>,
    anchors: bool,
    feerate: FeeRate,
    /// What others bid for blocks that are full.
    others: Option<FeeRate>,
}

impl Case {
    /// Closes the channel; each side's start − end is what it paid.
    fn row(self) -> ClosureRow {
        let Self { opener, closer, offerer, anchors, feerate, others } = self;
        let terms = Terms { opener, feerate, ..terms(anchors) };
        let mut bench = Bench::new(|bitcoin, _| {
            if let Some(others) = others {
                bitcoin.background = Background::steady(1.5, others, 0.3, 20.0);
                bitcoin.block_weight = Weight(400_000);
            }
        });
        let mut balance = [500_000_000, 500_000_000];
        if let Some(offerer) = offerer {
            balance[offerer.index()] -= 100_000_000;
        }
        let htlcs = offerer.map(htlc).into_iter().collect();
        let channel = bench.close_by(closer, &terms, balance, htlcs);
        bench.mine(400);
        let (row, _) = bench.closed(channel).unwrap_or_else(|| panic!("{self:?}: not closed"));
        for side in Side::BOTH.map(Side::index) {
            let end = row.start[side] - row.fees[side];
            assert_eq!(i64::try_from(end.get()), Ok(row.end[side]), "{self:?}: side {side}");
        }
        row
    }
}

/// All openers and closers, without an HTLC and with one of either side.
fn cases(anchors: bool, feerate: FeeRate) -> impl Iterator<Item = Case> {
    let offerers = [None, Some(Side::One), Some(Side::Two)];
    let of = move |opener, closer| {
        offerers.map(move |offerer| Case {
            opener,
            closer,
            offerer,
            anchors,
            feerate,
            others: None,
        })
    };
    Side::BOTH
        .into_iter()
        .flat_map(move |opener| Side::BOTH.into_iter().flat_map(move |closer| of(opener, closer)))
}

#[test]
fn each_side_loses_its_fees_whoever_opens_and_closes() {
    for anchors in [true, false] {
        for case in cases(anchors, ABOVE_IT) {
            let paid = case.row().fees[case.opener.index()];
            // Weight and feerate of a commitment without HTLCs (BOLT 3), and both anchors.
            let least =
                if anchors { Sat(1_124 * 2_500 / 1_000 + 660) } else { Sat(724 * 2_500 / 1_000) };
            assert!(paid >= least.to_msat(), "{case:?}: {paid:?}");
        }
    }
}

#[test]
fn the_anchor_pays_for_the_child_where_it_is_worth_more_than_the_bid() {
    for case in cases(true, BELOW_THE_RELAY_MINIMUM) {
        let [bumped, alone] =
            [case.feerate, ABOVE_IT].map(|feerate| Case { feerate, ..case }.row());
        assert_eq!(bumped.weight.0, alone.weight.0 + ANCHOR_CHILD.0, "{case:?}: no child");
        let [opener, closer] = [case.opener.index(), case.closer.index()];
        assert!(bumped.fees[opener] >= Msat(660_000), "{case:?}: both anchors");
        if opener != closer {
            assert_eq!(bumped.fees[closer], alone.fees[closer], "{case:?}");
        }
    }
}

#[test]
fn who_bumps_pays_what_the_child_costs_beyond_the_anchor() {
    for case in cases(true, ABOVE_IT) {
        let row = Case { others: Some(FeeRate(10_000)), ..case }.row();
        // The package of commitment and child at half of what others bid, less what the commitment pays itself.
        let child = (1_124 + ANCHOR_CHILD.0) * 5_000 / 1_000 - 1_124 * 2_500 / 1_000 - 330;
        assert!(row.fees[case.closer.index()] > Sat(child).to_msat(), "{case:?}: {:?}", row.fees);
    }
}

#[test]
fn an_htlc_is_taken_back_only_if_both_stages_leave_something_of_it() {
    let closed = |amount: Sat| {
        let mut bench = Bench::new(|bitcoin, _| {
            bitcoin.background = Background::steady(0.95, FeeRate(20_000), 0.3, 20.0);
            bitcoin.block_weight = Weight(400_000);
        });
        let offered = CommitmentHtlc { amount: amount.to_msat(), ..htlc(Side::One) };
        let balance = [Msat(500_000_000) - amount.to_msat(), Msat(500_000_000)].map(Msat::get);
        let channel = bench.close(&terms(true), balance, vec![offered]);
        while bench.closed(channel).is_none() {
            assert!(
                bench.now < SimTime::ZERO + SimDuration::from_secs(60 * 86_400),
                "{amount:?}: not closed"
            );
            bench.mine(10);
        }
        let (row, _) = bench.closed(channel).unwrap();
        (row.timed_out == 1, row.start[0] - Msat(u64::try_from(row.end[0]).unwrap()))
    };
    // What one stage asks for at the price of the day is above 10,000 sat: not worth it.
    let (taken, lost) = closed(Sat(10_000));
    assert!(!taken);
    let anyway = lost - Sat(10_000).to_msat();
    let mut taken_back = 0;
    for amount in (15..60).step_by(3).map(|thousands| Sat(thousands * 1_000)) {
        let (taken, lost) = closed(amount);
        let if_given_up = anyway + amount.to_msat();
        assert!(
            if taken { lost < if_given_up } else { lost == if_given_up },
            "{amount:?}: {lost:?}"
        );
        taken_back += u32::from(taken);
    }
    assert!((3..14).contains(&taken_back), "{taken_back} of 15");
}
