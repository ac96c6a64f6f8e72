//! The public network of 3 February 2026, from both of its files.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]

mod common;

use common::{Recorder, params, real_data, system};
use leyden::engine::Seeds;
use leyden::network::{self, BalanceModel, ReadOptions, SoftwareMix};
use leyden::outcome::Outcome;
use leyden::rows::{PaymentRow, Window};
use leyden::system::{Running, Span, drive};
use leyden::units::{Msat, SimDuration, SimTime};
use leyden::workload::{self, Among, Amount, Arrivals, Demands, Endpoints, Funded, Source, Stop};

const SEEDS: Seeds = Seeds::new(2026, 0);

#[test]
fn ten_thousand_payments_run_on_the_network_of_2026_and_every_millisatoshi_is_accounted_for() {
    let test =
        "ten_thousand_payments_run_on_the_network_of_2026_and_every_millisatoshi_is_accounted_for";
    let Some(data) = real_data(test) else { return };
    let read = |name: &str| {
        let options = ReadOptions::default();
        network::read(&data.join(name), options).unwrap().network
    };
    let mut network = read("lightning-2026-02-03.csv");
    assert_eq!((network.node_count(), network.channel_count()), (17_324, 50_808));
    let core = network::core(&network);
    assert_eq!(core.len(), 6_270);
    network::assign_software(&mut network, &SoftwareMix::default(), SEEDS);
    let demands = Demands {
        source: Source::Generated {
            arrivals: Arrivals::Poisson { rate: 100.0 },
            amount: Amount::Lognormal { median: Msat(10_000_000), sigma: 1.5, max: None },
            endpoints: Endpoints::Uniform,
            among: Among::Core,
            funded: Funded::Nobody,
        },
        stop: Stop { time: None, payments: Some(10_000) },
    };
    let prepared = workload::prepare(&demands, &network, &core, None, SEEDS).unwrap();
    let balances = network::initial_balances(&network, &BalanceModel::Uniform, SEEDS);
    let span = Span {
        sample_every: SimDuration::from_secs(60),
        window: Window::default(),
        end: SimTime::ZERO + SimDuration::from_secs(86_400),
        check_each: false,
        threads: 1,
    };
    let mut recorder = Recorder::default();
    let mut running = Running::new(system(network, &params(100), balances), span);
    drive(&mut running, &mut prepared.demands.iter(), span, u64::MAX, &mut recorder).unwrap();
    // Checks conservation, every account and every count over the whole network.
    running.finish(&mut recorder).unwrap();

    assert_eq!(recorder.payments.len(), 10_000);
    let count = |outcome| recorder.payments.iter().filter(|p| p.outcome == outcome).count();
    assert_eq!(count(Outcome::Settled) + count(Outcome::Failed), 10_000);
    assert!(count(Outcome::Settled) > 5_000, "{} settled", count(Outcome::Settled));
    recorder.payments.iter().for_each(assert_consistent);
    let earned: Msat = recorder.nodes.iter().map(|n| n.fees_earned).sum();
    let paid: Msat = recorder.payments.iter().filter_map(|p| p.fee).sum();
    assert_eq!(earned, paid);
}

fn assert_consistent(row: &PaymentRow) {
    assert_eq!(row.failure.is_some(), row.outcome == Outcome::Failed, "{row:?}");
    assert!(row.ended >= row.payer_known && row.payer_known >= row.settled, "{row:?}");
    assert!(row.searches >= row.attempts, "{row:?}");
    if let (Some(hops), Some(fee)) = (row.hops, row.fee) {
        assert!(hops <= 20, "{row:?}");
        assert!(fee <= row.amount.max(Msat(1_000_000)), "{row:?}");
    }
}
