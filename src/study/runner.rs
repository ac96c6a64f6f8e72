//! Runs of variants of one scenario, on many threads.

use std::fmt;
use std::path::Path;

use crate::ids::SystemName;
use crate::metrics::SummaryResult;
use crate::scenario::{self, Loaded, Overlay, Problems, Scenario, Sets};
use crate::simulation::{self, RunError};
use crate::system::Control;

/// Why a study came to no end.
#[derive(Debug)]
pub enum StudyError {
    /// A variant is no good scenario.
    Variant {
        /// What was set.
        sets: String,
        /// What is wrong with it.
        problems: Box<Problems>,
    },
    /// A figure has no such name.
    Metric(String),
    /// A run did not start or did not end well.
    Run(Box<RunError>),
}

impl fmt::Display for StudyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variant { sets, problems } => {
                write!(f, "with `{sets}`:\n{}", problems.render(false))
            }
            Self::Metric(name) => write!(f, "no figure is called `{name}`"),
            Self::Run(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for StudyError {}

impl From<RunError> for StudyError {
    fn from(error: RunError) -> Self {
        Self::Run(Box::new(error))
    }
}

/// A scenario, and how its variants are run.
pub struct Runner<'a> {
    /// Where the scenario stands: paths in it are relative to that.
    pub path: &'a Path,
    /// The scenario as it is written.
    pub text: &'a str,
    /// What the user laid over it.
    pub sets: &'a [(String, String)],
    /// Threads for all runs together.
    pub threads: usize,
    /// Whether nobody waits for results any more.
    pub is_over: &'a (dyn Fn() -> bool + Sync),
}

impl Runner<'_> {
    /// The scenario with some keys set.
    ///
    /// # Errors
    /// All its problems.
    pub fn variant(&self, sets: &Sets) -> Result<Scenario, StudyError> {
        self.read(sets).map(|loaded| loaded.scenario)
    }

    /// A hash that is the same for sets that make the same scenario, however they are written.
    ///
    /// # Errors
    /// As for the scenario.
    pub(super) fn hash(&self, sets: &Sets) -> Result<String, StudyError> {
        self.read(sets).map(|loaded| loaded.hash)
    }

    fn read(&self, sets: &Sets) -> Result<Loaded, StudyError> {
        let all: Vec<_> = self.sets.iter().chain(&sets.0).cloned().collect();
        let overlay = Overlay { sets: &all, current: Path::new(""), point: Some(&[]) };
        scenario::parse(self.path, self.text.to_owned(), overlay).map_err(|problems| {
            StudyError::Variant { sets: sets.to_string(), problems: Box::new(problems) }
        })
    }

    /// Runs one replication of one system of a variant, without writing anything.
    ///
    /// # Errors
    /// As for any run.
    pub(super) fn run(
        &self,
        scenario: &Scenario,
        system: SystemName,
        replication: u32,
        threads: usize,
    ) -> Result<(NetworkSize, SummaryResult), StudyError> {
        let mut setup = simulation::prepare(scenario, replication, false, threads)?;
        setup.scenario.systems = vec![system];
        let ground = NetworkSize {
            nodes: setup.network.node_count() as u64,
            channels: setup.network.channel_count() as u64,
        };
        let finished = simulation::run(setup, None, &|_, _, _| self.control())?;
        let only = finished.into_iter().next().expect("one system was asked for");
        Ok((ground, only.summary))
    }

    /// Whether a run should go on.
    pub(super) fn control(&self) -> Control {
        if (self.is_over)() { Control::Stop } else { Control::Continue }
    }
}

/// The network of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NetworkSize {
    pub(super) nodes: u64,
    pub(super) channels: u64,
}
