//! What a payer's algorithm is to the rest: it plans, and it learns.

use crate::ids::{DirectedChannel, NodeId};
use crate::outcome::Failure;
use crate::payment::SendParams;
use crate::payment::interpret::{AttemptResult, Verdict};
use crate::routing::{Beliefs, Hop, Liquidity, LocalChannel, Route, Scratch, View};
use crate::units::{Msat, SimTime};

/// Blocks that lnd adds to the final delta, so that a block found meanwhile does not spoil the payment
/// (`routing/payment_lifecycle.go`, `BlockPadding`).
const FINAL_CLTV_PADDING: u32 = 3;

/// A payer's algorithm. It stands above the search, so that algorithms which split, probe or work in
/// rounds fit as well.
pub trait Sender: Send + Sync {
    /// Plans what to send now. On [`PayerAction::Send`], `buffer.plan` holds what to send.
    fn next(&self, request: &RouteRequest<'_>, buffer: &mut PlanBuffer) -> PayerAction;

    /// Takes in how an attempt ended.
    fn learn(&self, beliefs: &mut Beliefs, report: &Report<'_>) -> Verdict;

    /// What a payer knows before its first payment.
    fn initial_beliefs(&self) -> Beliefs;

    /// The blocks that the payer leaves to the payee, given the latter's `min_final_cltv_expiry_delta`.
    fn final_cltv(&self, min_final_cltv_expiry_delta: u32) -> u32 {
        min_final_cltv_expiry_delta + FINAL_CLTV_PADDING
    }

    /// The blocks that must be left when the HTLC arrives, else the payee refuses it (BOLT 4).
    fn accepted_cltv(&self, min_final_cltv_expiry_delta: u32) -> u32 {
        min_final_cltv_expiry_delta
    }

    /// Whether [`RouteRequest::initial`] is to be filled for this attempt.
    fn wants_initial_balances(&self, _attempts: u32, _is_part: bool) -> bool {
        false
    }

    /// Whether the parts of a payment are claimed all or none (BOLT 4).
    fn is_atomic(&self) -> bool {
        true
    }

    /// Whether a plan of its has all parts of the amount; else what finds no route is halved ([`SendParams::max_parts`]).
    fn cuts_itself(&self) -> bool {
        false
    }

    /// Whether it is no payer's algorithm but a bound on them, and [`RouteRequest::liquidity`] is to be filled.
    fn knows_liquidity(&self) -> bool {
        false
    }
}

/// What a payer knows and wants when it plans.
#[derive(Clone, Copy, Debug)]
pub struct RouteRequest<'a> {
    /// Who pays.
    pub payer: NodeId,
    /// Who is paid.
    pub payee: NodeId,
    /// What the payee is to receive by what is planned now.
    pub amount: Msat,
    /// Whether this is one of several parts of its payment.
    pub is_part: bool,
    /// Attempts of this part so far.
    pub attempts: u32,
    /// Directions that failed this payment, ascending.
    pub avoid: &'a [DirectedChannel],
    /// The largest fee that the payer accepts for what is planned now: what its other parts leave of it.
    pub fee_limit: Msat,
    /// Parts that may be sent beside those that are under way.
    pub parts_left: u32,
    /// What the payer is ready to do.
    pub limits: &'a SendParams,
    /// Blocks that the payee's HTLC must have left (`min_final_cltv_expiry_delta` and padding).
    pub final_cltv: u32,
    /// The present.
    pub now: SimTime,
    /// The public network.
    pub view: &'a View,
    /// The payer's own channels, by direction.
    pub local_channels: &'a [LocalChannel],
    /// The same at the start of the run, for senders that request for it; else empty.
    pub initial: &'a [LocalChannel],
    /// What the payer has learnt.
    pub beliefs: &'a Beliefs,
    /// What channels really hold, for an oracle alone; `None` for every payer.
    pub liquidity: Option<&'a dyn Liquidity>,
}

/// One part that is to be sent.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// What the payee receives of it.
    pub amount: Msat,
    /// The way.
    pub route: Route,
}

/// Buffers that planning uses again and again.
#[derive(Debug, Default)]
pub struct PlanBuffer {
    /// Labels and heap of the search.
    pub scratch: Scratch,
    /// What is to be sent; the first `planned` entries count.
    pub plan: Vec<Planned>,
    /// Searches made by the last call.
    pub searches: u32,
}

impl PlanBuffer {
    /// Starts a plan of `parts` parts, and returns them to be filled.
    pub fn start(&mut self, parts: usize) -> (&mut Scratch, &mut [Planned]) {
        self.plan.resize_with(parts, Planned::default);
        self.searches = 0;
        (&mut self.scratch, &mut self.plan)
    }
}

/// What a payer does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayerAction {
    /// It sends what is planned.
    Send,
    /// It gives up.
    GiveUp(Failure),
}

/// How an attempt ended, as the payer sees it.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The public network.
    pub view: &'a View,
    /// The route, from payer to payee.
    pub hops: &'a [Hop],
    /// How it ended.
    pub result: AttemptResult,
    /// When the payer learnt of it.
    pub now: SimTime,
}
