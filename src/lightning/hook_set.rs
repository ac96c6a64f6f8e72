//! Whatever acts on HTLCs beside the nodes' honest behaviour: mitigations first, then attacks.

use serde::{Deserialize, Serialize};

use crate::lightning::attack::Attack;
use crate::lightning::attack::hooks::{Diversion, Hooks, HtlcView, Resolution};
use crate::lightning::books::ledger::Ledger;
use crate::lightning::core::Core;
use crate::lightning::mitigation::Mitigation;
use crate::lightning::owed::Owed;
use crate::units::{Msat, SimTime};

/// Mitigations and attacks.
#[derive(Serialize, Deserialize)]
pub(in crate::lightning) struct HookSet {
    pub(in crate::lightning) mitigation: Mitigation,
    pub(in crate::lightning) attack: Attack,
}

impl Hooks for HookSet {
    fn before_offer(&mut self, htlc: &HtlcView<'_>, core: &Core) -> Option<Msat> {
        let due = self.attack.before_offer(htlc, core)?;
        Some(due.saturating_add(self.mitigation.before_offer(htlc, core)?))
    }

    fn offered(
        &mut self,
        htlc: &HtlcView<'_>,
        taken: Option<Msat>,
        core: &mut Core,
        ledger: &mut Ledger,
    ) {
        self.mitigation.offered(htlc, taken, core, ledger);
        self.attack.offered(htlc, taken, core, ledger);
    }

    fn received(&mut self, htlc: &HtlcView<'_>, core: &Core, owed: &mut Owed) -> Option<SimTime> {
        self.attack.received(htlc, core, owed)
    }

    fn resolved(&mut self, htlc: &HtlcView<'_>, how: Resolution, core: &Core) -> Option<Diversion> {
        self.mitigation.resolved(htlc, how, core);
        self.attack.resolved(htlc, how, core)
    }

    fn on_block(&self, now: SimTime, owed: &mut Owed) {
        self.mitigation.on_block(now, owed);
        self.attack.on_block(now, owed);
    }
}
