//! The keys at the top of a scenario, and the rules between its tables.

use serde::{Deserialize, Serialize};

use crate::adversary::AttackParams;
use crate::baselines::{BitcoinPayments, CardParams, EthereumPayments, SidechainParams};
use crate::chain::bitcoin::BitcoinParams;
use crate::chain::ethereum::EthereumParams;
use crate::declare::amount::{DELAY_POSITIVE, LONGEST, RUN, RUN_POSITIVE};
use crate::declare::catalogue::plain;
use crate::declare::form::Form;
use crate::declare::kind::{Fault, Kind, Raw};
use crate::declare::number::Whole;
use crate::declare::problem::quoted;
use crate::declare::quantity::{grouped, show_time};
use crate::declare::text_kinds::{List, Name};
use crate::declare::{Declared, Key, Section, params};
use crate::ids::SystemName;
use crate::lightning::LightningParams;
use crate::network::NetworkParams;
use crate::prices::Prices;
use crate::rollup::{OptimisticParams, ZkParams, largest_optimistic, largest_zk};
use crate::units::{Gas, SimDuration, SimTime};
use crate::workload::{Arrivals, Demands, Funding, Source, Stop};

/// Rows of the time series beyond which an interval is a mistake.
pub(crate) const MOST_SAMPLES: u64 = 10_000_000;
/// Payments beyond which a number is a mistake: a week of simulating at a million per second.
const MOST_PAYMENTS: u64 = 1_000_000_000_000;
/// Replications beyond which a number is a mistake.
const MOST_REPLICATIONS: u32 = 10_000;

params! {
    /// A checked scenario. Nothing in it still means "default".
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Scenario {
        /// Name under which results are filed. Default: that of the file.
        name: String = with(String::new(), name),
        /// Seed of every random draw.
        seed: u64 = or(1, Whole(0..=u64::MAX)),
        /// Whole runs of the scenario, each with draws of its own, so that intervals are over them. The
        /// first writes all tables, all together replications.csv.
        replications: u32 = or(1, Whole(1..=MOST_REPLICATIONS)),
        /// When arrivals end.
        stop: Stop = with(Stop { time: None, payments: None }, stop),
        /// Rows before this time are flagged and left out of the statistics.
        warmup: SimDuration = or(SimDuration::ZERO, RUN),
        /// Time after the last arrival for payments under way.
        drain: SimDuration = or(SimDuration::from_secs(3_600), RUN),
        /// Interval between two rows of the time series.
        sample_every: SimDuration = or(SimDuration::from_secs(60), DELAY_POSITIVE),
        /// The systems that carry the payments, in the order of their results. Each carries the same
        /// payments in a simulation of its own.
        systems: Vec<SystemName> = or(vec![SystemName::Lightning], List(System)),
        /// Prices in US dollars, only for comparing costs.
        prices: Prices = table(),
        /// The network of nodes and channels, the balances at the start, node software.
        network: NetworkParams = table(),
        /// Who pays whom, how much, and when.
        workload: Source = table(),
        /// Lightning: routing, latency, payees, protocol, the nodes' side of the chain.
        lightning: LightningParams = table(),
        /// Bitcoin: blocks, relay policy, background transactions. Each system that settles there has a
        /// chain of its own, with the same draws.
        bitcoin: BitcoinTable = table(),
        /// Attacks on Lightning, each in a table of its own.
        attacks: Vec<AttackParams> as "attack" = with(Vec::new(), attacks),
        /// What payers can spend on systems without channels, in one of three ways.
        funding: Funding = table(),
        /// The card network, a system to compare with.
        card: CardParams = table(),
        /// A federated sidechain of Bitcoin in the manner of Liquid.
        sidechain: SidechainParams = table(),
        /// Ethereum: slots, limits, forks, background demand. Each system that settles there has a chain
        /// of its own, with the same draws.
        ethereum: EthereumTable = table(),
        /// The rollup with validity proofs.
        zk_rollup: ZkParams = table(),
        /// The rollup with challenges.
        optimistic_rollup: OptimisticParams = table(),
    }
    check check_scenario;
}

