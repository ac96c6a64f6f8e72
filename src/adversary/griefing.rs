//! Griefing: single large HTLCs over long routes, held and then let go.
//!
//! One HTLC of the attacker locks its amount in every channel on the way, for as long as the attacker's
//! node at the end holds it: up to the time that the CLTV deltas leave. The longer the route, the more of
//! other nodes' money one msat of the attacker's locks.
//!
//! Source: D. Robinson, *HTLCs considered harmful*, Stanford Blockchain Conference 2019 (the name and the
//! argument); Z. Lu, R. Han and J. Yu, *General Congestion Attack on HTLC-Based Payment Channel Networks*,
//! Tokenomics 2021 (locking liquidity over long routes).
//!
//! Routes are random walks over usable public channels that can carry the amount and never visit a
//! node twice; they are chosen before the run, from what is public.

use serde::{Deserialize, Serialize};

use crate::adversary::action::{Action, Attempt, Feedback, Order, Strategy};
use crate::adversary::own_nodes::{BadAttack, Recruit, Recruits};
use crate::adversary::targets::walk;
use crate::adversary::view::AttackerView;
use crate::declare::amount::{DELAY_POSITIVE, MONEY_POSITIVE, WholeSat};
use crate::declare::number::Whole;
use crate::declare::params;
use crate::ids::DirectedChannel;
use crate::outcome::{AttackCause, AttackOutcome};
use crate::payment::{AttackerResponse, AttemptResult};
use crate::units::{Msat, Sat, SimDuration, SimTime};

params! {
    /// Parameters of `griefing`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct GriefingParams {
        /// Routes, each with one HTLC at a time.
        routes: u32 = or(1, Whole(1..=10_000)),
        /// What each HTLC carries.
        amount: Msat = required(MONEY_POSITIVE),
        /// Channels of each route, the attacker's own two included; as many as can be found, if fewer.
        /// Source: BOLT 4's onion holds 20 hops of usual size.
        hops: u32 = or(20, Whole(3..=20)),
        /// All the attacker's money: two channels per route.
        budget: Sat = required(WholeSat),
        /// How long each HTLC is held. Source: within the 144 blocks that are left to it at the end, but
        /// for a chance of 4 %.
        hold: SimDuration = or(SimDuration::from_secs(20 * 3_600), DELAY_POSITIVE),
        /// How long to wait after an HTLC was refused on the way. Source: an assumption.
        retry: SimDuration = or(SimDuration::from_secs(60), DELAY_POSITIVE),
        /// Blocks left to the HTLC at the end of its route: more than `hold` lasts.
        final_cltv: u32 = or(144, Whole(1..=2_016)),
    }
}

/// A griefing attack under way: one row per HTLC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Griefing {
    params: GriefingParams,
    routes: Vec<Vec<DirectedChannel>>,
    /// HTLCs so far, by label: the route and the time of sending; `None` once reported.
    sent: Vec<Option<(u32, SimTime)>>,
    /// Wakings are told apart from HTLCs by counting: which route each one is for.
    waiting: Vec<u32>,
}

impl Griefing {
    /// An attack over these routes.
    pub const fn new(params: GriefingParams, routes: Vec<Vec<DirectedChannel>>) -> Self {
        Self { params, routes, sent: Vec::new(), waiting: Vec::new() }
    }

    fn send(&mut self, route: u32, view: &AttackerView<'_>, actions: &mut Vec<Action>) {
        if !view.goes_on() {
            return;
        }
        let directions = &self.routes[route as usize];
        let hops = view.hops(directions, self.params.amount, self.params.final_cltv);
        let Some(hops) = hops else { return };
        let label = u32::try_from(self.sent.len()).expect("fewer than 2^32 HTLCs");
        self.sent.push(Some((route, view.now)));
        let response = AttackerResponse::Fail { hold: self.params.hold };
        actions.push(Action::Send(Order { label, hops, response }));
    }

