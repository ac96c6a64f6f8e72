//! What parts of `[study]` are made of.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::declare::words;

/// Values of a parameter, sizes of a network: more are a mistake.
pub(super) const MOST_VALUES: usize = 1_000;

words! {
    /// When a payment counts as made.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Tier {
        /// The payer knows: a preimage, a soft confirmation, an authorisation, a first block.
        Acknowledged = "acknowledged",
        /// It can no longer be undone.
        Final = "final",
    }
}

/// Keys of a scenario and what they are set to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sets(pub Vec<(String, String)>);

impl Sets {
    /// These and one more.
    #[must_use]
    pub fn with(&self, key: &str, value: &str) -> Self {
        let one = (key.to_owned(), value.to_owned());
        Self(self.0.iter().cloned().chain([one]).collect())
    }

    /// These and those, which win.
    #[must_use]
    pub fn and(&self, more: &Self) -> Self {
        Self(self.0.iter().chain(&more.0).cloned().collect())
    }
}

impl fmt::Display for Sets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.0.iter().map(|(key, value)| format!("{key}={value}")).collect();
        f.write_str(&parts.join("; "))
    }
}

/// One load of a ladder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// Payments per second.
    pub rate: f64,
    /// Network sizes, tried in this order until one carries it.
    pub sizes: Vec<u64>,
}
