//! A run is a pure function of scenario and seed; a saved run goes on as if it had never stopped.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]

mod common;

use common::{Recorder, params, plain};
use leyden::chain::bitcoin::{Background, BitcoinParams};
use leyden::engine::{Header, Seeds, load, save};
use leyden::lightning::{Lightning, LightningParams, World};
use leyden::lookahead::PlannerPool;
use leyden::network::{self, BalanceModel, Generator, Network};
use leyden::payment::RouterChoice;
use leyden::routing::{
    BimodalParams, CheapestParams, ClnParams, ClothParams, EclairParams, Estimator, LdkParams,
    LndParams,
};
use leyden::rows::Window;
use leyden::system::{PaymentSystem, Running, Span, drive};
use leyden::units::{Msat, SimDuration, SimTime};
use leyden::workload::{
    self, Among, Amount, Arrivals, Demand, Demands, Endpoints, Funded, Source, Stop,
};

const SEEDS: Seeds = Seeds::new(11, 0);

fn header() -> Header {
    Header { version: "test".into(), scenario: "test".into(), seed: 11 }
}

fn small_network() -> Network {
    let mut network = network::generate(&Generator::Lightning2026 { nodes: 150 }, SEEDS);
    network::assign_software(&mut network, &network::SoftwareMix::default(), SEEDS);
    network
}

fn demands(network: &Network, sigma: f64, payments: u64) -> Vec<Demand> {
    demands_at(50.0, network, sigma, payments)
}

/// `rate` payments per second.
fn demands_at(rate: f64, network: &Network, sigma: f64, payments: u64) -> Vec<Demand> {
    let demands = Demands {
        source: Source::Generated {
            arrivals: Arrivals::Poisson { rate },
            amount: Amount::Lognormal { median: Msat(50_000_000), sigma, max: None },
            endpoints: Endpoints::Uniform,
            among: Among::Core,
            funded: Funded::Nobody,
        },
        stop: Stop { time: None, payments: Some(payments) },
    };
    let core = network::core(network);
    workload::prepare(&demands, network, &core, None, SEEDS).unwrap().demands.iter().collect()
}

fn start(network: &Network, params: &LightningParams) -> Running<Lightning> {
    Running::new(system(network, params), span())
}

fn system(network: &Network, params: &LightningParams) -> Lightning {
    let balances = network::initial_balances(network, &BalanceModel::Uniform, SEEDS);
    let world = World::new(network.clone(), params);
    Lightning::new(params.clone(), world, balances, SimTime::ZERO, 100_000.0, SEEDS)
        .with_planner(Box::new(PlannerPool::default()))
}

fn span() -> Span {
    on_threads(1)
}

fn on_threads(threads: usize) -> Span {
    Span {
        sample_every: SimDuration::from_secs(5),
        window: Window::default(),
        end: SimTime::ZERO + SimDuration::from_secs(3_600),
        check_each: false,
        threads,
    }
}

/// Runs in pieces of `steps`, saving and loading between two pieces.
fn run_in_pieces(
    network: &Network,
    params: &LightningParams,
    demands: &[Demand],
    steps: u64,
) -> (String, Recorder) {
    let mut recorder = Recorder::default();
    let mut running = start(network, params);
    loop {
        let position = usize::try_from(running.demands).unwrap();
        let mut rest = demands[position..].iter().copied();
        if drive(&mut running, &mut rest, span(), steps, &mut recorder).unwrap() {
            break;
        }
        let bytes = save(&header(), &running);
        running = load(&bytes, &header()).unwrap();
        running.system.attach(World::new(network.clone(), params));
        running.system.rebuild();
    }
    running.finish(&mut recorder).unwrap();
    (running.fingerprint.to_string(), recorder)
}

#[test]
fn a_run_saved_and_loaded_at_any_step_ends_with_the_same_fingerprint_and_rows() {
    let network = small_network();
    let demands = demands(&network, 1.5, 400);
    for params in [params(40), plain(40)] {
        let whole = run_in_pieces(&network, &params, &demands, u64::MAX);
        assert!(whole.1.payments.iter().any(|p| p.attempts > 1), "some payments retry");
        for steps in [97, 1_000] {
            let pieces = run_in_pieces(&network, &params, &demands, steps);
            assert_eq!(pieces.0, whole.0, "fingerprint after pieces of {steps} steps");
            assert!(pieces.1 == whole.1, "rows after pieces of {steps} steps");
        }
    }
}

