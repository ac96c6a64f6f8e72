//! From a checked scenario to a finished run: network, balances, workload, system, rows.
//!
//! Here everything is assembled and nothing is decided: [`prepare`] reads files and draws what is drawn
//! before the start, [`run`] drives the system and writes the rows. A run is a pure function of the
//! scenario, its files and its seed.

use std::fmt;
use std::path::Path;

use crate::engine::{Header, Seeds};
use crate::lightning::{Lightning, World};
use crate::metrics::{Summary, SummaryResult, Window};
use crate::network::{self, DataError, Network, ReadOptions};
use crate::outcome::Outcome;
use crate::report::{FileMark, Names, OutputError, RunWriter, WriterOptions};
use crate::rows::{AttemptRow, ChannelRow, NodeRow, PaymentRow, Rows, Sample};
use crate::scenario::{self, NetworkSource, Scenario};
use crate::system::{Control, Observer, PaymentSystem, Progress, Running, Span, Stopped, drive};
use crate::units::{Msat, SimDuration, SimTime, grouped};
use crate::workload::{self, Demand, Workload, WorkloadError};

/// Why a run could not start or did not end well.
#[derive(Debug)]
pub enum RunError {
    /// A data file cannot be used.
    Data(DataError),
    /// The workload does not fit the network.
    Workload(WorkloadError),
    /// Output cannot be written.
    Output(OutputError),
    /// The run stopped before its end.
    Stopped(Stopped),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(error) => write!(f, "{error}"),
            Self::Workload(error) => write!(f, "{error}"),
            Self::Output(error) => write!(f, "{error}"),
            Self::Stopped(Stopped::Broken { broken, at }) => write!(f, "{broken} (at {at})"),
            Self::Stopped(Stopped::NoProgress { at, event }) => write!(
                f,
                "virtual time made no progress for {} events at {at}; the last was {event}",
                crate::system::MAX_EVENTS_AT_ONE_TIME
            ),
            Self::Stopped(Stopped::Interrupted { at }) => write!(f, "interrupted at {at}"),
        }
    }
}

impl std::error::Error for RunError {}

/// A run before its first event.
pub struct Setup {
    /// The system.
    pub system: Lightning,
    /// Its demands.
    pub workload: Workload,
    /// When to sample and end.
    pub span: Span,
    /// What counts for statistics.
    pub window: Window,
    /// Demands in all, where it is known beforehand.
    pub expected_demands: u64,
    /// Names for output files.
    pub names: Names,
    /// What the user should know: left-out nodes, oddities of the file.
    pub notes: Vec<String>,
    /// blake3 of the input files, by role.
    pub inputs: Vec<(String, String)>,
}

/// Reads or generates the network.
///
/// # Errors
/// When the network file cannot be used.
pub fn load_network(
    scenario: &Scenario,
    seeds: Seeds,
) -> Result<(Network, Vec<String>, Option<String>), DataError> {
    let (mut network, notes, hash) = match &scenario.network {
        NetworkSource::Generate(generator) => {
            (network::generate(generator, seeds), Vec::new(), None)
        }
        NetworkSource::File { path, format } => {
            let options = ReadOptions { format: *format, ..ReadOptions::default() };
            let loaded = network::read(path, options)?;
            (loaded.network, loaded.notes, Some(loaded.input_hash))
        }
    };
    network::assign_software(&mut network, &scenario.software, seeds);
    Ok((network, notes, hash))
}

