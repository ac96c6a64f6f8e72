//! Rows for the tests of this module and its neighbours.

use crate::metrics::result::SummaryResult;
use crate::metrics::summary::Summary;
use crate::metrics::test_numbers::Numbers;
use crate::outcome::{Failure, Outcome, Shortage};
use crate::prices::Prices;
use crate::rows::{
    CampaignRow, ChannelSample, PaymentRow, ResourceRow, Row, Rows, Sample, Settlement, Window,
};
use crate::units::{Msat, Sat, SimDuration, SimTime};

/// Nanoseconds in a second.
const SECOND: u64 = 1_000_000_000;

/// A settled payment of so many sat, sent at and taking so many seconds.
pub(in crate::metrics) fn settled(id: u64, sat: u64, at_s: u64, took_s: u64) -> PaymentRow {
    let done = Some(SimTime((at_s + took_s) * SECOND));
    PaymentRow {
        id,
        payer: crate::ids::NodeId(0),
        payee: crate::ids::NodeId(1),
        amount: Msat(sat * 1_000),
        submitted: SimTime(at_s * SECOND),
        measured: true,
        outcome: Outcome::Settled,
        failure: None,
        last_error: None,
        settled: done,
        payer_known: done,
        final_at: done,
        ended: done,
        attempts: 1,
        searches: 1,
        parts: 1,
        hops: Some(2),
        fee: Some(Msat(sat)),
        price_usd: None,
        resource_usd: None,
        settlement: Settlement::default(),
        feasible: None,
        shortage: None,
    }
}

/// From 10 s to 20 s.
pub(in crate::metrics) fn window() -> Window {
    Window { from: SimTime(10 * SECOND), to: SimTime(20 * SECOND) }
}

/// A run in which every metric has a value, and all that can have an interval do.
pub(in crate::metrics) fn rich() -> SummaryResult {
    let mut summary = Summary::new(window(), Prices::default());
    fill(&mut summary);
    summary.all()
}

/// What happens in the window of that run.
pub(in crate::metrics) fn fill(summary: &mut Summary) {
    let mut numbers = Numbers::new(4);
    let [from, to] = [13, 17].map(|s: u64| SimTime(s * SECOND));
    summary.record(Row::Campaign(&CampaignRow { from, to }));
    for i in 0..4_000 {
        let at = SimTime(10 * SECOND + numbers.bits() % (10 * SECOND));
        let known = Some(at + SimDuration(1_000_000 + numbers.bits() % SECOND));
        let mut row = settled(i, 10 + numbers.bits() % 90, 0, 0);
        (row.submitted, row.settled, row.payer_known, row.final_at) = (at, known, known, known);
        row.settlement = Settlement { included: known, withdrawable: known, ..row.settlement };
        (row.price_usd, row.resource_usd) = (Some(numbers.uniform()), Some(numbers.uniform()));
        (row.attempts, row.searches) = (1 + u32::from(numbers.uniform() < 0.3), 2);
        if numbers.uniform() < 0.2 {
            (row.outcome, row.failure) = (Outcome::Failed, Some(Failure::NoLiquidity));
            row.shortage = Some(if i % 2 == 0 { Shortage::Depleted } else { Shortage::Drawn });
        }
        summary.offered(row.submitted);
        summary.payment(&row);
        let channels = ChannelSample {
            depleted_share: Some(numbers.uniform()),
            newly_depleted_share: Some(numbers.uniform()),
            replenished_share: Some(numbers.uniform()),
            imbalance_mean: Some(numbers.uniform()),
            in_flight: Msat(numbers.bits() % 1_000),
            capacity: Sat(1),
            ..ChannelSample::default()
        };
        summary.sample(&Sample { at, channels: Some(channels), ..Sample::default() });
    }
    let slots = ResourceRow { resource: "slots", utilisation: 0.5, demanded: Some(0.75) };
    summary.record(Row::Resource(&slots));
}
