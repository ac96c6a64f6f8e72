//! Jamming: HTLCs that will never settle take the slots or the liquidity of a channel.
//!
//! The attacker sends HTLCs to itself through the direction under attack and lets them fail in the end,
//! which costs no routing fee. Slow jamming holds each for hours; fast jamming sends a stream of HTLCs,
//! each held for seconds. *Slots*: as many as the channel takes at once, each just above the dust limits.
//! *Liquidity*: the largest HTLC that passes, then half of that, and so on.
//!
//! An HTLC that ended as planned is sent again at once. When one is refused on the way, the channel counts
//! as full, and a single one tries again after `retry`; when that one gets through, another follows at
//! once. So a slot that an honest HTLC frees is taken after `retry` at most.
//!
//! Sources: A. Mizrahi and A. Zohar, *Congestion Attacks in Payment Channel Networks*, FC 2021 (slow,
//! slots and liquidity); C. Shikhelman and S. Tikhomirov, *Unjamming Lightning*, 2022 (fast: 7 s each).
//!
//! Not done: routes that cross the target several times (implementations refuse to send an HTLC back over
//! the channel it came from).

use serde::{Deserialize, Serialize};

use crate::adversary::action::{Action, Attempt, Feedback, Order, Strategy};
use crate::adversary::own_nodes::{BadAttack, Recruit, Recruits};
use crate::adversary::paths::AttackPath;
use crate::adversary::targets::Targets;
use crate::adversary::view::AttackerView;
use crate::declare::amount::{DELAY_POSITIVE, MONEY_POSITIVE, WholeSat};
use crate::declare::number::Whole;
use crate::declare::{Declared, choices, params};
use crate::outcome::{AttackCause, AttackOutcome};
use crate::payment::{AttackerResponse, AttemptResult};
use crate::units::{Msat, Sat, SimDuration, SimTime};

params! {
    /// Parameters of both kinds of jamming; the defaults are those of `slow_jamming`.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct JammingParams {
        /// The channels to jam, in both directions.
        targets: Targets = required_choice(),
        /// All the attacker's money: two channels per direction attacked.
        budget: Sat = required(WholeSat),
        /// What is to run out.
        resource: Resource = choice("slots"),
        /// How long each HTLC is held before it fails. Source: slow jamming, within the 144 blocks that
        /// are left to it at its end, but for a chance of 4 %; fast jamming, 7 s (*Unjamming Lightning*,
        /// 2022).
        hold: SimDuration = or(SimDuration::from_secs(20 * 3_600), DELAY_POSITIVE),
        /// How long to wait before trying a full channel again.
        retry: SimDuration = or(SimDuration::from_secs(1), DELAY_POSITIVE),
        /// Most HTLCs at once per direction. Source: BOLT 2's `max_accepted_htlcs` is at most 483.
        most: u32 as "htlcs" = or(483, Whole(1..=483)),
        /// Blocks left to the HTLC at the end of its route: more than `hold` lasts. Source: fast jamming,
        /// BOLT 11's default of `min_final_cltv_expiry_delta`.
        final_cltv: u32 = or(144, Whole(1..=2_016)),
    }
}

impl JammingParams {
    /// Where HTLCs are held for seconds.
    pub(super) fn fast() -> Self {
        Self { hold: SimDuration::from_secs(7), final_cltv: 18, ..Self::start() }
    }
}

choices! {
    /// What is to run out.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Resource {
        /// HTLC slots.
        Slots(
            /// Amount of each HTLC. Source: the largest dust limit among implementations; with anchors, no
            /// such HTLC is trimmed.
            amount: Msat = or(Sat(546).to_msat(), MONEY_POSITIVE),
        ) = "slots",
        /// Money: HTLCs from as large as possible downwards.
        Liquidity(
            /// Amount of the smallest HTLC.
            least: Msat = or(Sat(10_000).to_msat(), MONEY_POSITIVE),
        ) = "liquidity",
    }
}

/// A jamming attack under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jamming {
    params: JammingParams,
    jams: Vec<Jam>,
}

/// The jam of one direction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Jam {
    path: AttackPath,
    start: SimTime,
    /// What the next HTLC carries.
    amount: Msat,
    /// HTLCs in the own entry channel.
    under_way: u32,
    /// HTLCs sent so far.
    sent: u64,
    /// HTLCs that got through and are held.
    held: u32,
    /// The most that were ever held at once.
    most_held: u32,
    phase: Phase,
    /// Whether the direction itself ever refused one.
    refused_by_target: bool,
    /// Whether its row is written.
    reported: bool,
}

/// How sending goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    /// All got through so far.
    Flowing,
    /// No more get through; it asked to be woken.
    Waiting,
    /// It was woken, and tries one.
    Trying,
}

impl Jamming {
    /// A jam on each path.
    pub fn new(params: JammingParams, paths: Vec<AttackPath>) -> Self {
        let jam = |path| Jam {
            path,
            start: SimTime::ZERO,
            amount: Msat::ZERO,
            under_way: 0,
            sent: 0,
            held: 0,
            most_held: 0,
            phase: Phase::Flowing,
            refused_by_target: false,
            reported: false,
        };
        Self { params, jams: paths.into_iter().map(jam).collect() }
    }
}

impl Recruit for Jamming {
    type Params = JammingParams;

    fn recruit(params: &JammingParams, recruits: &mut Recruits<'_>) -> Result<Self, BadAttack> {
        let targets = recruits.targets(&params.targets)?;
        let paths = recruits.paths(&targets, params.budget)?;
        Ok(Self::new(params.clone(), paths))
    }
}

