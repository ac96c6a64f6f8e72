//! Why a workload cannot be prepared.

use std::fmt;

use crate::network::DataError;

/// A trace that is wrong, or a scenario that does not fit its network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkloadError {
    /// The trace or the file of amounts is wrong.
    Data(DataError),
    /// A scenario key asks for what the network cannot give.
    Scenario {
        /// The key, as in the scenario file.
        key: String,
        /// The value and the rule that it breaks, lower case, no full stop.
        message: String,
        /// What to do about it.
        help: Option<String>,
    },
}

impl WorkloadError {
    /// An error about a scenario key, without help.
    pub(crate) fn scenario(key: &str, message: impl Into<String>) -> Self {
        Self::Scenario { key: key.to_owned(), message: message.into(), help: None }
    }

    /// The same, with a way to fix it. Errors about data keep theirs.
    pub(crate) fn with_help(mut self, text: &str) -> Self {
        if let Self::Scenario { help, .. } = &mut self {
            *help = Some(text.to_owned());
        }
        self
    }
}

impl From<DataError> for WorkloadError {
    fn from(error: DataError) -> Self {
        Self::Data(error)
    }
}

impl fmt::Display for WorkloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(error) => error.fmt(f),
            Self::Scenario { key, message, help } => {
                write!(f, "`{key}`: {message}")?;
                help.iter().try_for_each(|help| write!(f, "\n  = help: {help}"))
            }
        }
    }
}

impl std::error::Error for WorkloadError {}
