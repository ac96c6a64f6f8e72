//! What holds of a system as a whole.

use crate::units::Msat;

/// What holds of a system as a whole (`comparison.csv`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SystemRow {
    /// Money bound so that the system can carry payments, mean over the run.
    pub locked: Msat,
    /// What setting it up costs (channels, accounts, deposits), in US dollars; spread over
    /// [`Prices::amortise_over`](crate::prices::Prices).
    pub setup_usd: f64,
    /// Weight units that setting it up takes on Bitcoin, spread in the same way.
    pub setup_weight: f64,
    /// Who has to be trusted.
    pub trust: &'static str,
    /// Who has to be online.
    pub online_required: &'static str,
}

/// How much of something that limits a system was used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResourceRow {
    /// What is limited, in words for a table: `switch`, `block weight`, `provers`.
    pub resource: &'static str,
    /// The share of it that was in use, mean from the start to the last payment's submission; 1 is all
    /// of it.
    pub utilisation: f64,
}