impl Strategy for Jamming {
    fn next(&mut self, view: &AttackerView<'_>, feedback: Feedback, actions: &mut Vec<Action>) {
        let Self { params, jams } = self;
        match feedback {
            Feedback::Started => {
                for (label, jam) in (0..).zip(jams) {
                    jam.start = view.now;
                    jam.amount = params.first_amount(view, &jam.path);
                    jam.send(label, params, view, actions);
                }
            }
            Feedback::Over | Feedback::Finished => {
                let pending = feedback == Feedback::Finished && view.goes_on();
                for (label, jam) in (0..).zip(jams) {
                    jam.report(label, params, pending, view, actions);
                }
            }
            Feedback::Woken { label } => {
                let jam = &mut jams[label as usize];
                jam.phase = Phase::Trying;
                jam.send(label, params, view, actions);
            }
            Feedback::Offered { label } => {
                let jam = &mut jams[label as usize];
                jam.under_way += 1;
                jam.sent += 1;
                // Slots are taken all at once; how much money gets through is felt out one by one.
                if jam.phase == Phase::Flowing && matches!(params.resource, Resource::Slots(_)) {
                    jam.send(label, params, view, actions);
                }
            }
            Feedback::Arrived { label } => {
                let jam = &mut jams[label as usize];
                jam.held += 1;
                jam.most_held = jam.most_held.max(jam.held);
                let one_by_one = matches!(params.resource, Resource::Liquidity(_));
                if one_by_one || jam.phase == Phase::Trying {
                    jam.send(label, params, view, actions);
                }
            }
            Feedback::Preimage { .. } | Feedback::Closed(_) | Feedback::RevokedPublished(_) => {}
            Feedback::Ended { label, result, hops } => {
                jams[label as usize].ended(label, (result, hops), params, view, actions);
            }
        }
    }
}

impl Jam {
    /// Sends one HTLC, if there may be another and the attack goes on.
    fn send(
        &mut self,
        label: u32,
        params: &JammingParams,
        view: &AttackerView<'_>,
        actions: &mut Vec<Action>,
    ) {
        if !view.goes_on() || self.under_way >= params.most {
            return;
        }
        let hops = view.hops(&self.path.directions(), self.amount, params.final_cltv);
        let affordable = hops.filter(|hops| hops[0].amount <= view.spendable(self.path.entry));
        let Some(hops) = affordable else { return self.refused(label, params, view, actions) };
        let response = AttackerResponse::Fail { hold: params.hold };
        actions.push(Action::Send(Order { label, hops, response }));
    }

    /// One of its HTLCs is gone: let go as planned, or refused on the way.
    fn ended(
        &mut self,
        label: u32,
        (result, hops): (AttemptResult, u8),
        params: &JammingParams,
        view: &AttackerView<'_>,
        actions: &mut Vec<Action>,
    ) {
        let node = match result {
            AttemptResult::Failed { hop, .. } => hop,
            AttemptResult::Settled => hops,
        };
        if node > 0 {
            self.under_way -= 1;
        }
        if node == hops {
            self.held -= 1;
            self.send(label, params, view, actions);
        } else {
            self.refused_by_target |= node == 1;
            self.refused(label, params, view, actions);
        }
    }

    /// No more get through: try a smaller one at once, or the smallest later.
    fn refused(
        &mut self,
        label: u32,
        params: &JammingParams,
        view: &AttackerView<'_>,
        actions: &mut Vec<Action>,
    ) {
        let smaller = params.next_amount(self.amount);
        if smaller < self.amount {
            self.amount = smaller;
            return self.send(label, params, view, actions);
        }
        if self.phase != Phase::Waiting && view.goes_on() {
            self.phase = Phase::Waiting;
            actions.push(Action::Wake { at: view.now + params.retry, label });
        }
    }

    fn report(
        &mut self,
        label: u32,
        params: &JammingParams,
        pending: bool,
        view: &AttackerView<'_>,
        actions: &mut Vec<Action>,
    ) {
        if self.reported || view.now < self.start || self.sent == 0 && self.phase == Phase::Flowing
        {
            return;
        }
        self.reported = true;
        let complete = self.refused_by_target || self.most_held == params.most;
        let outcome = match (pending, self.most_held, complete) {
            (true, ..) => AttackOutcome::Pending,
            (false, 0, _) => AttackOutcome::Aborted,
            (false, _, true) => AttackOutcome::Succeeded,
            (false, _, false) => AttackOutcome::Partly,
        };
        let AttackPath { entry, target, exit } = self.path;
        let stake = [entry, exit].map(|direction| view.capacity(direction.channel()));
        actions.push(Action::Report(Attempt {
            label,
            start: self.start,
            victim: Some(view.source(target)),
            channel: Some(target.channel()),
            gain: None,
            stake: Some(stake[0] + stake[1]),
            htlcs: self.sent,
            bits: None,
            outcome,
            cause: (outcome == AttackOutcome::Aborted).then_some(AttackCause::Refused),
            ending: None,
        }));
    }
}

impl JammingParams {
    /// What the first HTLC of a path carries: for liquidity all that the path's public limits and the own
    /// channel let through.
    fn first_amount(&self, view: &AttackerView<'_>, path: &AttackPath) -> Msat {
        let least = match self.resource {
            Resource::Slots(amount) => return amount,
            Resource::Liquidity(least) => least,
        };
        let limit = view.policy(path.target).map_or(Msat::ZERO, |policy| policy.htlc_maximum);
        let room = [path.target, path.exit].map(|d| view.capacity(d.channel()).to_msat());
        let own = view.spendable(path.entry);
        limit.min(room[0]).min(room[1]).min(own).max(least)
    }

    /// What is tried after an HTLC of this amount was refused.
    fn next_amount(&self, refused: Msat) -> Msat {
        match self.resource {
            Resource::Slots(amount) => amount,
            Resource::Liquidity(least) => Msat(refused.get() / 2).max(least),
        }
    }
}