params! {
    /// Bitcoin as a chain, and as a system that carries payments.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BitcoinTable {
        /// The chain, for every system that settles there.
        chain: BitcoinParams = flatten(),
        /// How wallets pay where Bitcoin itself carries the payments.
        wallets: BitcoinPayments = table(),
    }
}

params! {
    /// Ethereum as a chain, and as a system that carries payments.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct EthereumTable {
        /// The chain, for every system that settles there.
        chain: EthereumParams = flatten(),
        /// How wallets pay where Ethereum itself carries the payments.
        wallets: EthereumPayments = table(),
    }
}

impl Scenario {
    /// The payments to be made, and when arrivals end.
    pub fn demands(&self) -> Demands {
        Demands { source: self.workload.clone(), stop: self.stop }
    }
}

fn name(s: &mut Section<'_, '_>, key: Key) -> String {
    let default = s.default_name();
    s.or(key, &Name, default)
}

fn stop(s: &mut Section<'_, '_>, _: Key) -> Stop {
    let duration = Key::new("duration", "Time after which no payment arrives any more.");
    let payments = Key::new("payments", "Most payments that arrive.");
    let duration = s.optional(duration, &RUN_POSITIVE, "until all payments have arrived");
    let payments = s.optional(payments, &Whole(1..=MOST_PAYMENTS), "as many as arrive in time");
    Stop { time: duration.map(|span| SimTime(span.get())), payments }
}

fn attacks(s: &mut Section<'_, '_>, key: Key) -> Vec<AttackParams> {
    let attacks = s.tables(key, AttackParams::read);
    for (number, attack) in attacks.iter().enumerate() {
        let earlier = attacks[..number].iter().any(|other| other.name == attack.name);
        s.rule(&["attack"], !earlier, || format!("two attacks are called `{}`", attack.name));
    }
    let most = usize::from(u16::MAX);
    s.rule(&["attack"], attacks.len() <= most, || format!("at most {most} attacks can run"));
    attacks
}

fn check_scenario(read: &Scenario, s: &mut Section<'_, '_>) {
    check_systems(s, &read.systems);
    check_burial(s, &read.bitcoin.chain, read.lightning.onchain.burial);
    check_gas(s, read);
    check_times(s, read);
    check_end(s, &read.workload, read.stop, read.warmup);
}

fn check_systems(s: &mut Section<'_, '_>, systems: &[SystemName]) {
    s.rule(&["systems"], !systems.is_empty(), || "names no system; name \"lightning\"".to_owned());
    let twice = systems.iter().enumerate().any(|(index, name)| systems[..index].contains(name));
    s.rule(&["systems"], !twice, || "names a system twice".to_owned());
}

/// What Lightning takes for certain must lie deeper than anything that is undone.
fn check_burial(s: &mut Section<'_, '_>, bitcoin: &BitcoinParams, burial: u16) {
    let deepest = u16::from(bitcoin.reorgs.deepest);
    let holds = bitcoin.reorgs.probability <= 0.0 || burial > deepest;
    s.rule(&["lightning.onchain.burial", "bitcoin.reorgs.deepest"], holds, || {
        format!("must be more than the deepest reorganisation, but {burial} is not above {deepest}")
    });
}

/// A transaction that no block holds would wait for ever.
fn check_gas(s: &mut Section<'_, '_>, read: &Scenario) {
    let EthereumTable { chain, wallets } = &read.ethereum;
    // The last rules of the run are the strictest: forks have raised gas and lowered what a transaction may use.
    let fork = chain.fork.at(read.stop.time.unwrap_or(SimTime::NEVER));
    let target = chain.gas_limit_target.unwrap_or(chain.gas_limit);
    let block = chain.gas_limit.min(target);
    let most = fork.transaction_gas_cap().map_or(block, |cap| block.min(Gas(cap)));
    let mut all = Vec::new();
    for system in &read.systems {
        let (table, largest) = match system {
            SystemName::Ethereum => ("ethereum", vec![("wallets.gas", wallets.gas)]),
            SystemName::ZkRollup => ("zk_rollup", largest_zk(&read.zk_rollup, fork)),
            SystemName::OptimisticRollup => {
                ("optimistic_rollup", largest_optimistic(&read.optimistic_rollup, fork))
            }
            SystemName::Lightning
            | SystemName::Bitcoin
            | SystemName::Sidechain
            | SystemName::Card => continue,
        };
        all.extend(largest.into_iter().map(|(key, gas)| (format!("{table}.{key}"), gas)));
    }
    for (key, gas) in all {
        s.rule(&[&key, "ethereum.gas_limit"], gas <= most, || {
            format!("a transaction of {} gas fits no block: at most {} fit", gas.get(), most.get())
        });
    }
}

