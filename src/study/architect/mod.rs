//! Which system for which workload: the cheapest that meets a bound on latency, over payment size and
//! rate, and over how often the same pair trades.
//!
//! The cost of a payment is what its users bear: the price that they are charged, what the money that they
//! bind would have earned, and their share of setting up. On the map of networks every system carries the
//! same payments. On the map of pairs the systems are those of the network at one of its rates, which other
//! users bring, and a Lightning channel opened for the pair stands beside them (`channel`, and `pair` of the studies).
//!
//! Every way is watched briefly first. Those that may meet the bound are watched for long (`length`), and those close
//! to the cheapest in as many replications as it takes to tell them apart (`ranking`).

mod bench;
mod channel;
mod length;
mod ranking;
mod rows;
mod trial;

use crate::ids::SystemName;
use crate::saturate::Cycle;
use crate::scenario::{ArchitectSpec, Scenario, StudySpec};
use crate::study::runner::{Runner, StudyError};
use crate::units::Msat;

use bench::{Bench, Job};
use channel::{ChannelRuns, OwnChannel};
use length::Length;
use ranking::{Entry, Ranking, rank};
use trial::{Bounded, Trial};

pub use rows::{Candidate, Choice};

/// One system with payments of one size at one rate.
struct Way {
    amount: Msat,
    rate: f64,
    system: SystemName,
    length: Length,
    /// Whether it surely misses the bound, as a short run shows.
    is_out: bool,
    trials: Vec<Trial>,
}

/// A square of a map: the ways among which its users choose.
struct Cell {
    map: &'static str,
    amount: Msat,
    rate: f64,
    /// By their places among all ways.
    ways: Vec<usize>,
    /// What stands beside them, on the map of pairs.
    channel: Option<OwnChannel>,
}

pub(super) fn check(runner: &Runner<'_>, study: &StudySpec) -> Result<(), StudyError> {
    for spec in &study.architects {
        let base = runner.variant(&spec.set)?;
        for way in ways(study, spec, &base) {
            runner.variant(&way.length.sets(&spec.set, way.amount, way.rate))?;
        }
    }
    Ok(())
}

/// Every system at every size and rate, not yet watched.
fn ways(study: &StudySpec, spec: &ArchitectSpec, base: &Scenario) -> Vec<Way> {
    let rates = || spec.rates.iter().copied();
    let cells = spec.amounts.iter().flat_map(|amount| rates().map(|rate| (*amount, rate)));
    let length = |system, rate| {
        let pace = (Cycle::of(base, system), base.drain);
        Length::long(spec, study.most_payments, pace, rate)
    };
    let at = |(amount, rate)| {
        base.systems.iter().map(move |system| Way {
            amount,
            rate,
            system: *system,
            length: length(*system, rate),
            is_out: false,
            trials: Vec::new(),
        })
    };
    cells.flat_map(at).collect()
}

/// Makes the maps of every study: a row for each way, and one for each square.
///
/// # Errors
/// When a variant is no good scenario, or a run does not end well.
pub fn architect(
    runner: &Runner<'_>,
    study: &StudySpec,
) -> Result<(Vec<Candidate>, Vec<Choice>), StudyError> {
    let mut bench = Bench::new(runner);
    let (mut candidates, mut choices) = (Vec::new(), Vec::new());
    for spec in &study.architects {
        let mut maps = Maps::new(&mut bench, study, spec)?;
        maps.screen()?;
        maps.tell_apart()?;
        for cell in &maps.cells {
            let (rows, choice) = rows::of(spec, &maps.shown(cell), &maps.rank(cell), cell.rate);
            candidates.extend(rows.into_iter().map(|row| Candidate { map: cell.map, ..row }));
            choices.push(Choice { map: cell.map, ..choice });
        }
    }
    Ok((candidates, choices))
}

/// Both maps of one study.
struct Maps<'a, 'b> {
    bench: &'a mut Bench<'b>,
    spec: &'a ArchitectSpec,
    base: Scenario,
    ways: Vec<Way>,
    cells: Vec<Cell>,
    /// Replications at which it is looked who can be told apart.
    looks: Vec<u32>,
}

impl<'a, 'b> Maps<'a, 'b> {
    fn new(
        bench: &'a mut Bench<'b>,
        study: &StudySpec,
        spec: &'a ArchitectSpec,
    ) -> Result<Self, StudyError> {
        let base = bench.runner.variant(&spec.set)?;
        let ways = ways(study, spec, &base);
        let highest = spec.rates.iter().copied().fold(f64::MIN, f64::max);
        let cell = |map, amount: Msat, rate: f64, at: f64| {
            let is_here = |way: &Way| way.amount == amount && way.rate.total_cmp(&at).is_eq();
            let ways = (0..ways.len()).filter(|place| is_here(&ways[*place])).collect();
            Cell { map, amount, rate, ways, channel: None }
        };
        let pair_rates = spec.pair.iter().flat_map(|pair| &pair.rates);
        let mut cells = Vec::new();
        for amount in &spec.amounts {
            cells.extend(spec.rates.iter().map(|rate| cell("network", *amount, *rate, *rate)));
        }
        for amount in &spec.amounts {
            cells.extend(pair_rates.clone().map(|rate| cell("pair", *amount, *rate, highest)));
        }
        let first = study.replications.min(spec.replications_max);
        let doubled = std::iter::successors(Some(first), |count| count.checked_mul(2));
        let looks = doubled.take_while(|count| *count <= spec.replications_max).collect();
        Ok(Self { bench, spec, base, ways, cells, looks })
    }

