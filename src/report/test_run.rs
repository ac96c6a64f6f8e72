//! A made-up run for the tests of this module: two nodes, one channel, plausible figures.

use std::path::Path;
use std::sync::Arc;

use crate::ids::SystemName;
use crate::math;
use crate::metrics::test_numbers::Numbers;
use crate::metrics::{Summary, SummaryResult};
use crate::network::{Channel, Network, Node, Software};
use crate::outcome::{Failure, OnionError, Outcome};
use crate::prices::Prices;
use crate::report::comparison::write_comparison;
use crate::report::json::write_summary;
use crate::report::names::Names;
use crate::report::writer::{RunWriter, WriterOptions};
use crate::rows::Window;
use crate::rows::{ChannelSample, OfferedRow, PaymentRow, Row, Rows, Sample, Settlement, testing};
use crate::units::{Msat, Sat, SimDuration, SimTime};

const SECOND: u64 = 1_000_000_000;

/// Alice and Bob with one channel.
pub(super) fn names() -> Names {
    let mut network = Network::default();
    let alice = network.add_node(Node { name: "alice".into(), software: None });
    let bob = network.add_node(Node { name: "bob".into(), software: Some(Software::Cln) });
    let channel =
        Channel { name: "a-b".into(), capacity: Sat(100), policies: [None; 2], stated: None };
    network.add_channel(alice, bob, channel);
    Names::of(&network)
}

/// A writer without `attempts.csv`.
pub(super) fn writer(run_dir: &Path) -> RunWriter {
    let names = Arc::new(names());
    RunWriter::create(run_dir, SystemName::Lightning, names, WriterOptions::default()).expect("new")
}

fn sample(at: u64, depleted_share: f64, imbalance_mean: f64) -> Sample {
    let channels = ChannelSample {
        htlcs_in_flight: 3,
        in_flight: Msat(900),
        capacity: Sat(100),
        channels_open: 1,
        depleted_share: Some(depleted_share),
        newly_depleted_share: Some(depleted_share / 2.0),
        replenished_share: Some(depleted_share / 4.0),
        imbalance_mean: Some(imbalance_mean),
        full_directions: 0,
        nodes_online: 2,
        ..ChannelSample::default()
    };
    Sample { at: SimTime(at), channels: Some(channels), ..Sample::default() }
}

/// Writes a run of `payments` payments, ten a second, with all files but manifest and timing.
pub(super) fn write(run_dir: &Path, payments: u64) -> SummaryResult {
    let end = (payments / 10).max(60) * SECOND;
    let window = Window { from: SimTime(end / 10), to: SimTime(end) };
    let (mut writer, mut summary) = (writer(run_dir), Summary::new(window, Prices::default()));
    let mut numbers = Numbers::new(payments);
    let (mut next_sample, every) = (end / 60, end / 60);
    for id in 0..payments {
        let row = random_payment(id, end / payments * id, window, &mut numbers);
        while next_sample <= row.submitted.0 {
            let grown = 1.0 - math::exp(-2.0 * next_sample as f64 / end as f64);
            let noise = 0.01 * numbers.uniform();
            let state = sample(next_sample, 0.02 + 0.14 * grown + noise, 0.45 + 0.1 * grown);
            for rows in [&mut writer as &mut dyn Rows, &mut summary] {
                rows.record(Row::Sample(&state));
            }
            next_sample += every;
        }
        for rows in [&mut writer as &mut dyn Rows, &mut summary] {
            rows.record(Row::Offered(&OfferedRow { at: row.submitted, amount: row.amount }));
            rows.record(Row::Payment(&row));
        }
    }
    let result = summary.result();
    for rows in [&mut writer as &mut dyn Rows, &mut summary] {
        rows.record(Row::Sample(&sample(end, 0.15, 0.55)));
    }
    writer.finish().expect("space");
    write_summary(run_dir, SystemName::Lightning, &result).expect("space");
    write_comparison(run_dir, &[(SystemName::Lightning, &result)]).expect("space");
    result
}

/// Larger amounts fail more often, and every attempt takes its time.
fn random_payment(id: u64, at: u64, window: Window, numbers: &mut Numbers) -> PaymentRow {
    let normal = math::inverse_normal(numbers.uniform().clamp(1e-6, 1.0 - 1e-6));
    let amount = Msat(1_000 * SimDuration::from_secs_f64(1e-5 * math::exp(1.5 * normal)).0.max(1));
    let success = 0.99 / (1.0 + (amount.get() as f64 / 2e8).sqrt());
    let settled = numbers.uniform() < success;
    let attempts = 1 + u32::from(numbers.uniform() < 0.4) + u32::from(numbers.uniform() < 0.2);
    let wait = f64::from(attempts) * (0.6 - 0.5 * math::ln(1.0 - numbers.uniform()));
    let done = SimTime(at) + SimDuration::from_secs_f64(wait);
    PaymentRow {
        id,
        amount,
        submitted: SimTime(at),
        measured: window.contains(SimTime(at)),
        outcome: if settled { Outcome::Settled } else { Outcome::Failed },
        failure: (!settled).then_some(Failure::NoLiquidity),
        last_error: (!settled).then_some(OnionError::TemporaryChannelFailure),
        settled: settled.then_some(done),
        payer_known: settled.then_some(done),
        final_at: settled.then_some(done),
        ended: Some(done),
        attempts,
        hops: settled.then_some(3),
        fee: settled.then_some(Msat(1_000 + amount.get() / 5_000)),
        searches: 2,
        parts: 1,
        price_usd: None,
        settlement: Settlement::default(),
        feasible: None,
        shortage: None,
        ..testing::payment()
    }
}
