//! The oracle bounds every sender of one part: each payment alone, on the same balances, by each of them.

#![expect(clippy::unwrap_used, reason = "a failed test stops here")]

mod common;

use common::{Recorder, params};
use leyden::engine::Seeds;
use leyden::lightning::{Lightning, LightningParams, World};
use leyden::network::{self, BalanceModel, Generator, Network, SoftwareMix};
use leyden::outcome::{Failure, Outcome};
use leyden::payment::RouterChoice;
use leyden::routing::{CheapestParams, ClnParams, ClothParams, EclairParams, LdkParams, LndParams};
use leyden::rows::{PaymentRow, Window};
use leyden::system::{Running, Span, drive};
use leyden::units::{Msat, SimDuration, SimTime};
use leyden::workload::{
    self, Among, Amount, Arrivals, Demand, Demands, Endpoints, Funded, Source, Stop,
};

fn network(seeds: Seeds) -> Network {
    let mut network = network::generate(&Generator::Lightning2026 { nodes: 100 }, seeds);
    network::assign_software(&mut network, &SoftwareMix::default(), seeds);
    network
}

/// Payments an hour apart, so that nothing is under way when the next one is planned.
fn demands(network: &Network, payments: u64, seeds: Seeds) -> Vec<Demand> {
    let demands = Demands {
        source: Source::Generated {
            arrivals: Arrivals::Constant { rate: 1.0 / 3_600.0 },
            amount: Amount::Lognormal { median: Msat(300_000_000), sigma: 1.5, max: None },
            endpoints: Endpoints::Uniform,
            among: Among::Core,
            funded: Funded::Nobody,
        },
        stop: Stop { time: None, payments: Some(payments) },
    };
    let core = network::core(network);
    workload::prepare(&demands, network, &core, None, seeds).unwrap().demands.iter().collect()
}

fn run(
    network: &Network,
    router: RouterChoice,
    demands: &[Demand],
    seeds: Seeds,
) -> Vec<PaymentRow> {
    let params = LightningParams { router, ..params(40) };
    let balances = network::initial_balances(network, &BalanceModel::Uniform, seeds);
    let world = World::new(network.clone(), &params);
    let system = Lightning::new(params, world, balances, SimTime::ZERO, 100_000.0, seeds);
    let span = Span {
        sample_every: SimDuration::from_secs(3_600),
        window: Window::default(),
        end: SimTime::ZERO + SimDuration::from_secs((demands.len() as u64 + 1) * 3_600),
        check_each: false,
        threads: 1,
    };
    let (mut recorder, mut running) = (Recorder::default(), Running::new(system, span));
    drive(&mut running, &mut demands.iter().copied(), span, u64::MAX, &mut recorder).unwrap();
    running.finish(&mut recorder).unwrap();
    recorder.payments
}

#[test]
fn whatever_a_sender_of_one_part_brings_to_its_payee_alone_on_these_balances_the_oracle_brings_for_no_more()
 {
    let (mut settled, mut retried) = (0, 0);
    for seed in 1..=8 {
        let seeds = Seeds::new(seed, 0);
        let network = network(seeds);
        for demand in demands(&network, 8, seeds) {
            let alone = [Demand { id: 0, at: SimTime::ZERO, ..demand }];
            let [oracle] = run(&network, RouterChoice::Oracle, &alone, seeds)[..] else {
                panic!("one row")
            };
            let by_oracle = oracle.outcome == Outcome::Settled;
            settled += u32::from(by_oracle);
            assert!(!by_oracle || oracle.attempts == 1, "seed {seed}: {oracle:?}");
            for router in [
                RouterChoice::Cheapest(CheapestParams::default()),
                RouterChoice::Lnd(LndParams::default()),
                RouterChoice::LndFast(LndParams::default()),
                RouterChoice::ShortestHops,
                RouterChoice::Ldk(LdkParams::default()),
                RouterChoice::Cln(ClnParams::default()),
                RouterChoice::Eclair(EclairParams::default()),
                // Its halves are two parts.
                RouterChoice::Cloth(ClothParams { halving: false, ..ClothParams::default() }),
            ] {
                let [other] = run(&network, router, &alone, seeds)[..] else { panic!("one row") };
                retried += u32::from(other.attempts > 1);
                if other.outcome != Outcome::Settled {
                    continue;
                }
                // CLoTH pays any fee.
                let no_limit = router.has_no_fee_limit() && other.fee > oracle.fee;
                assert!(by_oracle || no_limit, "seed {seed}, {router:?}: {other:?}");
                assert!(
                    !by_oracle || oracle.fee <= other.fee,
                    "seed {seed}, {router:?}: {other:?}"
                );
            }
        }
    }
    assert!(settled > 20, "{settled} payments settled");
    assert!(retried > 20, "{retried} payments for which a sender needed more than one attempt");
}

#[test]
fn with_nothing_else_under_way_the_oracle_succeeds_at_once_or_nobody_can() {
    for seed in 1..=3 {
        let seeds = Seeds::new(seed, 0);
        let network = network(seeds);
        let rows = run(&network, RouterChoice::Oracle, &demands(&network, 150, seeds), seeds);
        assert_eq!(rows.len(), 150);
        for row in &rows {
            let attempts = u32::from(row.outcome == Outcome::Settled);
            assert_eq!(row.attempts, attempts, "seed {seed}: {row:?}");
            assert_ne!(row.failure, Some(Failure::MissedRoute), "seed {seed}: {row:?}");
        }
        assert!(rows.iter().any(|row| row.outcome == Outcome::Failed), "amounts are large");
    }
}
