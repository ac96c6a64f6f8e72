//! The channel system: its parts, and the dispatch between them.
//!
//! Reading order, along the life of a payment: [`Lightning::submit`](PaymentSystem::submit) → `payments` (plan, offer
//! the first HTLC, forward hop by hop, back to the payer, rows). [`Event`] lists what can happen in that order.
//!
//! Each part owns its own fields and changes no other's; its `mod.rs` says what it may be asked. All are lent `Core`:
//! world, parameters and channels. What one part's step obliges another to do, it says in a value (`owed`), and the
//! dispatch here carries that on. Attacks and mitigations act through `attack::hooks`.
//!
//! Blocks drive the rest: expiries and closings, openings, and gossip of both (`Lightning::block`).

mod attack;
mod books;
mod build;
mod chain;
mod check;
mod core;
mod event;
mod hook_set;
mod lent;
mod liquidity;
mod mitigation;
mod owed;
mod params;
mod payments;
mod plan_ahead;
mod senders;
#[cfg(test)]
mod testing;
mod topology;
mod transport;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::core::World;
pub use chain::{MOST_CLAIM_BEFORE, OnChainParams};
pub use event::{AttackEvent, ChainEvent, Event, HtlcEvent, NodeEvent};
pub use liquidity::liquidity_at_start;
pub use mitigation::reputation::ReputationParams;
pub use params::{Latency, LightningParams, MitigationParams, PeerParams, Processing, Protocol};
pub use plan_ahead::{Plan, PlanAhead, PlanRequest};
pub use topology::params::{Attachment, GossipParams, OpeningParams};
pub use transport::faults::FaultParams;

use crate::chain::bitcoin::BitcoinEvent;
use crate::channel::{DanceEvent, Locked, LockedKind};
use crate::ids::SystemName;
use crate::lightning::attack::hooks::Hooks;
use crate::lightning::attack::{breach, executor};
use crate::lightning::books::accounts::Accounts;
use crate::lightning::books::{Books, sampling, setup_cost};
use crate::lightning::chain::{Chain, Effect, Ended, OnChain};
use crate::lightning::core::Core;
use crate::lightning::event::Context;
use crate::lightning::hook_set::HookSet;
use crate::lightning::lent::Lent;
use crate::lightning::owed::{Obligation, Owed};
use crate::lightning::payments::Payments;
use crate::lightning::payments::sending::untag;
use crate::lightning::senders::Senders;
use crate::lightning::topology::Topology;
use crate::lightning::topology::shutdown::Shutdowns;
use crate::lightning::transport::Transport;
use crate::rows::{Row, Sample};
use crate::system::{Broken, PaymentSystem};
use crate::workload::Demand;

/// The channel system.
#[derive(Serialize, Deserialize)]
pub struct Lightning {
    core: Core,
    payments: Payments,
    senders: Senders,
    transport: Transport,
    topology: Topology,
    chain: Chain,
    books: Books,
    acting: HookSet,
    /// What one part owes another within the event that is handled.
    #[serde(skip)]
    owed: Owed,
    /// HTLCs that an event of the dance locked in; used again and again.
    #[serde(skip)]
    locked: Vec<Locked>,
}

impl fmt::Debug for Lightning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lightning")
            .field("submitted", &self.payments.submitted())
            .field("ended", &self.payments.ended())
            .finish_non_exhaustive()
    }
}

/// Takes a system apart: the payments, and the parts that their step is lent.
macro_rules! apart {
    ($system:expr) => {{
        let Lightning {
            core,
            payments,
            senders,
            transport,
            topology,
            chain,
            books,
            acting,
            owed,
            ..
        } = $system;
        (payments, Lent { core, senders, transport, topology, chain, books, acting, owed })
    }};
}

impl PaymentSystem for Lightning {
    const NAME: SystemName = SystemName::Lightning;
    type Event = Event;

    fn start(&mut self, cx: &mut Context<'_>) {
        self.acting.attack.announce(cx);
        self.acting.attack.schedule(cx);
        self.chain.start(cx);
        self.topology.availability.schedule(cx);
        // What channels hold before anything is sent.
        self.books.levels.update(&mut self.core, &self.chain, cx.now);
    }

