//! Rows of attacks and of what guards against them.

use crate::ids::{ChannelId, NodeId};
use crate::outcome::{AttackCause, AttackKind, AttackOutcome};
use crate::units::{BlockHeight, Msat, SimTime};

/// One attempt of an attack (`attacks.csv`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttackRow<'a> {
    /// The attack's name in the scenario.
    pub attack: &'a str,
    /// Its kind.
    pub kind: AttackKind,
    /// Number of the attempt within its attack, from 0.
    pub attempt: u64,
    /// Who attacks.
    pub attacker: NodeId,
    /// Whom it hurts.
    pub victim: Option<NodeId>,
    /// The channel attacked.
    pub channel: Option<ChannelId>,
    /// When the attempt began.
    pub start: SimTime,
    /// The height then.
    pub start_height: Option<BlockHeight>,
    /// The commitment published.
    pub number_used: Option<u64>,
    /// The commitment that should have been.
    pub number_current: Option<u64>,
    /// What it wins if all goes well, or what was learnt.
    pub gain: Option<Msat>,
    /// The attacker's money in it.
    pub stake: Option<Msat>,
    /// Whether the victim answered when it began.
    pub victim_online: Option<bool>,
    /// Whether a watchtower watches for the victim.
    pub tower: Option<bool>,
    /// Whether it knows the commitment published.
    pub tower_covers: Option<bool>,
    /// The height at which the attack confirmed.
    pub confirmed_height: Option<BlockHeight>,
    /// When it was noticed.
    pub detected: Option<SimTime>,
    /// By whom.
    pub detected_by: Option<&'static str>,
    /// When the answer was sent.
    pub justice_sent: Option<SimTime>,
    /// Its feerate, in sat per 1,000 vB.
    pub justice_feerate_sat_kvb: Option<u64>,
    /// The height at which it confirmed.
    pub justice_height: Option<BlockHeight>,
    /// The height by which it had to.
    pub deadline_height: Option<BlockHeight>,
    /// How it ended.
    pub outcome: AttackOutcome,
    /// Why it ended so.
    pub cause: Option<AttackCause>,
    /// The attacker's wealth because of it, in msat.
    pub attacker_net: Option<i64>,
    /// The victim's wealth because of it, in msat.
    pub victim_net: Option<i64>,
    /// Fees that the attacker paid.
    pub fees: Option<Msat>,
    /// Other nodes' money locked by it times the time, in msat · s.
    pub locked_msat_s: Option<u64>,
    /// Slots of other nodes' channels that its HTLCs took times the time, in slots · s.
    pub slot_s: Option<u64>,
    /// HTLCs sent for it.
    pub htlcs: Option<u64>,
    /// Information learnt, in bits.
    pub bits: Option<f64>,
}

impl<'a> AttackRow<'a> {
    /// A row that says no more than what every row says: name, kind and number of the attempt; who attacks;
    /// when it began, and how it ended.
    pub const fn new(
        (attack, kind, attempt): (&'a str, AttackKind, u64),
        attacker: NodeId,
        start: SimTime,
        outcome: AttackOutcome,
    ) -> Self {
        Self {
            attack,
            kind,
            attempt,
            attacker,
            victim: None,
            channel: None,
            start,
            start_height: None,
            number_used: None,
            number_current: None,
            gain: None,
            stake: None,
            victim_online: None,
            tower: None,
            tower_covers: None,
            confirmed_height: None,
            detected: None,
            detected_by: None,
            justice_sent: None,
            justice_feerate_sat_kvb: None,
            justice_height: None,
            deadline_height: None,
            outcome,
            cause: None,
            attacker_net: None,
            victim_net: None,
            fees: None,
            locked_msat_s: None,
            slot_s: None,
            htlcs: None,
            bits: None,
        }
    }
}

/// An attack that the run has, whatever comes of it: reported at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CampaignRow {
    /// When it starts.
    pub from: SimTime,
    /// When it ends; [`SimTime::NEVER`] where it goes on to the end of the run.
    pub to: SimTime,
}

/// What watchtowers keep for those they watch for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TowerRow {
    /// States.
    pub states: u64,
    /// What these take.
    pub bytes: u64,
}