    /// An HTLC is gone: held as planned, or refused on the way.
    fn ended(
        &mut self,
        label: u32,
        held: bool,
        view: &AttackerView<'_>,
        actions: &mut Vec<Action>,
    ) {
        let outcome = if held { AttackOutcome::Succeeded } else { AttackOutcome::Aborted };
        let Some(route) = self.report(label, outcome, view, actions) else { return };
        if held {
            self.send(route, view, actions);
        } else {
            let label = u32::try_from(self.waiting.len()).expect("fewer than 2^32 wakings");
            self.waiting.push(route);
            actions.push(Action::Wake { at: view.now + self.params.retry, label });
        }
    }

    /// Reports an HTLC once; returns its route.
    fn report(
        &mut self,
        label: u32,
        outcome: AttackOutcome,
        view: &AttackerView<'_>,
        actions: &mut Vec<Action>,
    ) -> Option<u32> {
        let (route, start) = self.sent[label as usize].take()?;
        let directions = &self.routes[route as usize];
        let ends = [directions[0], directions[directions.len() - 1]];
        let stake = ends.map(|direction| view.capacity(direction.channel()));
        actions.push(Action::Report(Attempt {
            label,
            start,
            victim: Some(view.target(ends[0])),
            channel: Some(directions[1].channel()),
            gain: None,
            stake: Some(stake[0] + stake[1]),
            htlcs: 1,
            bits: None,
            outcome,
            cause: (outcome == AttackOutcome::Aborted).then_some(AttackCause::Refused),
            ending: None,
        }));
        Some(route)
    }
}

impl Recruit for Griefing {
    type Params = GriefingParams;

    /// An entry and an exit channel per route.
    fn recruit(params: &GriefingParams, recruits: &mut Recruits<'_>) -> Result<Self, BadAttack> {
        let draws = recruits.draws("routes");
        let walks: Vec<_> = (0..params.routes)
            .filter_map(|route| {
                let source = &mut draws.at(u64::from(route), 0);
                walk(recruits.network, params.amount, params.hops.saturating_sub(2), source)
            })
            .collect();
        let size = recruits.size(params.budget, 2 * walks.len())?;
        let attacker = recruits.node();
        let routes = walks.into_iter().map(|mut walk| {
            let ends = [walk[0], walk[walk.len() - 1]];
            let network = &recruits.network;
            let [from, to] = [network.source(ends[0]), network.target(ends[1])];
            let entry = recruits.channel(attacker, from, size, Sat::ZERO);
            let pushed = size.saturating_sub(recruits.cover(size));
            let exit = recruits.channel(attacker, to, size, pushed);
            walk.insert(0, entry);
            walk.push(exit.reverse());
            walk
        });
        let routes = routes.collect();
        Ok(Self::new(*params, routes))
    }
}

impl Strategy for Griefing {
    fn next(&mut self, view: &AttackerView<'_>, feedback: Feedback, actions: &mut Vec<Action>) {
        match feedback {
            Feedback::Started => {
                for route in (0..).take(self.routes.len()) {
                    self.send(route, view, actions);
                }
            }
            Feedback::Woken { label } => {
                let route = self.waiting[label as usize];
                self.send(route, view, actions);
            }
            Feedback::Ended { label, result, hops } => {
                let held = match result {
                    AttemptResult::Settled => true,
                    AttemptResult::Failed { hop, .. } => hop == hops,
                };
                self.ended(label, held, view, actions);
            }
            // What is held at the end is let go at that moment, and comes back as ended.
            Feedback::Over
            | Feedback::Offered { .. }
            | Feedback::Arrived { .. }
            | Feedback::Closed(_)
            | Feedback::RevokedPublished(_)
            | Feedback::Preimage { .. } => {}
            Feedback::Finished => {
                for label in (0..).take(self.sent.len()) {
                    self.report(label, AttackOutcome::Pending, view, actions);
                }
            }
        }
    }
}
