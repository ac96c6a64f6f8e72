//! How each system is made: the one place that knows their constructors.

use crate::adversary::Campaign;
use crate::baselines::{
    BaselineWorld, BitcoinPayments, BitcoinSystem, Card, CardParams, EthereumPayments,
    EthereumSystem,
};
use crate::chain::bitcoin::BitcoinParams;
use crate::chain::ethereum::EthereumParams;
use crate::engine::Seeds;
use crate::ids::SystemName;
use crate::lightning::{Lightning, LightningParams, World};
use crate::lookahead::PlannerPool;
use crate::network::Network;
use crate::rollup::{OptimisticParams, OptimisticRollup, RollupWorld, ZkParams, ZkRollup};
use crate::simulation::execute::{Ended, Shared, execute};
use crate::simulation::payer_presence::PayerPresence;
use crate::simulation::{RunError, Setup};
use crate::system::PaymentSystem;
use crate::units::{Msat, SimTime};
use crate::workload::{Accounts, Presence};

/// A system that waits for a thread, with all that it is made of.
pub(super) enum Job {
    /// Payment channels.
    Lightning(Box<Channels>),
    /// A rollup with validity proofs.
    ZkRollup(Box<(ZkParams, RollupWorld, Attendance)>),
    /// A rollup with challenges.
    OptimisticRollup(Box<(OptimisticParams, RollupWorld, Attendance)>),
    /// A card network.
    Card(Box<(CardParams, BaselineWorld, Attendance)>),
    /// Ethereum, a transfer per payment.
    Ethereum(Box<(EthereumPayments, EthereumParams, BaselineWorld, Attendance)>),
    /// Bitcoin, a transaction per payment.
    Bitcoin(Box<(BitcoinPayments, BitcoinParams, BaselineWorld, Attendance)>),
}

/// Who is there, for the systems beside Lightning.
#[derive(Clone)]
pub(super) struct Attendance {
    /// `None`: everybody, always.
    presence: Option<Presence>,
    warmup: SimTime,
}

impl Attendance {
    /// Runs a system with these payers.
    fn execute<S: PaymentSystem>(self, system: S, shared: &Shared<'_>) -> Result<Ended, RunError> {
        let Self { presence, warmup } = self;
        execute(PayerPresence { system, presence, warmup }, shared)
    }
}

/// What Lightning is made of.
pub(super) struct Channels {
    params: LightningParams,
    network: Network,
    balances: Vec<[Msat; 2]>,
    campaigns: Vec<Campaign>,
    bitcoin: BitcoinParams,
    warmup: SimTime,
    btc_usd: f64,
    seeds: Seeds,
}

/// The systems of a run, in the order in which they should start.
pub(super) fn jobs(setup: Setup) -> Vec<Job> {
    let mut names = setup.scenario.systems.clone();
    names.sort_unstable();
    let accounts = Accounts::new(setup.scenario.funding.balances(&setup.in_channels()));
    let nodes = u32::try_from(setup.network.node_count()).expect("nodes have u32 ids");
    let availability = setup.scenario.lightning.availability.as_ref();
    let attendance = Attendance {
        presence: availability
            .map(|params| Presence::new(params.clone(), &setup.network, setup.seeds)),
        warmup: SimTime::ZERO + setup.scenario.warmup,
    };
    let attendance = || attendance.clone();
    // The network is large, and only one system takes it.
    let mut parts = Some((setup.network, setup.balances, setup.campaigns));
    let (scenario, seeds) = (setup.scenario, setup.seeds);
    let (warmup, prices) = (SimTime::ZERO + scenario.warmup, scenario.prices);
    let rollup_world = || RollupWorld {
        accounts: accounts.clone(),
        nodes,
        ethereum: scenario.ethereum.clone(),
        warmup,
        prices,
        seeds,
    };
    let baseline_world = || BaselineWorld { accounts: accounts.clone(), warmup, prices, seeds };
    let make = |name| match name {
        SystemName::Lightning => {
            let (network, balances, campaigns) =
                parts.take().expect("a scenario names no system twice");
            let params = scenario.lightning.clone();
            let btc_usd = prices.btc_usd;
            Job::Lightning(Box::new(Channels {
                params,
                network,
                balances,
                campaigns,
                bitcoin: scenario.bitcoin.clone(),
                warmup,
                btc_usd,
                seeds,
            }))
        }
        SystemName::ZkRollup => {
            Job::ZkRollup(Box::new((scenario.zk_rollup.clone(), rollup_world(), attendance())))
        }
        SystemName::OptimisticRollup => {
            let params = scenario.optimistic_rollup.clone();
            Job::OptimisticRollup(Box::new((params, rollup_world(), attendance())))
        }
        SystemName::Card => {
            Job::Card(Box::new((scenario.card.clone(), baseline_world(), attendance())))
        }
        SystemName::Ethereum => {
            let chain = scenario.ethereum.clone();
            let payments = scenario.ethereum_payments;
            Job::Ethereum(Box::new((payments, chain, baseline_world(), attendance())))
        }
        SystemName::Bitcoin => {
            let chain = scenario.bitcoin.clone();
            let payments = scenario.bitcoin_payments;
            Job::Bitcoin(Box::new((payments, chain, baseline_world(), attendance())))
        }
    };
    names.into_iter().map(make).collect()
}

impl Job {
    /// The system's name.
    pub(super) const fn name(&self) -> SystemName {
        match self {
            Self::Lightning(_) => SystemName::Lightning,
            Self::ZkRollup(_) => SystemName::ZkRollup,
            Self::OptimisticRollup(_) => SystemName::OptimisticRollup,
            Self::Card(_) => SystemName::Card,
            Self::Ethereum(_) => SystemName::Ethereum,
            Self::Bitcoin(_) => SystemName::Bitcoin,
        }
    }

    /// Makes the system and drives it to its end.
    pub(super) fn run(self, shared: &Shared<'_>) -> Result<Ended, RunError> {
        match self {
            Self::Lightning(parts) => {
                let Channels {
                    params,
                    network,
                    balances,
                    campaigns,
                    bitcoin,
                    warmup,
                    btc_usd,
                    seeds,
                } = *parts;
                let world = World::new(network, &params);
                let system = Lightning::new(params, world, balances, warmup, btc_usd, seeds)
                    .with_planner(Box::new(PlannerPool::default()));
                let system = system.with_attacks(campaigns).with_chain(bitcoin, seeds);
                execute(system, shared)
            }
            Self::ZkRollup(parts) => {
                let (params, world, attendance) = *parts;
                attendance.execute(ZkRollup::new(params, world), shared)
            }
            Self::OptimisticRollup(parts) => {
                let (params, world, attendance) = *parts;
                attendance.execute(OptimisticRollup::new(params, world), shared)
            }
            Self::Card(parts) => {
                let (params, baseline_world, attendance) = *parts;
                attendance.execute(Card::new(params, baseline_world), shared)
            }
            Self::Ethereum(parts) => {
                let (params, chain, baseline_world, attendance) = *parts;
                attendance.execute(EthereumSystem::new(params, chain, baseline_world), shared)
            }
            Self::Bitcoin(parts) => {
                let (params, chain, baseline_world, attendance) = *parts;
                attendance.execute(BitcoinSystem::new(params, chain, baseline_world), shared)
            }
        }
    }
}