    fn submit(&mut self, demand: &Demand, cx: &mut Context<'_>) {
        cx.fingerprint.absorb(cx.now.nanos(), 0, self.payments.submitted(), demand.amount.get());
        self.books.usage.pass(self.core.channels.under_way(), cx.now);
        let (payments, mut lent) = apart!(self);
        payments.pay(demand, &mut lent, cx);
        self.carry_on(cx);
        self.books.levels.update(&mut self.core, &self.chain, cx.now);
    }

    fn prepare(&mut self, upcoming: &[Demand], threads: usize) {
        let (payments, mut lent) = apart!(self);
        payments.plan_ahead(upcoming, threads, &mut lent);
    }

    fn handle(&mut self, event: Event, cx: &mut Context<'_>) {
        let (kind, entity) = event.ingredients();
        let money = self.payments.money_of(event, &self.core);
        cx.fingerprint.absorb(cx.now.nanos(), kind, entity, money.get());
        self.books.usage.pass(self.core.channels.under_way(), cx.now);
        if self.topology.availability.down() > 0 {
            let needs = self.payments.needs(event, &self.core);
            if self.topology.availability.parks(event, needs, &self.core) {
                return;
            }
        }
        match event {
            Event::Htlc(event) => self.htlc_event(event, cx),
            Event::Dance(event) => self.dance(event, cx),
            Event::Attack(event) => executor::handle(event, &mut self.owed),
            Event::Chain(event) => self.chain_event(event, cx),
            Event::Node(event) => self.node_event(event, cx),
        }
        self.carry_on(cx);
        self.books.levels.update(&mut self.core, &self.chain, cx.now);
    }

    fn sample(&mut self, out: &mut Sample) {
        if let Some(onchain) = &mut self.chain.onchain {
            onchain.observe(out.at);
        }
        let Self { core, chain, topology, books, .. } = self;
        let Topology { availability, .. } = topology;
        out.channels = Some(sampling::describe(core, chain, availability, &books.levels));
    }

    fn check(&self) -> Result<(), Broken> {
        self.check_world()
    }

    fn check_size(&self) -> usize {
        self.check_world_size()
    }

    fn look_ahead(&self) -> (u64, u64) {
        self.core.world.speculation.counts()
    }

    fn is_quiet(&self) -> bool {
        self.chain.onchain.as_ref().is_some_and(OnChain::is_quiet)
            && self.payments.is_empty()
            && self.core.channels.is_quiet()
            && self.topology.shutdowns.is_empty()
            && self.acting.attack.campaigns().is_empty()
    }

    fn window_begins(&mut self, cx: &mut Context<'_>) {
        let Self { core, chain, topology, transport, books, .. } = self;
        topology.availability.window_begins(cx.now);
        books.levels.update(core, chain, cx.now);
        books.levels.restart(cx.now);
        books.usage.restart(core.channels.under_way(), &transport.servers, cx.now);
    }

    fn window_ends(&mut self, cx: &mut Context<'_>) {
        let Self { core, chain, topology, transport, books, .. } = self;
        topology.availability.window_ends(cx.now);
        let means = books.levels.means(cx.now);
        books.usage.report(core, &transport.servers, means.depleted_share, cx);
        setup_cost::report(core, chain, books, cx);
    }

    fn rebuild(&mut self) {
        self.topology.gossip.show_all(&mut self.core);
    }

    fn finish(&mut self, cx: &mut Context<'_>) {
        self.acting.attack.finish(&mut self.owed);
        self.carry_on(cx);
        let Self { core, payments, senders, topology, chain, books, acting, .. } = self;
        acting.attack.report_breaches(chain, cx);
        acting.attack.report_towers(core, cx);
        payments.report_pending(books, cx);
        Accounts { core, books, chain, senders, topology }.report(cx);
    }
}

impl Lightning {
    /// Carries out what parts owe each other: each obligation with all that it brings about before the next.
    #[inline]
    fn carry_on(&mut self, cx: &mut Context<'_>) {
        // Most events leave nothing to be done.
        if self.owed.len() > 0 {
            self.carry_out_all(cx);
        }
    }

    fn carry_out_all(&mut self, cx: &mut Context<'_>) {
        self.owed.turn(0);
        while let Some(obligation) = self.owed.take() {
            let before = self.owed.len();
            self.carry_out(obligation, cx);
            self.owed.turn(before);
        }
    }

