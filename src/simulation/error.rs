//! Why a run could not start or did not end well.

use std::fmt;

use crate::ids::SystemName;
use crate::network::DataError;
use crate::report::OutputError;
use crate::system::{MAX_EVENTS_AT_ONE_TIME, Stopped};
use crate::workload::WorkloadError;

/// Why a run could not start or did not end well.
#[derive(Debug)]
pub enum RunError {
    /// A data file cannot be used.
    Data(DataError),
    /// The workload does not fit the network.
    Workload(WorkloadError),
    /// Output cannot be written.
    Output(OutputError),
    /// A system stopped before its end.
    Stopped(SystemName, Stopped),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(error) => write!(f, "{error}"),
            Self::Workload(error) => write!(f, "{error}"),
            Self::Output(error) => write!(f, "{error}"),
            Self::Stopped(system, Stopped::Broken { broken, at }) => {
                write!(f, "{system}: {broken} (at {at})")
            }
            Self::Stopped(system, Stopped::NoProgress { at, event }) => write!(
                f,
                "{system}: virtual time made no progress for {MAX_EVENTS_AT_ONE_TIME} events at {at}; \
                 the last was {event}"
            ),
            Self::Stopped(system, Stopped::Interrupted { at }) => {
                write!(f, "{system}: interrupted at {at}")
            }
        }
    }
}

impl std::error::Error for RunError {}
