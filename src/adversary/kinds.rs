//! The kinds of attack: one table, from which come what a scenario may say and the state of each in a run.
//!
//! To add one: a file of its own with parameters, [`Recruit`] and [`Strategy`]; a row here; its module in `mod.rs`; its
//! name in `outcome::AttackKind`.

use serde::{Deserialize, Serialize};

use crate::adversary::action::{Action, Feedback, Strategy};
use crate::adversary::breach::BreachParams;
use crate::adversary::flood_and_loot::{FloodAndLoot, FloodParams};
use crate::adversary::griefing::{Griefing, GriefingParams};
use crate::adversary::hijacking::{Hijacking, HijackingParams};
use crate::adversary::jamming::{Jamming, JammingParams};
use crate::adversary::mass_exit::{MassExit, MassExitParams};
use crate::adversary::own_nodes::{BadAttack, Recruit, Recruits};
use crate::adversary::probing::{Probing, ProbingParams};
use crate::adversary::view::AttackerView;
use crate::adversary::wormhole::{Wormhole, WormholeParams};
use crate::declare::amount::{MOMENT, MOMENT_POSITIVE};
use crate::declare::text_kinds::Name;
use crate::declare::{Alternative, Choice, Declared, Key, Section, params};
use crate::outcome::AttackKind;
use crate::units::{Msat, SimTime};

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
        plan: AttackPlan = with(AttackPlan::start("slow_jamming"), plan),
    }
    check check_end;
}

fn check_end(read: &AttackParams, s: &mut Section<'_, '_>) {
    let AttackParams { start, end, .. } = *read;
    s.rule(&["end", "start"], end.is_none_or(|end| end > start), || {
        "must be after the start".to_owned()
    });
}

fn plan(s: &mut Section<'_, '_>, _: Key) -> AttackPlan {
    s.one_of(AttackPlan::ALTERNATIVES).unwrap_or_else(|| AttackPlan::start("slow_jamming"))
}

/// Makes of the table: what a scenario may say, each attack's state in a run, and what is asked of every attack.
macro_rules! attacks {
    ($($(#[doc = $meaning:literal])+ $kind:ident($params:ty => $state:ty) = $name:literal from $start:expr;)*) => {
        /// What is done: the attack's one table.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum AttackPlan {
            $($(#[doc = $meaning])+ $kind($params),)*
        }

        impl Choice for AttackPlan {
            const ALTERNATIVES: &'static [Alternative<Self>] = &[$(Alternative {
                name: $name,
                meaning: concat!($($meaning),+).trim_ascii_start(),
                start: || Self::$kind($start),
                read: |s| Self::$kind(<$params>::read_over(s, $start)),
            },)*];
        }

        impl AttackPlan {
            /// Its name in scenarios and in `attacks.csv`.
            pub const fn kind(&self) -> AttackKind {
                match self {
                    $(Self::$kind(_) => AttackKind::$kind,)*
                }
            }

            /// Adds the attacker's nodes and channels.
            pub(super) fn recruit(&self, recruits: &mut Recruits<'_>) -> Result<AttackState, BadAttack> {
                match self {
                    $(Self::$kind(params) => {
                        <$state as Recruit>::recruit(params, recruits).map(AttackState::$kind)
                    })*
                }
            }
        }

        /// The state of an attack in a run. A closed set, so that a run can be saved.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub enum AttackState {
            $($(#[doc = $meaning])+ $kind($state),)*
        }

        impl Strategy for AttackState {
            fn next(&mut self, view: &AttackerView<'_>, feedback: Feedback, actions: &mut Vec<Action>) {
                match self {
                    $(Self::$kind(state) => state.next(view, feedback, actions),)*
                }
            }

            fn brings_nodes(&self) -> bool {
                match self {
                    $(Self::$kind(state) => state.brings_nodes(),)*
                }
            }

            fn silences(&self) -> bool {
                match self {
                    $(Self::$kind(state) => state.silences(),)*
                }
            }

            fn watches_forwards(&self) -> bool {
                match self {
                    $(Self::$kind(state) => state.watches_forwards(),)*
                }
            }

            fn forwards(&mut self, amount: Msat, now: SimTime) -> bool {
                match self {
                    $(Self::$kind(state) => state.forwards(amount, now),)*
                }
            }
        }
    };
}

attacks! {
    /// HTLCs held for hours.
    SlowJamming(JammingParams => Jamming) = "slow_jamming" from JammingParams::start();
    /// A stream of HTLCs that are held for seconds.
    FastJamming(JammingParams => Jamming) = "fast_jamming" from JammingParams::fast();
    /// Channels that all must go to the chain at once, full of HTLCs. Source: Harris and Zohar, 2020.
    FloodAndLoot(FloodParams => FloodAndLoot) = "flood_and_loot" from FloodParams::start();
    /// Hubs that leave all their channels at once. Source: Sguanci and Sidiropoulos, 2022.
    MassExit(MassExitParams => MassExit) = "mass_exit" from MassExitParams::start();
    /// Single large HTLCs over long routes, held.
    Griefing(GriefingParams => Griefing) = "griefing" from GriefingParams::start();
    /// Binary searches for balances.
    Probing(ProbingParams => Probing) = "probing" from ProbingParams::start();
    /// Fees of others taken past them.
    Wormhole(WormholeParams => Wormhole) = "wormhole" from WormholeParams::start();
    /// Cheap public channels that draw routes and forward nothing. Source: Tochner, Zohar and Schmid, 2019.
    RouteHijacking(HijackingParams => Hijacking) = "route_hijacking" from HijackingParams::start();
    /// Revoked commitments published by their owners.
    RevokedBroadcast(BreachParams => BreachParams) = "revoked_broadcast" from BreachParams::start();
}