fn check_times(s: &mut Section<'_, '_>, read: &Scenario) {
    let Scenario { stop: Stop { time: Some(end), .. }, warmup, drain, sample_every, .. } = *read
    else {
        return;
    };
    let duration = end.since(SimTime::ZERO);
    s.rule(&["warmup", "duration"], warmup < duration, || {
        let [warmup, duration] = [warmup, duration].map(show_time);
        format!("must be shorter than the duration, but {warmup} is not shorter than {duration}")
    });
    // Both are at most 500 years, so that the sum cannot overflow a `u128`.
    let end = u128::from(duration.get()) + u128::from(drain.get());
    s.rule(&["drain", "duration"], end <= u128::from(LONGEST.get()), || {
        "duration and drain together must be at most 500 year".to_owned()
    });
    let samples = end / u128::from(sample_every.get());
    s.rule(&["sample_every", "duration", "drain"], samples <= u128::from(MOST_SAMPLES), || {
        let most = grouped(MOST_SAMPLES);
        format!("would write {samples} rows of the time series; at most {most} are allowed")
    });
}

/// Arrivals must come to an end within the virtual clock.
fn check_end(s: &mut Section<'_, '_>, source: &Source, stop: Stop, warmup: SimDuration) {
    let Source::Generated { arrivals, .. } = source else { return };
    if stop.time.is_some() || s.has("duration") {
        return;
    }
    let Some(payments) = stop.payments else {
        if !s.has("payments") {
            s.missing(
                &["duration", "payments"],
                Some("say when arrivals end, e.g. payments = 10_000"),
            );
        }
        return;
    };
    let (key, rate) = (rate_key(arrivals), arrivals.mean_rate());
    s.rule(&[key, "payments"], rate > 0.0, || {
        "at this rate no payment ever arrives; give a `duration`".to_owned()
    });
    #[expect(clippy::cast_precision_loss, reason = "an estimate in years")]
    let expected = payments as f64 / rate;
    s.rule(&[key, "payments"], expected <= LONGEST.as_secs_f64(), || {
        format!("{} payments would take more than 500 year", grouped(payments))
    });
    if expected <= warmup.as_secs_f64() {
        s.warn("warmup", || "all payments are expected to arrive during the warm-up".to_owned());
    }
}

/// The key to blame for the rate of arrivals.
const fn rate_key(arrivals: &Arrivals) -> &'static str {
    match arrivals {
        Arrivals::Poisson { .. } => "workload.arrivals.poisson.rate",
        Arrivals::Constant { .. } => "workload.arrivals.constant.rate",
        Arrivals::Diurnal { .. } => "workload.arrivals.diurnal.rate",
        Arrivals::Ramp { .. } => "workload.arrivals.ramp.rate",
        Arrivals::Bursty { .. } => "workload.arrivals.bursty.quiet_rate",
    }
}

/// The name of a system that can be run.
pub(super) struct System;

impl Kind for System {
    type Out = SystemName;
    fn parse(&self, raw: Raw<'_>) -> Result<SystemName, Fault> {
        let text = raw.text().ok_or_else(|| raw.expected("string"))?;
        let found = SystemName::ALL.iter().find(|system| system.name() == text);
        found.copied().ok_or_else(|| {
            let names: Vec<_> = SystemName::ALL.iter().map(|name| format!("\"{name}\"")).collect();
            let names = names.join(", ");
            let message = format!("unknown system `{}`", quoted(text));
            Fault::new(message).help(format!("the systems that can be run are {names}"))
        })
    }
    fn show(&self, value: &SystemName) -> String {
        format!("\"{value}\"")
    }
    fn stand_in(&self) -> SystemName {
        SystemName::Lightning
    }
    fn form(&self) -> Form {
        Form::Words(
            SystemName::ALL.iter().map(|system| (system.name(), plain(system.about()))).collect(),
        )
    }
}
