//! Reads what a run needs and draws what is drawn before its start.

use std::sync::Arc;

use crate::adversary::{self, BadAttack, Campaign};
use crate::chain::bitcoin::parse_demand;
use crate::engine::Seeds;
use crate::ids::SystemName;
use crate::lightning;
use crate::network::NetworkSource;
use crate::network::{self, DataError, Network, ReadOptions};
use crate::report::Names;
use crate::rows::Window;
use crate::scenario::{self, Scenario};
use crate::simulation::RunError;
use crate::system::Span;
use crate::units::{Msat, SimDuration, SimTime, grouped};
use crate::workload::{self, Demand, Workload, WorkloadError};

/// A run before its systems are made.
pub struct Setup {
    /// What is to be run.
    pub scenario: Scenario,
    /// Seeds of all draws but those of the network.
    pub seeds: Seeds,
    /// Seeds of the network, and of what belongs to it.
    pub ground: Seeds,
    /// The public network, and what attackers add to it.
    pub network: Network,
    /// Balances of both sides of each channel at the start.
    pub balances: Vec<[Msat; 2]>,
    /// The attacks.
    pub campaigns: Vec<Campaign>,
    /// The demands, the same for every system.
    pub workload: Workload,
    /// When to sample, what counts for statistics, when to end.
    pub span: Span,
    /// Demands in all.
    pub expected_demands: u64,
    /// Who pays or is paid, by node.
    pub users: Vec<bool>,
    /// Names for output files.
    pub names: Arc<Names>,
    /// What the user should know: left-out nodes, oddities of the file.
    pub notes: Vec<String>,
    /// blake3 of the input files, by role.
    pub inputs: Vec<(String, String)>,
}

impl Setup {
    /// What each node has in its public channels at the start: attackers play no part elsewhere.
    pub fn in_channels(&self) -> Vec<Msat> {
        let mut sums = vec![Msat::ZERO; self.network.node_count()];
        for (channel, pair) in self.network.channel_ids().zip(&self.balances) {
            if self.network.is_attackers(channel) {
                continue;
            }
            for (end, balance) in self.network.ends(channel).into_iter().zip(pair) {
                sums[end.index()] += *balance;
            }
        }
        sums
    }
}

/// What is told of a payers' algorithm that pays any fee.
const NO_FEE_LIMIT: &str = "the sender `cloth` has no fee limit: a few payments can cost more than they bring, \
                            and decide mean fees; read medians";

/// Reads or generates the network.
///
/// # Errors
/// When the network file cannot be used.
pub fn load_network(
    scenario: &Scenario,
    seeds: Seeds,
) -> Result<(Network, Vec<String>, Option<String>), DataError> {
    let (mut network, notes, hash) = match &scenario.network.source {
        NetworkSource::Generate(generator) => {
            (network::generate(generator, seeds), Vec::new(), None)
        }
        NetworkSource::File { path, format } => {
            let options = ReadOptions { format: *format, ..ReadOptions::default() };
            let loaded = network::read(path, options)?;
            (loaded.network, loaded.notes, Some(loaded.input_hash))
        }
    };
    network::assign_software(&mut network, &scenario.network.software, seeds);
    Ok((network, notes, hash))
}

