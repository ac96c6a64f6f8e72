//! The attacks of a scenario, as written.

use serde::{Deserialize, Serialize};

use crate::adversary::breach::BreachParams;
use crate::adversary::flood_and_loot::FloodParams;
use crate::adversary::griefing::GriefingParams;
use crate::adversary::jamming::JammingParams;
use crate::adversary::mass_exit::MassExitParams;
use crate::adversary::probing::ProbingParams;
use crate::adversary::wormhole::WormholeParams;
use crate::outcome::AttackKind;
use crate::units::SimTime;

/// One `[[attack]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttackParams {
    /// What its rows are called; unique in the scenario.
    pub name: String,
    /// When it starts.
    pub start: SimTime,
    /// When it stops and lets go of everything; `None`: never.
    pub end: Option<SimTime>,
    /// What is done.
    pub plan: Plan,
}

/// What is done: the attack's one table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Plan {
    /// HTLCs held for hours.
    SlowJamming(JammingParams),
    /// A stream of HTLCs that are held for seconds.
    FastJamming(JammingParams),
    /// Old states that their owners have revoked.
    RevokedBroadcast(BreachParams),
    /// Channels that all must go to the chain at once, full of HTLCs.
    FloodAndLoot(FloodParams),
    /// Hubs that leave all their channels at once.
    MassExit(MassExitParams),
    /// Single large HTLCs over long routes, held.
    Griefing(GriefingParams),
    /// Binary searches for balances.
    Probing(ProbingParams),
    /// Fees of others taken past them.
    Wormhole(WormholeParams),
}

impl Plan {
    /// Its name in scenarios and in `attacks.csv`.
    pub const fn kind(&self) -> AttackKind {
        match self {
            Self::SlowJamming(_) => AttackKind::SlowJamming,
            Self::FastJamming(_) => AttackKind::FastJamming,
            Self::RevokedBroadcast(_) => AttackKind::RevokedBroadcast,
            Self::FloodAndLoot(_) => AttackKind::FloodAndLoot,
            Self::MassExit(_) => AttackKind::MassExit,
            Self::Griefing(_) => AttackKind::Griefing,
            Self::Probing(_) => AttackKind::Probing,
            Self::Wormhole(_) => AttackKind::Wormhole,
        }
    }
}
