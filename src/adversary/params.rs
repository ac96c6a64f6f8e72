//! The attacks of a scenario, as written.

use serde::{Deserialize, Serialize};

use crate::adversary::breach::BreachParams;
use crate::adversary::flood_and_loot::FloodParams;
use crate::adversary::griefing::GriefingParams;
use crate::adversary::jamming::JammingParams;
use crate::adversary::mass_exit::MassExitParams;
use crate::adversary::probing::ProbingParams;
use crate::adversary::wormhole::WormholeParams;
use crate::declare::amount::{MOMENT, MOMENT_POSITIVE};
use crate::declare::text_kinds::Name;
use crate::declare::{Alternative, Choice, Declared, Key, Section, params};
use crate::outcome::AttackKind;
use crate::units::SimTime;

params! {
    /// One attack.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct AttackParams {
        /// Name of the attack in tables; unique in the scenario.
        name: String = required(Name),
        /// When the attack starts.
        start: SimTime = or(SimTime::ZERO, MOMENT),
        /// When the attack stops and lets go of everything.
        end: Option<SimTime> = optional(MOMENT_POSITIVE, "when the run ends"),
        /// What is done. Which kind it is stands in a table of its own beside name and times.
        plan: Plan = with(Plan::start("slow_jamming"), plan),
    }
    check check_end;
}

fn check_end(read: &AttackParams, s: &mut Section<'_, '_>) {
    let AttackParams { start, end, .. } = *read;
    s.rule(&["end", "start"], end.is_none_or(|end| end > start), || {
        "must be after the start".to_owned()
    });
}

fn plan(s: &mut Section<'_, '_>, _: Key) -> Plan {
    s.one_of(Plan::ALTERNATIVES).unwrap_or_else(|| Plan::start("slow_jamming"))
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

impl Choice for Plan {
    const ALTERNATIVES: &'static [Alternative<Self>] = &[
        Alternative {
            name: "slow_jamming",
            meaning: "HTLCs held for hours.",
            start: || Self::SlowJamming(JammingParams::start()),
            read: |s| Self::SlowJamming(JammingParams::read(s)),
        },
        Alternative {
            name: "fast_jamming",
            meaning: "A stream of HTLCs that are held for seconds.",
            start: || Self::FastJamming(JammingParams::fast()),
            read: |s| Self::FastJamming(JammingParams::read_over(s, JammingParams::fast())),
        },
        Alternative {
            name: "flood_and_loot",
            meaning: "Channels that all must go to the chain at once, full of HTLCs. Source: Harris and Zohar, 2020.",
            start: || Self::FloodAndLoot(FloodParams::start()),
            read: |s| Self::FloodAndLoot(FloodParams::read(s)),
        },
        Alternative {
            name: "mass_exit",
            meaning: "Hubs that leave all their channels at once. Source: Sguanci and Sidiropoulos, 2022.",
            start: || Self::MassExit(MassExitParams::start()),
            read: |s| Self::MassExit(MassExitParams::read(s)),
        },
        Alternative {
            name: "griefing",
            meaning: "Single large HTLCs over long routes, held.",
            start: || Self::Griefing(GriefingParams::start()),
            read: |s| Self::Griefing(GriefingParams::read(s)),
        },
        Alternative {
            name: "probing",
            meaning: "Binary searches for balances.",
            start: || Self::Probing(ProbingParams::start()),
            read: |s| Self::Probing(ProbingParams::read(s)),
        },
        Alternative {
            name: "wormhole",
            meaning: "Fees of others taken past them.",
            start: || Self::Wormhole(WormholeParams::start()),
            read: |s| Self::Wormhole(WormholeParams::read(s)),
        },
        Alternative {
            name: "revoked_broadcast",
            meaning: "Revoked commitments published by their owners.",
            start: || Self::RevokedBroadcast(BreachParams::start()),
            read: |s| Self::RevokedBroadcast(BreachParams::read(s)),
        },
    ];
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
