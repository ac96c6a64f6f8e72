//! How each system is made: the one place that knows their constructors.

use crate::adversary::Campaign;
use crate::baselines::{Card, CardParams, CardWorld};
use crate::chain::bitcoin::BitcoinParams;
use crate::engine::Seeds;
use crate::ids::SystemName;
use crate::lightning::{Lightning, LightningParams, World};
use crate::network::Network;
use crate::simulation::execute::{Ended, Shared, execute};
use crate::simulation::{RunError, Setup};
use crate::units::{Msat, SimTime};
use crate::workload::Accounts;

/// A system that waits for a thread, with all that it is made of.
pub(super) enum Job {
    /// Payment channels.
    Lightning(Box<Channels>),
    /// A card network.
    Card(Box<(CardParams, CardWorld)>),
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
    // The network is large, and only one system takes it.
    let mut parts = Some((setup.network, setup.balances, setup.campaigns));
    let (scenario, seeds) = (setup.scenario, setup.seeds);
    let (warmup, prices) = (SimTime::ZERO + scenario.warmup, scenario.prices);
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
        SystemName::Card => {
            let world = CardWorld { accounts: accounts.clone(), warmup, prices, seeds };
            Job::Card(Box::new((scenario.card.clone(), world)))
        }
    };
    names.into_iter().map(make).collect()
}

impl Job {
    /// The system's name.
    pub(super) const fn name(&self) -> SystemName {
        match self {
            Self::Lightning(_) => SystemName::Lightning,
            Self::Card(_) => SystemName::Card,
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
                let system = Lightning::new(params, world, balances, warmup, btc_usd, seeds);
                let system = system.with_attacks(campaigns).with_chain(bitcoin, seeds);
                execute(system, shared)
            }
            Self::Card(parts) => {
                let (params, world) = *parts;
                execute(Card::new(params, world), shared)
            }
        }
    }
}