#[test]
fn another_amount_distribution_moves_neither_arrivals_nor_endpoints() {
    let network = small_network();
    let key = |demands: Vec<Demand>| -> Vec<_> {
        demands.iter().map(|d| (d.at, d.payer, d.payee)).collect()
    };
    assert_eq!(key(demands(&network, 1.5, 50)), key(demands(&network, 0.1, 50)));
}

#[test]
fn equal_seeds_give_equal_runs_and_another_seed_another() {
    let network = small_network();
    let demands = demands(&network, 1.5, 60);
    let first = run_in_pieces(&network, &params(40), &demands, u64::MAX);
    let second = run_in_pieces(&network, &params(40), &demands, u64::MAX);
    assert!(first == second);
    let fewer = run_in_pieces(&network, &params(40), &demands[..59], u64::MAX);
    assert_ne!(first.0, fewer.0);
}

#[test]
fn planning_ahead_on_threads_is_used_and_changes_nothing_whatever_the_router() {
    let network = small_network();
    let demands = demands(&network, 1.5, 900);
    let memory = Some(SimDuration::from_secs(600));
    let remembering = CheapestParams { memory, ..CheapestParams::default() };
    let fingerprints = [
        RouterChoice::Lnd(LndParams::default()),
        RouterChoice::LndFast(LndParams::default()),
        RouterChoice::Cloth(ClothParams::default()),
        RouterChoice::Cheapest(CheapestParams::default()),
        RouterChoice::Cheapest(remembering),
        RouterChoice::ShortestHops,
        RouterChoice::Lnd(LndParams {
            estimator: Estimator::Bimodal(BimodalParams::default()),
            ..LndParams::default()
        }),
        RouterChoice::Ldk(LdkParams::default()),
        RouterChoice::Cln(ClnParams::default()),
        RouterChoice::Eclair(EclairParams::default()),
    ]
    .map(|router| {
        let params = LightningParams { router, ..params(40) };
        let runs = [1, 2, 7].map(|threads| {
            let mut recorder = Recorder::default();
            let mut running = start(&network, &params);
            let mut demands = demands.iter().copied();
            // With the first step questions are asked; threads have time for some of them.
            let span = on_threads(threads);
            drive(&mut running, &mut demands, span, 1, &mut recorder).unwrap();
            if threads > 1 {
                std::thread::sleep(std::time::Duration::from_millis(300));
            }
            drive(&mut running, &mut demands, span, u64::MAX, &mut recorder).unwrap();
            running.finish(&mut recorder).unwrap();
            let (made, used) = running.system.look_ahead();
            assert_eq!(made, if threads == 1 { 0 } else { 900 });
            // How many depends on how quick the threads are.
            assert!(threads == 1 || (used > 0 && used < 900), "{used} of {made} plans used");
            (running.fingerprint.to_string(), recorder)
        });
        assert!(runs[0] == runs[1] && runs[1] == runs[2], "{router:?}");
        runs[0].0.clone()
    });
    assert_ne!(fingerprints[3], fingerprints[4], "a memory makes a difference");
}

#[test]
fn planning_ahead_changes_nothing_while_channels_open_and_close_and_policies_change() {
    let network = small_network();
    let demands = demands_at(0.05, &network, 1.5, 900);
    let mut params =
        LightningParams { router: RouterChoice::LndFast(LndParams::default()), ..params(40) };
    params.openings.per_node_and_year = 200.0;
    params.onchain.closes_per_year = 100.0;
    params.gossip.delay = SimDuration::from_secs(900);
    params.gossip.policy_changes_per_year = 50.0;
    let bitcoin = BitcoinParams { background: Background::NONE, ..BitcoinParams::default() };
    let runs = [1, 2, 7].map(|threads| {
        let span =
            Span { end: SimTime::ZERO + SimDuration::from_secs(86_400), ..on_threads(threads) };
        let system = system(&network, &params).with_chain(bitcoin.clone(), SEEDS);
        let mut recorder = Recorder::default();
        let mut running = Running::new(system, span);
        drive(&mut running, &mut demands.iter().copied(), span, u64::MAX, &mut recorder).unwrap();
        running.finish(&mut recorder).unwrap();
        let (made, _) = running.system.look_ahead();
        assert_eq!(made, if threads == 1 { 0 } else { 900 });
        assert!(recorder.closures.len() > 5);
        let young = recorder.channels.iter().filter(|row| row.opened.is_some()).count();
        assert!(young > 5, "{young} channels opened");
        (running.fingerprint.to_string(), recorder)
    });
    assert!(runs[0] == runs[1] && runs[1] == runs[2]);
}
