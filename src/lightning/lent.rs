//! The parts that the step of a payment or of an attack meets, lent to it for that step.

use crate::lightning::books::Books;
use crate::lightning::chain::Chain;
use crate::lightning::core::Core;
use crate::lightning::hook_set::HookSet;
use crate::lightning::owed::Owed;
use crate::lightning::senders::Senders;
use crate::lightning::topology::Topology;
use crate::lightning::transport::Transport;

/// All parts but the payments.
pub(in crate::lightning) struct Lent<'a> {
    pub(in crate::lightning) core: &'a mut Core,
    pub(in crate::lightning) senders: &'a mut Senders,
    pub(in crate::lightning) transport: &'a mut Transport,
    pub(in crate::lightning) topology: &'a mut Topology,
    pub(in crate::lightning) chain: &'a mut Chain,
    pub(in crate::lightning) books: &'a mut Books,
    pub(in crate::lightning) acting: &'a mut HookSet,
    /// What other parts have to do because of the step.
    pub(in crate::lightning) owed: &'a mut Owed,
}
