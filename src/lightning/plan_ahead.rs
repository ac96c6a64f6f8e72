//! Look-ahead: first attempts are planned before their payments are due.
//!
//! For the next few hundred demands all that a plan depends on is copied, but for the public network, which is
//! shared; whoever plans ahead ([`PlanAhead`]) works through that while the run goes on. When a payment is
//! due, its plan is used only if the payer's own channels, what it has learnt and the public network are still
//! what the plan was made with; else, or if there is none yet, the search is made then. A plan is a pure
//! function of those, so bytes never depend on threads; only the share of plans used goes to `timing.json`.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::ids::NodeId;
use crate::payment::{PayerAction, PlanBuffer, Planned, RouteRequest, SendParams, Sender};
use crate::routing::{Beliefs, LocalChannel, View};
use crate::units::{Msat, SimTime};

/// A first attempt to plan, and all that the plan depends on.
pub struct PlanRequest {
    /// The payment's place in the stream of demands: requests are made in this order.
    pub number: u64,
    /// Who pays.
    pub(crate) payer: NodeId,
    /// Who is paid.
    pub(crate) payee: NodeId,
    /// What the payee is to receive.
    pub(crate) amount: Msat,
    /// Blocks that the payee's HTLC must have left.
    pub(crate) final_cltv: u32,
    /// When the payment is due.
    pub(crate) now: SimTime,
    /// The payer's own channels.
    pub(crate) own: Vec<LocalChannel>,
    /// The same at the start of the run, where the payer's algorithm asks for them.
    pub(crate) initial: Vec<LocalChannel>,
    /// What the payer has learnt.
    pub(crate) beliefs: Beliefs,
    /// How often it has learnt something.
    pub(crate) belief_version: u32,
    /// What the payer is ready to do.
    pub(crate) limits: SendParams,
    /// The public network.
    pub(crate) view: Arc<View>,
    /// The payer's algorithm.
    pub(crate) sender: Arc<dyn Sender>,
}

/// A plan, and what it was made with.
#[derive(Debug)]
pub struct Plan {
    /// The payer's own channels, as the plan saw them.
    own: Vec<LocalChannel>,
    /// How often the payer had learnt something.
    belief_version: u32,
    /// How often the public network had changed.
    view_version: u64,
    /// What the payer does.
    step: PayerAction,
    /// What it sends.
    parts: Vec<Planned>,
    /// Searches made.
    pub(crate) searches: u32,
}

/// Whoever plans beside the run.
pub trait PlanAhead: Send {
    /// Takes `requests`, the next in order, to be worked on by so many threads; what was asked before is dropped.
    fn ask(&mut self, requests: VecDeque<PlanRequest>, threads: usize);

    /// The plan for request `number`, given once; `None` if there is none and nobody is at it. That request and
    /// those before it are dropped.
    fn plan(&mut self, number: u64) -> Option<Plan>;

    /// Drops all requests and plans, and waits until nobody holds the public network.
    fn forget(&mut self);
}

impl PlanRequest {
    /// Plans: a pure function of the request.
    pub fn plan(self, buffer: &mut PlanBuffer) -> Plan {
        let ask = RouteRequest {
            payer: self.payer,
            payee: self.payee,
            amount: self.amount,
            is_part: false,
            attempts: 0,
            avoid: &[],
            fee_limit: self.limits.fee_limit_of(self.amount),
            parts_left: self.limits.max_parts,
            limits: &self.limits,
            final_cltv: self.final_cltv,
            now: self.now,
            view: &self.view,
            local_channels: &self.own,
            initial: &self.initial,
            beliefs: &self.beliefs,
            liquidity: None,
        };
        let step = self.sender.next(&ask, buffer);
        let (parts, searches) = (std::mem::take(&mut buffer.plan), buffer.searches);
        let Self { own, belief_version, view, .. } = self;
        Plan { own, belief_version, view_version: view.version(), step, parts, searches }
    }
}

impl std::fmt::Debug for PlanRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlanRequest").field("number", &self.number).finish_non_exhaustive()
    }
}

/// Plans made ahead, and how many of them were of use.
#[derive(Default)]
pub(in crate::lightning) struct Speculation {
    /// Who makes them; `None`: nobody.
    planner: Option<Box<dyn PlanAhead>>,
    /// Plans asked for.
    made: u64,
    /// Plans used.
    used: u64,
}

impl Speculation {
    /// Drops all plans. To be called before the public network changes, as the planner shares it.
    pub(in crate::lightning) fn forget(&mut self) {
        if let Some(planner) = &mut self.planner {
            planner.forget();
        }
    }

    /// The plan for payment `number`; plans for earlier ones are dropped.
    pub(in crate::lightning) fn take(&mut self, number: u64) -> Option<Plan> {
        self.planner.as_mut().and_then(|planner| planner.plan(number))
    }

    /// Has `planner` make plans.
    pub(in crate::lightning) fn set_planner(&mut self, planner: Box<dyn PlanAhead>) {
        self.planner = Some(planner);
    }

    /// Asks for plans, the next in order, on so many threads with the one that runs the system.
    pub(in crate::lightning) fn ask(&mut self, requests: VecDeque<PlanRequest>, threads: usize) {
        self.made += requests.len() as u64;
        if let Some(planner) = &mut self.planner {
            planner.ask(requests, threads.saturating_sub(1));
        }
    }

    /// A plan has been of use.
    pub(in crate::lightning) const fn note_use(&mut self) {
        self.used += 1;
    }

    /// Plans asked for and plans used.
    pub(in crate::lightning) const fn counts(&self) -> (u64, u64) {
        (self.made, self.used)
    }
}

impl Plan {
    /// Whether planning now would give the same.
    pub(in crate::lightning) fn holds(
        &self,
        own: &[LocalChannel],
        belief_version: u32,
        view_version: u64,
    ) -> bool {
        self.belief_version == belief_version
            && self.view_version == view_version
            && self.own == own
    }

    /// Puts the plan into a buffer, as if it had been made there.
    pub(in crate::lightning) fn put_into(self, buffer: &mut PlanBuffer) -> PayerAction {
        buffer.plan = self.parts;
        buffer.searches = self.searches;
        self.step
    }
}