/// Reads all input and builds the system, for one replication (0 unless in a sweep).
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
    let (network, mut notes, hash) = load_network(scenario, seeds).map_err(RunError::Data)?;
    let mut inputs: Vec<_> = hash.map(|h| ("network".to_owned(), h)).into_iter().collect();
    let core = network::core(&network);
    let prepared = workload::prepare(&scenario.workload, &network, &core, seeds)
        .map_err(RunError::Workload)?;
    notes.extend(prepared.notes);
    inputs.extend(prepared.input_hash.map(|h| ("workload".to_owned(), h)));
    let balances = network::initial_balances(&network, &scenario.balances, seeds);
    let names = Names::of(&network);
    let warmup = SimTime::ZERO + scenario.warmup;
    let world = World::new(network, &scenario.lightning);
    let system = Lightning::new(
        scenario.lightning.clone(),
        world,
        balances,
        warmup,
        scenario.prices.btc_usd,
        seeds,
    );
    let (end, expected_demands) = end_of_arrivals(scenario, prepared.demands.iter());
    check_samples(scenario, end)?;
    Ok(Setup {
        system,
        workload: prepared.demands,
        span: Span {
            sample_every: scenario.sample_every,
            end: end + scenario.drain,
            check_each,
            threads,
        },
        window: Window { from: warmup, to: end },
        expected_demands,
        names,
        notes,
        inputs,
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
/// their number ends them first.
fn end_of_arrivals(scenario: &Scenario, demands: impl Iterator<Item = Demand>) -> (SimTime, u64) {
    let stop = scenario.workload.stop;
    let (mut last, mut count) = (SimTime::ZERO, 0);
    for demand in demands {
        last = demand.at;
        count += 1;
    }
    let after_last = last + SimDuration(1);
    let end = match (stop.time, stop.payments) {
        (Some(time), Some(most)) if count < most => time,
        (Some(time), None) => time,
        _ => after_last,
    };
    (end, count)
}

/// What a finished run leaves.
#[derive(Debug)]
pub struct Finished {
    /// All metrics.
    pub summary: SummaryResult,
    /// What happened, hashed.
    pub fingerprint: String,
    /// Files written, with their hashes.
    pub files: Vec<FileMark>,
    /// Events handled and demands taken.
    pub events: u64,
    /// Demands taken.
    pub demands: u64,
    /// Path searches per payment.
    pub searches_per_payment: f64,
    /// Share of first attempts planned ahead that were used; `None` where nothing was.
    pub look_ahead_hit_rate: Option<f64>,
}

/// Payments that have ended so far, for whoever watches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Payments settled.
    pub settled: u64,
    /// Payments ended.
    pub ended: u64,
    /// Path searches of payments ended.
    pub searches: u64,
}

/// Drives a run to its end and writes its rows under `dir`.
///
/// # Errors
/// When output cannot be written, an invariant breaks, time stands still, or `watch` stops the run.
pub fn run(
    setup: Setup,
    dir: &Path,
    options: WriterOptions,
    watch: &mut dyn FnMut(Progress, Counts) -> Control,
) -> Result<Finished, RunError> {
    let Setup { system, workload, span, window, names, .. } = setup;
    let mut demands = workload.iter();
    let writer =
        RunWriter::create(dir, Lightning::NAME, names, options).map_err(RunError::Output)?;
    let mut tee = Tee { writer, summary: Summary::new(window), counts: Counts::default(), watch };
    let mut running = Running::new(system, span);
    let ended = drive(&mut running, &mut demands, span, u64::MAX, &mut tee)
        .and_then(|_| running.finish(&mut tee));
    let Tee { writer, summary, counts, .. } = tee;
    if let Err(stopped) = ended {
        return Err(match writer.abandon() {
            Some(error) => RunError::Output(error),
            None => RunError::Stopped(stopped),
        });
    }
    let (made, used) = running.system.look_ahead();
    let files = writer.finish().map_err(RunError::Output)?.files;
    Ok(Finished {
        summary: summary.result(),
        fingerprint: running.fingerprint.to_string(),
        files,
        events: running.fingerprint.events(),
        demands: running.demands,
        searches_per_payment: ratio(counts.searches, counts.ended),
        look_ahead_hit_rate: (made > 0).then(|| ratio(used, made)),
    })
}

/// The name of the system that is run.
pub const SYSTEM: &str = Lightning::NAME;

/// Drives a run to its end without writing anything: its metrics and its fingerprint.
///
/// # Errors
/// When an invariant breaks, time stands still, or `watch` stops the run.
pub fn run_in_memory(
    setup: Setup,
    watch: &mut dyn FnMut(Progress, Counts) -> Control,
) -> Result<(SummaryResult, String), RunError> {
    let Setup { system, workload, span, window, .. } = setup;
    let mut demands = workload.iter();
    let mut fold = Fold { summary: Summary::new(window), watch };
    let mut running = Running::new(system, span);
    drive(&mut running, &mut demands, span, u64::MAX, &mut fold)
        .and_then(|_| running.finish(&mut fold))
        .map_err(RunError::Stopped)?;
    Ok((fold.summary.result(), running.fingerprint.to_string()))
}

/// Passes every row to the summary alone.
struct Fold<'a> {
    summary: Summary,
    watch: &'a mut dyn FnMut(Progress, Counts) -> Control,
}

impl Rows for Fold<'_> {
    fn offered(&mut self, at: SimTime, amount: Msat) {
        self.summary.offered(at, amount);
    }
    fn payment(&mut self, row: &PaymentRow) {
        self.summary.payment(row);
    }
    fn attempt(&mut self, row: &AttemptRow<'_>) {
        self.summary.attempt(row);
    }
    fn sample(&mut self, state: &Sample) {
        self.summary.sample(state);
    }
    fn channel(&mut self, row: &ChannelRow) {
        self.summary.channel(row);
    }
    fn node(&mut self, row: &NodeRow) {
        self.summary.node(row);
    }
}

impl Observer for Fold<'_> {
    fn watch(&mut self, progress: Progress) -> Control {
        (self.watch)(progress, Counts::default())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for the report")]
fn ratio(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

/// The header under which states of this scenario are saved.
pub fn checkpoint_header(scenario_hash: &str, seed: u64) -> Header {
    Header {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: scenario_hash.to_owned(),
        seed,
    }
}

/// Passes every row to the files and to the summary, and counts.
struct Tee<'a> {
    writer: RunWriter,
    summary: Summary,
    counts: Counts,
    watch: &'a mut dyn FnMut(Progress, Counts) -> Control,
}

impl Rows for Tee<'_> {
    fn offered(&mut self, at: SimTime, amount: Msat) {
        self.writer.offered(at, amount);
        self.summary.offered(at, amount);
    }
    fn payment(&mut self, row: &PaymentRow) {
        self.counts.ended += 1;
        self.counts.searches += u64::from(row.searches);
        self.counts.settled += u64::from(row.outcome == Outcome::Settled);
        self.writer.payment(row);
        self.summary.payment(row);
    }
    fn attempt(&mut self, row: &AttemptRow<'_>) {
        self.writer.attempt(row);
        self.summary.attempt(row);
    }
    fn sample(&mut self, state: &Sample) {
        self.writer.sample(state);
        self.summary.sample(state);
    }
    fn channel(&mut self, row: &ChannelRow) {
        self.writer.channel(row);
        self.summary.channel(row);
    }
    fn node(&mut self, row: &NodeRow) {
        self.writer.node(row);
        self.summary.node(row);
    }
}

impl Observer for Tee<'_> {
    /// A run whose output cannot be written stops early.
    fn watch(&mut self, progress: Progress) -> Control {
        if self.writer.failed() {
            return Control::Stop;
        }
        (self.watch)(progress, self.counts)
    }
}
