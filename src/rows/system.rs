//! What holds of a system as a whole over the window for statistics.

use serde::{Deserialize, Serialize};

use crate::units::Msat;

/// What holds of a system as a whole (`comparison.csv`), reported when the window for statistics ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SystemRow {
    /// The money in it.
    pub capital: Capital,
    /// What setting it up costs (channels, accounts, deposits) at prices of the window, in US dollars; spread
    /// over [`Prices::amortise_over`](crate::prices::Prices).
    pub setup_usd: f64,
    /// Weight units that setting it up takes on Bitcoin, spread in the same way.
    pub setup_weight: f64,
    /// What only a channel network has.
    pub channels: Option<ChannelMeans>,
    /// Who has to be trusted.
    pub trust: &'static str,
    /// Who has to be online.
    pub online_required: &'static str,
}

/// The money in a system by whose it is and who can use it: means over the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capital {
    /// What users could send at once; `None`: accounts are without limit.
    pub spendable: Option<Msat>,
    /// What is theirs and cannot be sent: on its way, awaited, reserved.
    pub locked: Msat,
    /// What others have put in so that users can pay: bonds, the money of those who forward.
    pub liquidity: Msat,
}

/// The state of a channel network: means over the window of what [`ChannelSample`](crate::rows::ChannelSample)
/// has at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChannelMeans {
    /// Share of channels depleted. All are means over the time in which channels were open; `None`: there was
    /// none.
    pub depleted_share: Option<f64>,
    /// Share of channels that are depleted and were not at their start.
    pub newly_depleted_share: Option<f64>,
    /// Share of channels that were depleted at their start and are not.
    pub replenished_share: Option<f64>,
    /// Imbalance of channels.
    pub imbalance: Option<f64>,
    /// Money in HTLCs over the capacity of open channels.
    pub in_flight_share: Option<f64>,
}

/// How much of something that limits a system was used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResourceRow {
    /// What is limited, in words for a table: `switch`, `block weight`, `provers`.
    pub resource: &'static str,
    /// The share of it that was in use, mean over the window for statistics; 1 is all of it.
    pub utilisation: f64,
    /// What was asked of it in the window over what it gives on average: above 1 no such load can go on for ever,
    /// whatever was queued or came by luck. `None`: not told apart from what was used.
    pub demanded: Option<f64>,
}
