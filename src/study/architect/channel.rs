//! A channel opened for a pair, beside the systems: what it costs and how fast it is, by replication.

use std::collections::BTreeMap;

use crate::engine::Seeds;
use crate::ids::SystemName;
use crate::scenario::{ArchitectSpec, PairSpec, Scenario};
use crate::study::architect::bench::{Bench, Job};
use crate::study::architect::length::Length;
use crate::study::architect::trial::Trial;
use crate::study::pair::{PairChannel, Rates, cheapest};
use crate::study::runner::StudyError;
use crate::units::Msat;

/// What the channels of pairs take from runs, by replication.
#[derive(Default)]
pub(super) struct ChannelRuns {
    /// US dollars per weight unit on the chain, where payments on it are fewest: its price is that of the others.
    usd_per_wu: Vec<Option<f64>>,
    /// Payments between direct partners.
    partners: BTreeMap<Msat, Vec<Trial>>,
}

/// The channel of one pair.
pub(super) struct OwnChannel {
    pub(super) trials: Vec<Trial>,
    /// The cheapest one of the first replication.
    pub(super) first: Option<PairChannel>,
}

impl ChannelRuns {
    /// Makes the runs of so many replications: `chain` on Bitcoin, `partners` on Lightning.
    pub(super) fn of(
        bench: &mut Bench<'_>,
        spec: &ArchitectSpec,
        replications: u32,
        [chain, partners]: [(Length, f64); 2],
    ) -> Result<Self, StudyError> {
        let amount = spec.amounts[0];
        let all = |job: &dyn Fn(u32) -> Job| (0..replications).map(job).collect::<Vec<_>>();
        let (length, rate) = chain;
        let sets = length.sets(&spec.set, amount, rate);
        let found = bench.trials(&all(&|r| (SystemName::Bitcoin, sets.clone(), r)))?;
        let usd_per_wu = found.into_iter().map(|trial| trial.usd_per_wu).collect();
        let (length, rate) = partners;
        let of = |amount: &Msat| {
            let sets = length.sets(&spec.set, *amount, rate);
            let sets = sets.with("workload.endpoints.partners", "{}");
            all(&|r| (SystemName::Lightning, sets.clone(), r))
        };
        let jobs: Vec<Job> = spec.amounts.iter().flat_map(of).collect();
        let mut found = bench.trials(&jobs)?.into_iter();
        let partners = spec
            .amounts
            .iter()
            .map(|amount| (*amount, found.by_ref().take(replications as usize).collect()));
        Ok(Self { usd_per_wu, partners: partners.collect() })
    }

    /// The channel of a pair that pays each other so much, so often; `None` where the chain has no price.
    pub(super) fn channel(
        &self,
        base: &Scenario,
        pair: &PairSpec,
        amount: Msat,
        rate: f64,
    ) -> Option<OwnChannel> {
        let value = base.prices.msat_in_usd(amount);
        let per_year = base.prices.capital_cost_per_year;
        let mut channel = OwnChannel { trials: Vec::new(), first: None };
        for (replication, (usd_per_wu, partners)) in
            (0..).zip(self.usd_per_wu.iter().zip(&self.partners[&amount]))
        {
            let rates = Rates { usd_per_wu: (*usd_per_wu)?, per_year };
            let found = cheapest(value, rate, pair, rates, Seeds::new(base.seed, replication));
            channel.first = if replication == 0 { found } else { channel.first };
            channel.trials.push(Trial {
                price_usd: found.map(|_| 0.0),
                capital_usd: found.map(|channel| channel.capital_usd),
                setup_usd: found.map(|channel| channel.setup_usd),
                // Every payment finds its money, or fetches it.
                ..partners.clone().always_settled(found.is_some())
            });
        }
        Some(channel)
    }
}