    fn carry_out(&mut self, obligation: Obligation, cx: &mut Context<'_>) {
        let (payments, mut lent) = apart!(self);
        let l = &mut lent;
        match obligation {
            Obligation::Received { part, hop } => payments.received(part, hop, l, cx),
            Obligation::Fulfilled { part, hop } => payments.fulfilled(part, hop, l, cx),
            Obligation::Removed { part, hop } => payments.removed(part, hop, l, cx),
            Obligation::PassPreimage { part, hop } => payments.pass_preimage(part, hop, l, cx),
            Obligation::FailurePassed { part, hop } => payments.failure_passed(part, hop, l, cx),
            Obligation::Advance { part } => payments.advance(part, l, cx),
            Obligation::CancelAtPayee { tag } => payments.cancel_at_payee(tag, l, cx),
            Obligation::Resume { event, at } => payments.resume(event, at, cx),
            Obligation::Outage { node, begins } => {
                let Lent { core, transport, topology, owed, .. } = l;
                let delays = &transport.delays;
                topology.availability.outage((node, begins), core, delays, owed, cx);
            }
            Obligation::CloseIfAtRest { channel } => {
                let Topology { shutdowns, availability, .. } = l.topology;
                shutdowns.close_if_at_rest(channel, l.core, l.chain, availability, cx);
            }
            Obligation::ShutDown { channel, by } => {
                l.topology.shutdowns.shut_down(channel, by, l.core, l.owed, cx);
            }
            Obligation::ForceClose { channel, by, cause } => {
                payments.force_close(channel, by, cause, l, cx);
            }
            Obligation::Tell { attack, feedback } => {
                executor::tell(payments, l, attack, feedback, cx);
            }
            Obligation::LookForBreaches => breach::look(l, cx),
        }
    }

    fn htlc_event(&mut self, event: HtlcEvent, cx: &mut Context<'_>) {
        let (payments, mut lent) = apart!(self);
        let l = &mut lent;
        match event {
            HtlcEvent::Arrived { part, hop } => payments.received(part, usize::from(hop), l, cx),
            HtlcEvent::Unanswered { part, hop } => {
                payments.unanswered(part, usize::from(hop), l, cx);
            }
            HtlcEvent::Answered { part } => payments.answered(part, l, cx),
            HtlcEvent::Preimage { part, hop } => {
                payments.preimage_arrived(part, usize::from(hop), l, cx);
            }
            HtlcEvent::Tunnelled { part, hop } => {
                payments.fulfill(part, usize::from(hop) - 1, l, cx);
            }
            HtlcEvent::Failed { part, hop } => {
                payments.failure_arrived(part, usize::from(hop), l, cx);
            }
        }
    }

    /// The commitment dance of a channel goes on: what is locked in now obliges the payments.
    fn dance(&mut self, event: DanceEvent, cx: &mut Context<'_>) {
        let Self { core, transport, topology, owed, locked, .. } = self;
        transport.dance(event, core, locked, cx);
        for Locked { tag, kind, .. } in locked.drain(..) {
            let (part, hop) = untag(tag);
            owed.add(match kind {
                LockedKind::Added => Obligation::Received { part, hop },
                LockedKind::Fulfilled => Obligation::Fulfilled { part, hop },
                LockedKind::Failed => Obligation::FailurePassed { part, hop },
            });
        }
        let (DanceEvent::Sign(of) | DanceEvent::Arrive(of) | DanceEvent::LockIn(of)) = event;
        if !topology.shutdowns.is_empty() {
            owed.add(Obligation::CloseIfAtRest { channel: of.channel() });
        }
    }

    fn node_event(&mut self, event: NodeEvent, cx: &mut Context<'_>) {
        let Self { core, transport, topology, owed, .. } = self;
        let Topology { availability, gossip, .. } = topology;
        let flagged = availability.handle(event, core, &transport.delays, owed, cx);
        if let Some((node, disable)) = flagged {
            gossip.flag_channels_to(node, disable, core);
        }
    }

    fn chain_event(&mut self, event: ChainEvent, cx: &mut Context<'_>) {
        let Self { core, topology, chain, .. } = self;
        let Topology { gossip, openings, .. } = topology;
        match event {
            ChainEvent::Block(event) => self.block(event, cx),
            ChainEvent::Act(channel) => chain.wake(channel, cx.now),
            ChainEvent::Announced(channel) => {
                openings.heard_of(channel, core);
                gossip.show(&[channel], core);
            }
            ChainEvent::PolicyHeard(direction) => gossip.policy_heard(direction, core),
            ChainEvent::ClosingHeard(channel) => gossip.closing_heard(channel, core),
        }
    }

