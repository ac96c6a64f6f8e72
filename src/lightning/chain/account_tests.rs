//! M5 per closure: who pays for what, whoever opened the channel, closes it and bumps.

use super::tests::{Bench, terms};
use crate::channel::{CommitmentHtlc, Terms};
use crate::ids::Side;
use crate::units::{BlockHeight, FeeRate, Msat, Sat};

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

/// A commitment below this is not relayed alone: its owner's child pays for it.
const BELOW_THE_RELAY_MINIMUM: FeeRate = FeeRate(100);

#[test]
fn each_side_loses_its_fees_whoever_opens_closes_and_bumps() {
    for (opener, closer) in
        Side::BOTH.into_iter().flat_map(|opener| Side::BOTH.map(|closer| (opener, closer)))
    {
        for (anchors, bumped) in [(true, true), (true, false), (false, false)] {
            for offerer in [None, Some(closer), Some(closer.other())] {
                let feerate = if bumped { BELOW_THE_RELAY_MINIMUM } else { FeeRate(2_500) };
                let terms = Terms { opener, feerate, ..terms(anchors) };
                let mut bench = Bench::new(|_, _| ());
                let mut balance = [500_000_000, 500_000_000];
                if let Some(offerer) = offerer {
                    balance[offerer.index()] -= 100_000_000;
                }
                let htlcs = offerer.map(htlc).into_iter().collect();
                let channel = bench.close_by(closer, &terms, balance, htlcs);
                bench.mine(400);
                let case = format!("{opener:?} {closer:?} {anchors} {bumped} {offerer:?}");
                let (row, _) = bench.closed(channel).expect(&case);
                for side in Side::BOTH.map(Side::index) {
                    let end = u64::try_from(row.end[side]).expect(&case);
                    assert_eq!(row.start[side] - row.fees[side], Msat(end), "{case}: side {side}");
                }
                let anchor = if anchors { 660_000 } else { 0 };
                assert!(row.fees[opener.index()] >= Msat(anchor), "{case}: both anchors");
                assert!(row.fees[closer.index()] > Msat::ZERO || !bumped, "{case}: the child");
            }
        }
    }
}