    /// A short run of every way, and a long one of those that are not surely out.
    fn screen(&mut self) -> Result<(), StudyError> {
        let spec = self.spec;
        let job = |way: &Way, length: Length| -> Job {
            (way.system, length.sets(&spec.set, way.amount, way.rate), 0)
        };
        let jobs: Vec<_> = self.ways.iter().map(|way| job(way, way.length.short())).collect();
        for (way, trial) in self.ways.iter_mut().zip(self.bench.trials(&jobs)?) {
            // Whether a load can go on does not show in so short a time.
            let lenient = Trial { steady: true, ..trial.clone() };
            way.is_out = !Bounded::of(spec, &[lenient]).may_meet();
            way.trials = vec![trial];
            way.length = if way.is_out { way.length.short() } else { way.length };
        }
        let all = (0..self.ways.len()).filter(|place| !self.ways[*place].is_out).collect();
        self.extend(all, 1)
    }

    /// Brings ways to so many replications.
    fn extend(&mut self, places: Vec<usize>, replications: u32) -> Result<(), StudyError> {
        let job = |place: &usize| {
            let way = &self.ways[*place];
            let sets = way.length.sets(&self.spec.set, way.amount, way.rate);
            (0..replications).map(move |replication| (way.system, sets.clone(), replication))
        };
        let jobs: Vec<Job> = places.iter().flat_map(job).collect();
        let mut found = self.bench.trials(&jobs)?.into_iter();
        for place in places {
            self.ways[place].trials = found.by_ref().take(replications as usize).collect();
        }
        Ok(())
    }

    /// Adds replications of those close to the cheapest of a cell until they are told apart, or there are enough.
    fn tell_apart(&mut self) -> Result<(), StudyError> {
        for (number, look) in self.looks.clone().into_iter().enumerate() {
            if number == 0 {
                self.open_channels(look)?;
            }
            let is_open = |ranking: &Ranking| number == 0 || !ranking.significant;
            let ranked = self.cells.iter().map(|cell| (cell, self.rank(cell)));
            let open: Vec<_> = ranked.filter(|(_, ranking)| is_open(ranking)).collect();
            let is_channel = |(cell, ranking): &(&Cell, Ranking)| {
                ranking.contenders.iter().any(|place| *place >= cell.ways.len())
            };
            let channels_too = number > 0 && open.iter().any(is_channel);
            let contenders = open.iter().flat_map(|(cell, ranking)| {
                ranking.contenders.iter().filter_map(|place| cell.ways.get(*place).copied())
            });
            let mut contenders: Vec<_> = contenders.filter(|way| !self.ways[*way].is_out).collect();
            contenders.sort_unstable();
            contenders.dedup();
            contenders.retain(|way| self.ways[*way].trials.len() < look as usize);
            self.extend(contenders, look)?;
            if channels_too {
                self.open_channels(look)?;
            }
        }
        Ok(())
    }

    /// Puts a channel of its own beside the systems of each pair, with so many replications.
    fn open_channels(&mut self, replications: u32) -> Result<(), StudyError> {
        let has_chain = self.base.systems.contains(&SystemName::Bitcoin);
        let Some(pair) = self.spec.pair.as_ref().filter(|_| has_chain) else { return Ok(()) };
        let rates = || self.spec.rates.iter().copied();
        let (quiet, busy) = (rates().fold(f64::MAX, f64::min), rates().fold(f64::MIN, f64::max));
        // Lengths of the systems that meet the bound are those of the long runs; these are looked at anyway.
        let pace = |system| (Cycle::of(&self.base, system), self.base.drain);
        let most = u64::MAX;
        let chain = Length::long(self.spec, most, pace(SystemName::Bitcoin), quiet);
        // Latency between direct partners settles within seconds.
        let partners = Length::long(self.spec, most, pace(SystemName::Lightning), busy).short();
        let ends = [(chain, quiet), (partners, busy)];
        let runs = ChannelRuns::of(self.bench, self.spec, replications, ends)?;
        for cell in self.cells.iter_mut().filter(|cell| cell.map == "pair") {
            cell.channel = runs.channel(&self.base, pair, cell.amount, cell.rate);
        }
        Ok(())
    }

    fn rank(&self, cell: &Cell) -> Ranking {
        let entry = |(trials, bounded): (&[Trial], Bounded)| Entry {
            costs: trials.iter().map_while(Trial::cost_usd).collect(),
            meets: bounded.meets,
            is_sure: bounded.is_sure,
        };
        let trials = cell.ways.iter().map(|way| self.ways[*way].trials.as_slice());
        let all = trials.chain(cell.channel.iter().map(|channel| channel.trials.as_slice()));
        let bounded = all.map(|trials| (trials, Bounded::of(self.spec, trials)));
        let looks = u32::try_from(self.looks.len()).expect("few");
        rank(&bounded.map(entry).collect::<Vec<_>>(), looks)
    }

    /// The ways of a cell as rows show them, in the order of its ranking.
    fn shown<'c>(&'c self, cell: &'c Cell) -> Vec<rows::Shown<'c>> {
        let of = |place: &usize| {
            let way = &self.ways[*place];
            let option = way.system.name();
            let window_s = Some(way.length.window_s);
            rows::Shown {
                option,
                amount: cell.amount,
                trials: &way.trials,
                window_s,
                channel: None,
            }
        };
        let own = cell.channel.iter().map(|channel| rows::Shown {
            option: rows::OWN_CHANNEL,
            amount: cell.amount,
            trials: &channel.trials,
            window_s: None,
            channel: channel.first,
        });
        cell.ways.iter().map(of).chain(own).collect()
    }
}
