//! The five moments at which attacks and mitigations may act.
//!
//! The path of an HTLC calls these, whoever sent it: before a node offers an HTLC, when the channel has taken it or not,
//! when it has reached the end of its route, when it is resolved, and on every block. It asks no mitigation by name. Of
//! attacks it knows on whose behalf a payment is made, so that its end is told to the attacker, and that a wormhole took
//! a preimage past it. Whoever has nothing to do at a moment leaves it out.

use crate::ids::PartId;
use crate::lightning::books::ledger::Ledger;
use crate::lightning::core::Core;
use crate::lightning::owed::Owed;
use crate::payment::{AttackPayment, Leg};
use crate::units::{Msat, SimTime};

/// An HTLC of a part, as hooks see it.
#[derive(Clone, Copy, Debug)]
pub(in crate::lightning) struct HtlcView<'a> {
    /// The part.
    pub(in crate::lightning) part: PartId,
    /// Its whole route.
    pub(in crate::lightning) legs: &'a [Leg],
    /// Which of its legs the HTLC is on: its offerer sends in that direction.
    pub(in crate::lightning) hop: usize,
    /// On whose behalf the payment is made, where the workload does not ask for it.
    pub(in crate::lightning) attack_payment: Option<AttackPayment>,
    /// The present.
    pub(in crate::lightning) now: SimTime,
}

/// How far an HTLC has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lightning) enum Resolution {
    /// Its offerer has the preimage.
    Fulfilled,
    /// The fulfilled HTLC has left the channel.
    Removed,
    /// It failed and has left the channel.
    Failed,
}

/// An attacker that has the preimage of an HTLC and another node further up on the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lightning) struct Diversion {
    /// The number of the attack.
    pub(in crate::lightning) attack: u16,
    /// Channels from the payer to the first of its nodes.
    pub(in crate::lightning) first: u8,
}

/// Whatever acts on HTLCs beside the nodes' honest behaviour.
pub(in crate::lightning) trait Hooks {
    /// Before a node offers an HTLC onward, or its payer the first one. `None`: the node does not offer it; else what
    /// it pays to its peer with the offer, whatever becomes of the HTLC.
    fn before_offer(&mut self, _htlc: &HtlcView<'_>, _core: &Core) -> Option<Msat> {
        Some(Msat::ZERO)
    }

    /// The channel has taken the HTLC, and `upfront` is due; or it has not.
    fn offered(
        &mut self,
        _htlc: &HtlcView<'_>,
        _taken: Option<Msat>,
        _core: &mut Core,
        _ledger: &mut Ledger,
    ) {
    }

    /// The HTLC has reached the end of its route. `Some`: an attacker's node has it there, and answers at this time
    /// whatever happens until then.
    fn received(
        &mut self,
        _htlc: &HtlcView<'_>,
        _core: &Core,
        _owed: &mut Owed,
    ) -> Option<SimTime> {
        None
    }

    /// The HTLC is resolved. An attacker may take its preimage elsewhere: its own strategy is asked then.
    fn resolved(
        &mut self,
        _htlc: &HtlcView<'_>,
        _how: Resolution,
        _core: &Core,
    ) -> Option<Diversion> {
        None
    }

    /// A block has come.
    fn on_block(&self, _now: SimTime, _owed: &mut Owed) {}
}