/// Reads all input: replication `replication` of the scenario, on at most `threads` threads.
///
/// # Errors
/// When a file cannot be used, or the workload does not fit the network.
pub fn prepare(
    scenario: &Scenario,
    replication: u32,
    check_each: bool,
    threads: usize,
) -> Result<Setup, RunError> {
    let seeds = Seeds::new(scenario.seed, replication);
    let ground = scenario.network.seeds(seeds);
    let (mut network, mut notes, hash) = load_network(scenario, ground).map_err(RunError::Data)?;
    let mut inputs: Vec<_> = hash.map(|h| ("network".to_owned(), h)).into_iter().collect();
    let core = network::core(&network);
    // Before attackers come: payers and what they have do not depend on who attacks.
    let mut balances = network::initial_balances(&network, &scenario.network.balances, ground);
    let liquidity = scenario
        .workload
        .needs_liquidity()
        .then(|| lightning::liquidity_at_start(&scenario.lightning, &network, &balances, seeds));
    let prepared =
        workload::prepare(&scenario.demands(), &network, &core, liquidity.as_ref(), seeds)
            .map_err(RunError::Workload)?;
    notes.extend(prepared.notes);
    if scenario.systems.contains(&SystemName::Lightning)
        && scenario.lightning.router.has_no_fee_limit()
    {
        notes.push(NO_FEE_LIMIT.to_owned());
    }
    inputs.extend(prepared.input_hash.map(|h| ("workload".to_owned(), h)));
    let mut demands = prepared.demands.iter();
    let mut users = vec![false; network.node_count()];
    let (end, expected_demands) = end_of_arrivals(scenario, &mut demands, &mut users);
    notes.extend(demands.redrawn().notes());
    check_samples(scenario, end)?;
    let mut scenario = scenario.clone();
    if let Some(hash) = read_background_trace(&mut scenario).map_err(RunError::Data)? {
        inputs.push(("bitcoin.background".to_owned(), hash));
    }
    // After the endpoints are drawn: such nodes pay and are paid like others.
    let concealed =
        network::conceal_leaves(&mut network, scenario.network.unannounced_leaves, ground);
    if concealed > 0 {
        notes.push(format!("channels that are not announced: {}", grouped(concealed as u64, ',')));
    }
    let feerate = scenario.lightning.protocol.commitment_feerate;
    let campaigns =
        adversary::recruit(&scenario.attacks, &mut network, &mut balances, feerate, seeds)
            .map_err(bad_attack)?;
    Ok(Setup {
        seeds,
        ground,
        balances,
        campaigns,
        names: Arc::new(Names::of(&network)),
        network,
        workload: prepared.demands,
        span: Span {
            sample_every: scenario.sample_every,
            window: Window { from: SimTime::ZERO + scenario.warmup, to: end },
            end: end + scenario.drain,
            check_each,
            threads,
        },
        expected_demands,
        users,
        notes,
        inputs,
        scenario,
    })
}

/// Reads the background demand on Bitcoin, where it is a trace. Returns the file's hash.
fn read_background_trace(scenario: &mut Scenario) -> Result<Option<String>, DataError> {
    let background = &mut scenario.bitcoin.chain.background;
    let Some(path) = &background.trace else { return Ok(None) };
    let bytes = std::fs::read(path).map_err(|error| {
        let mut unreadable = DataError::new(path, format!("cannot be read: {error}"));
        unreadable.unreadable = true;
        unreadable
    })?;
    let text = str::from_utf8(&bytes).map_err(|error| {
        let valid = &bytes[..error.valid_up_to()];
        let line = valid.split(|&byte| byte == b'\n').count() as u64;
        DataError::new(
            path,
            format!("not UTF-8 at byte {}: 0x{:02x}", valid.len(), bytes[valid.len()]),
        )
        .at_line(line)
        .help("save the file as UTF-8")
    })?;
    background.phases = parse_demand(text)
        .map_err(|fault| DataError::new(path, fault.message).at_line(fault.line))?;
    Ok(Some(blake3::hash(text.as_bytes()).to_hex().to_string()))
}

/// An attack that does not fit the network, as a mistake of the scenario.
fn bad_attack(bad: BadAttack) -> RunError {
    let error = WorkloadError::scenario("attack", bad.to_string());
    RunError::Workload(match bad.help {
        Some(help) => error.with_help(&help),
        None => error,
    })
}

/// Refuses more rows of the time series than a scenario may ask for. Where the number of payments or
/// a trace ends the arrivals, that can only be told when they are there.
fn check_samples(scenario: &Scenario, end: SimTime) -> Result<(), RunError> {
    let most = scenario::MOST_SAMPLES;
    let samples = (end + scenario.drain).nanos() / scenario.sample_every.get();
    if samples <= most {
        return Ok(());
    }
    let [samples, most] = [samples, most].map(|count| grouped(count, ','));
    let message =
        format!("could write {samples} rows of the time series; at most {most} are allowed");
    let error = WorkloadError::scenario("sample_every", message)
        .with_help("sample less often, or shorten `drain`");
    Err(RunError::Workload(error))
}

/// When arrivals end, and how many there are: the time given, or just after the last arrival where
/// their number ends them first. Notes who pays or is paid.
fn end_of_arrivals(
    scenario: &Scenario,
    demands: impl Iterator<Item = Demand>,
    users: &mut [bool],
) -> (SimTime, u64) {
    let stop = scenario.stop;
    let (mut last, mut count) = (SimTime::ZERO, 0);
    for demand in demands {
        last = demand.at;
        count += 1;
        users[demand.payer.index()] = true;
        users[demand.payee.index()] = true;
    }
    let after_last = last + SimDuration(1);
    let end = match (stop.time, stop.payments) {
        (Some(time), Some(most)) if count < most => time,
        (Some(time), None) => time,
        _ => after_last,
    };
    (end, count)
}