    /// A block: what the chain decided, then what everybody does at this height.
    fn block(&mut self, event: BitcoinEvent, cx: &mut Context<'_>) {
        let Some(onchain) = &mut self.chain.onchain else { return };
        let mut effects = Vec::new();
        let wrap = |event| Event::Chain(ChainEvent::Block(event));
        for row in onchain.block(event, &mut cx.within(wrap), &mut effects) {
            cx.rows.record(Row::Block(&row));
        }
        self.books.usage.block(onchain.market().0);
        for effect in effects {
            self.take_effect(effect, cx);
            self.carry_on(cx);
        }
        self.watch_deadlines(cx);
        self.close_and_open(cx);
        self.acting.on_block(cx.now, &mut self.owed);
        self.carry_on(cx);
        if let Some(onchain) = &self.chain.onchain
            && let Err(broken) = onchain.check_world()
        {
            panic!("{broken} (M4)");
        }
    }

    /// What was decided on the chain.
    fn take_effect(&mut self, effect: Effect, cx: &mut Context<'_>) {
        let (payments, mut lent) = apart!(self);
        let l = &mut lent;
        match effect {
            Effect::Opened { number } => {
                let ready = l.topology.openings.ready(number, l.core, l.chain, cx);
                if let Some(new) = ready {
                    l.core.initial.push(new.balances);
                    l.books.channel_opened(l.core.initial.len(), new.opener, new.fee);
                }
            }
            Effect::Announced { channel } => {
                let heard = cx.now + l.core.params.gossip.delay;
                cx.queue.push(heard, Event::Chain(ChainEvent::Announced(channel)));
            }
            Effect::Abandoned { opener, fee } => l.books.opening_abandoned(opener, fee),
            Effect::Claimed { tag } => payments.claimed_on_chain(tag, l, cx),
            Effect::Returned { tag, lost } => payments.returned_on_chain(tag, lost, l, cx),
            Effect::Wake { channel, at } => {
                cx.queue.push(at, Event::Chain(ChainEvent::Act(channel)));
            }
            Effect::Closed(end) => self.closed_on_chain(&end, cx),
        }
    }

    /// A channel is closed for good.
    fn closed_on_chain(&mut self, end: &Ended, cx: &mut Context<'_>) {
        let Self { core, chain, books, acting, owed, .. } = self;
        books.channel_closed(end, chain.height(), cx.now, cx.rows);
        if !acting.attack.breach_ended(&end.row, end.moved, (core, chain), cx) {
            acting.attack.channel_closed(end, owed);
            self.carry_on(cx);
        }
        cx.rows.record(Row::Closure(&end.row));
        let Self { core, topology, chain, .. } = self;
        topology.openings.replace(end, core, chain, &topology.availability, cx.now);
    }

    /// HTLCs that expire soon: who has to go to the chain, or give up, at this height.
    fn watch_deadlines(&mut self, cx: &mut Context<'_>) {
        let Self { core, payments, topology, chain, owed, .. } = self;
        let waits = |tag| payments.waits_at_payee(tag);
        chain.watch_deadlines(core, &topology.availability, waits, owed);
        self.carry_on(cx);
        self.chain.assert_none_overdue(&mut self.core, &self.topology.availability);
    }

    /// Channels close, open and change their policies.
    fn close_and_open(&mut self, cx: &mut Context<'_>) {
        self.topology.shutdowns.close_what_rests(&mut self.owed);
        self.carry_on(cx);
        let Some(block_interval) = self.chain.block_interval() else { return };
        let height = self.chain.height();
        let Self { core, topology, acting, owed, .. } = self;
        let Topology { shutdowns, availability, .. } = topology;
        let recruited = |node| acting.attack.recruited(node);
        shutdowns.close_by_choice((height, block_interval), core, availability, recruited, owed);
        self.carry_on(cx);
        Shutdowns::leave_the_silent(
            &self.core,
            &self.topology.availability,
            cx.now,
            &mut self.owed,
        );
        self.carry_on(cx);
        let Self { core, topology, chain, .. } = self;
        topology.openings.open_by_choice(core, chain, &topology.availability, cx.now);
        topology.gossip.change_policies(height, block_interval, core, cx);
    }
}
