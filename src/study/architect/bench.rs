//! The runs behind the maps, each made once whoever reads it.

use std::collections::BTreeMap;

use crate::ids::SystemName;
use crate::saturate::{self, Cycle};
use crate::scenario::Sets;
use crate::study::architect::trial::Trial;
use crate::study::runner::{Runner, StudyError};

/// A run that is wanted: a system, what is set, the replication.
pub(super) type Job = (SystemName, Sets, u32);

/// Runs, and what is known from them.
pub(super) struct Bench<'a> {
    pub(super) runner: &'a Runner<'a>,
    known: BTreeMap<(SystemName, String, u32), Trial>,
}

impl<'a> Bench<'a> {
    pub(super) const fn new(runner: &'a Runner<'a>) -> Self {
        Self { runner, known: BTreeMap::new() }
    }

    /// What these jobs show, in their order; those that are not known yet are run, side by side.
    pub(super) fn trials(&mut self, jobs: &[Job]) -> Result<Vec<Trial>, StudyError> {
        let key = |(system, sets, replication): &Job| (*system, sets.to_string(), *replication);
        let missing: BTreeMap<_, _> = jobs
            .iter()
            .map(|job| (key(job), job))
            .filter(|(key, _)| !self.known.contains_key(key))
            .collect();
        let missing: Vec<_> = missing.into_iter().collect();
        let found = saturate::each(&missing, |(_, (system, sets, replication))| {
            let mut scenario = self.runner.variant(sets)?;
            scenario.stop.payments = None;
            let cycle = Cycle::of(&scenario, *system);
            let (_, summary) = self.runner.run(&scenario, *system, *replication, 1)?;
            Ok::<_, StudyError>(Trial::of(*system, cycle, summary))
        })?;
        self.known.extend(missing.into_iter().map(|(key, _)| key).zip(found));
        Ok(jobs.iter().map(|job| self.known[&key(job)].clone()).collect())
    }
}
