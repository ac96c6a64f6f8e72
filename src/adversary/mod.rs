//! Attackers: one attack per file, each citing its paper.
//!
//! A [`Strategy`] is told what its own nodes see ([`Feedback`]), looks at an [`AttackerView`], and answers
//! with [`Action`]s, as data. It never touches a channel: [`crate::lightning`] executes what it asks for.
//! So an attacker can do what any node can do and no more: its HTLCs are real HTLCs over real channels,
//! with slots, limits, fees and the commitment dance, sent by nodes of its own ([`recruit()`]) over channels
//! that its budget paid for.
//!
//! What an attacker knows: the public network, its own channels, and what comes back to it. The exception is whoever
//! publishes revoked commitments ([`BreachParams`]): no action of a strategy, but a decision on an [`Opportunity`]
//! that is gathered for it from its channel, the chain and whether its peer is online.
//!
//! Attackers' channels are not announced, so nobody else finds a route over them, and switching an attack on changes
//! nothing before its start. Not so a hijacker's: its channels are announced, and senders plan over them from the
//! beginning of the run.
//!
//! Money in msat, times on the virtual clock, expiries in blocks above the current height.

mod action;
mod breach;
mod campaign;
mod flood_and_loot;
mod griefing;
mod hijacking;
mod jamming;
mod kinds;
mod mass_exit;
mod own_nodes;
mod paths;
mod probing;
mod recruit;
mod targets;
mod view;
mod wormhole;

pub use action::{Action, Attempt, Closed, Ending, Feedback, Order, Strategy};
pub use breach::{BreachParams, Opportunity, Towers, When, best_revoked};
pub use campaign::{Campaign, Meter};
pub use flood_and_loot::{FloodAndLoot, FloodParams, FloodedPair};
pub use griefing::{Griefing, GriefingParams};
pub use hijacking::{Hijacking, HijackingParams};
pub use jamming::{Jamming, JammingParams, Resource};
pub use kinds::{AttackParams, AttackPlan, AttackState};
pub use mass_exit::{Coalition, MassExit, MassExitParams, Method};
pub use own_nodes::BadAttack;
pub use paths::AttackPath;
pub use probing::{ProbePath, Probing, ProbingParams};
pub use recruit::recruit;
pub use targets::Targets;
pub use view::AttackerView;
pub use wormhole::{Wormhole, WormholeParams};
