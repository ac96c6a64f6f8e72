//! How each system is made: the one place that knows their constructors.

use crate::adversary::Campaign;
use crate::baselines::{BaselineWorld, BitcoinSystem, Card, EthereumSystem, Sidechain};
use crate::engine::Seeds;
use crate::ids::SystemName;
use crate::lightning::{Lightning, World};
use crate::lookahead::PlannerPool;
use crate::network::Network;
use crate::rollup::{OptimisticRollup, RollupWorld, ZkRollup};
use crate::scenario::Scenario;
use crate::simulation::drive_system::{Ended, drive_system};
use crate::simulation::error::RunError;
use crate::simulation::payer_presence::PayerPresence;
use crate::simulation::prepare::Setup;
use crate::simulation::shared::Shared;
use crate::system::PaymentSystem;
use crate::units::{Msat, SimTime};
use crate::workload::{Accounts, Presence};

/// Makes a system and drives it to its end.
type Run = Box<dyn FnOnce(&Shared<'_>) -> Result<Ended, RunError> + Send>;

/// A system that waits for a thread.
pub(super) struct Job {
    /// The system's name.
    pub(super) name: SystemName,
    run: Run,
}

impl Job {
    /// Makes the system and drives it to its end.
    pub(super) fn run(self, shared: &Shared<'_>) -> Result<Ended, RunError> {
        (self.run)(shared)
    }
}

/// What every system is made of, beside its own parameters.
struct Parts {
    scenario: Scenario,
    accounts: Accounts,
    nodes: u32,
    warmup: SimTime,
    /// Payments per second over the arrivals.
    rate: f64,
    /// `None`: all payers are always online.
    presence: Option<Presence>,
    seeds: Seeds,
    ground: Seeds,
    /// The network is large, and only one system takes it.
    network: Option<(Network, Vec<[Msat; 2]>, Vec<Campaign>)>,
    users: Vec<bool>,
}

/// The systems of a run, in the order in which they should start.
pub(super) fn jobs(setup: Setup) -> Vec<Job> {
    let accounts = Accounts::new(setup.scenario.funding.balances(&setup.in_channels()));
    let nodes = u32::try_from(setup.network.node_count()).expect("nodes have u32 ids");
    let availability = setup.scenario.lightning.availability.as_ref();
    let presence =
        availability.map(|params| Presence::new(params.clone(), &setup.network, setup.seeds));
    let mut names = setup.scenario.systems.clone();
    names.sort_unstable();
    let mut parts = Parts {
        accounts,
        nodes,
        warmup: SimTime::ZERO + setup.scenario.warmup,
        rate: rate(setup.expected_demands, setup.span.window.to),
        presence,
        seeds: setup.seeds,
        ground: setup.ground,
        network: Some((setup.network, setup.balances, setup.campaigns)),
        users: setup.users,
        scenario: setup.scenario,
    };
    names.into_iter().map(|name| parts.job(name)).collect()
}

impl Parts {
    /// The one place that knows how each system is made.
    fn job(&mut self, name: SystemName) -> Job {
        let Scenario { ethereum, bitcoin, .. } = &self.scenario;
        let (chain, mainchain) = (ethereum.chain.clone(), bitcoin.chain.clone());
        match name {
            SystemName::Lightning => self.lightning(),
            SystemName::ZkRollup => {
                self.beside(self.scenario.zk_rollup.clone(), self.rollup_world(), ZkRollup::new)
            }
            SystemName::OptimisticRollup => {
                let params = self.scenario.optimistic_rollup.clone();
                self.beside(params, self.rollup_world(), OptimisticRollup::new)
            }
            SystemName::Sidechain => {
                self.beside(self.scenario.sidechain, self.baseline_world(), Sidechain::new)
            }
            SystemName::Card => {
                self.beside(self.scenario.card.clone(), self.baseline_world(), Card::new)
            }
            SystemName::Ethereum => {
                let params = self.scenario.ethereum.wallets;
                let make = move |params, world| EthereumSystem::new(params, chain, world);
                self.beside(params, self.baseline_world(), make)
            }
            SystemName::Bitcoin => {
                let params = self.scenario.bitcoin.wallets;
                let make = move |params, world| BitcoinSystem::new(params, mainchain, world);
                self.beside(params, self.baseline_world(), make)
            }
        }
    }

    /// A system beside Lightning, made when its thread starts; payers that are offline do not pay.
    fn beside<S: PaymentSystem, P: Send + 'static, W: Send + 'static>(
        &self,
        params: P,
        world: W,
        make: impl FnOnce(P, W) -> S + Send + 'static,
    ) -> Job {
        let (presence, warmup) = (self.presence.clone(), self.warmup);
        let run = move |shared: &Shared<'_>| {
            drive_system(PayerPresence { system: make(params, world), presence, warmup }, shared)
        };
        Job { name: S::NAME, run: Box::new(run) }
    }

    fn lightning(&mut self) -> Job {
        let (network, balances, campaigns) =
            self.network.take().expect("a scenario names no system twice");
        let users = std::mem::take(&mut self.users);
        let Self { warmup, seeds, ground, .. } = *self;
        let Scenario { lightning, bitcoin, prices, .. } = &self.scenario;
        let (params, bitcoin, btc_usd) = (lightning.clone(), bitcoin.chain.clone(), prices.btc_usd);
        let run = move |shared: &Shared<'_>| {
            let world = World::new(network, &params);
            let system = Lightning::new(params, world, balances, warmup, btc_usd, seeds)
                .with_planner(Box::new(PlannerPool::default()));
            let system = system.with_places(ground).with_attacks(campaigns).with_users(&users);
            drive_system(system.with_chain(bitcoin, seeds), shared)
        };
        Job { name: SystemName::Lightning, run: Box::new(run) }
    }

    fn rollup_world(&self) -> RollupWorld {
        RollupWorld {
            accounts: self.accounts.clone(),
            nodes: self.nodes,
            ethereum: self.scenario.ethereum.chain.clone(),
            warmup: self.warmup,
            prices: self.scenario.prices,
            expected_rate: self.rate,
            seeds: self.seeds,
        }
    }

    fn baseline_world(&self) -> BaselineWorld {
        BaselineWorld {
            accounts: self.accounts.clone(),
            warmup: self.warmup,
            prices: self.scenario.prices,
            seeds: self.seeds,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for an estimate")]
fn rate(demands: u64, until: SimTime) -> f64 {
    let over = until.as_secs_f64();
    if over > 0.0 { demands as f64 / over } else { 0.0 }
}
