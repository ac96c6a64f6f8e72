//! Why a payment could not be made, by what the channels really hold when its payer gives up.
//!
//! A payer knows its own channels and what others tell it; "no route" is all that it can say of the rest. Here
//! the whole network is looked at, in this order: can the payer send the amount, can the payee receive it, is
//! there a route in between, does the payer know of it. `docs/failures.md` has the definitions. Nothing here is
//! known to any payer, and nothing here decides: the reason stands in a row.

use crate::ids::{DirectedChannel, NodeId};
use crate::lightning::books::levels::ChannelLevels;
use crate::lightning::core::Core;
use crate::lightning::topology::availability::Availability;
use crate::outcome::{Failure, Shortage};
use crate::routing::LeastAmounts;
use crate::units::Msat;

/// A payment that was given up, and the world as it is.
#[derive(Clone, Copy)]
pub(super) struct Diagnosis<'a> {
    pub(super) core: &'a Core,
    pub(super) availability: &'a Availability,
    pub(super) payer: NodeId,
    pub(super) payee: NodeId,
    /// What the payer gave up: the whole amount, or what its other parts leave of it.
    pub(super) amount: Msat,
    /// The whole amount.
    pub(super) whole: Msat,
    /// The smallest part that the payer sends; `None`: it sends one part.
    pub(super) min_part: Option<Msat>,
    /// The largest fee that the payer accepts for it.
    pub(super) fee_limit: Msat,
    /// What channels hold.
    pub(super) balances: Balances<'a>,
}

/// At which moment channels are asked what they hold.
#[derive(Clone, Copy)]
pub(super) enum Balances<'a> {
    /// Now.
    Now,
    /// At the start of each, as far as they are open now.
    AtStart(&'a ChannelLevels),
}

impl Diagnosis<'_> {
    /// What stood in the way.
    pub(super) fn reason(&self, search: &mut LeastAmounts) -> Failure {
        self.at_payer(Msat::ZERO)
            .or_else(|| self.at_payee())
            .unwrap_or_else(|| self.on_the_way(search))
    }

    /// Since when channels hold too little, where that is the reason.
    pub(super) fn shortage(
        self,
        reason: Failure,
        levels: &ChannelLevels,
        search: &mut LeastAmounts,
    ) -> Option<Shortage> {
        let balances = Balances::AtStart(levels);
        let at_start = Diagnosis { balances, amount: self.whole, ..self };
        reason.is_shortage().then(|| match at_start.reason(search) {
            Failure::MissedRoute => Shortage::Depleted,
            _ => Shortage::Drawn,
        })
    }

    /// Why the payer cannot send the amount and this fee, whatever lies beyond its own channels.
    fn at_payer(&self, fee: Msat) -> Option<Failure> {
        let mut total = Msat::ZERO;
        let [mut largest, mut connected, mut now] = [Msat::ZERO; 3];
        for direction in self.own(self.payer) {
            let affordable = self.affordable(direction);
            total = total.saturating_add(affordable);
            largest = self.together(largest, affordable);
            if self.is_connected(direction) {
                connected = self.together(connected, affordable);
                now = self.together(now, self.spendable(direction));
            }
        }
        let amount = self.amount.saturating_add(fee);
        let reasons = [
            (total, Failure::InsufficientFunds),
            (largest, Failure::NoChannelLargeEnough),
            (connected, Failure::PayerPeersOffline),
            (now, Failure::NoFreeSlot),
        ];
        reasons.into_iter().find(|(most, _)| *most < amount).map(|(_, failure)| failure)
    }

    /// Why the payee cannot receive the amount, whoever sends it.
    fn at_payee(&self) -> Option<Failure> {
        if self.availability.is_down(self.payee) {
            return Some(Failure::PayeeOffline);
        }
        let [mut total, mut largest] = [Msat::ZERO; 2];
        for direction in self.own(self.payee).map(DirectedChannel::reverse) {
            if self.is_connected(direction) {
                let spendable = self.spendable(direction);
                total = total.saturating_add(spendable);
                largest = self.together(largest, spendable);
            }
        }
        if total < self.amount {
            Some(Failure::PayeeCannotReceive)
        } else {
            (largest < self.amount).then_some(Failure::NoChannelLargeEnough)
        }
    }

    /// What two channels can do for the payment: one of them, or both if it may go in parts.
    fn together(&self, one: Msat, other: Msat) -> Msat {
        if self.min_part.is_some() { one.saturating_add(other) } else { one.max(other) }
    }

    /// What is wrong where both ends could.
    fn on_the_way(&self, search: &mut LeastAmounts) -> Failure {
        let mut is_too_dear = false;
        let mut least: Option<Msat> = None;
        let has_route = self.search(search, self.amount, true, |direction, amount| {
            least = Some(least.map_or(amount, |least| least.min(amount)));
            if !self.holds(direction, amount) {
                return false;
            }
            let is_affordable = amount.saturating_sub(self.amount) <= self.fee_limit;
            is_too_dear |= !is_affordable;
            is_affordable
        });
        if has_route {
            return Failure::MissedRoute;
        }
        if is_too_dear {
            return Failure::FeeLimit;
        }
        // What is beyond the payer's channels has the money, but they have not the fee.
        let fee = least.map(|amount| amount.saturating_sub(self.amount));
        if let Some(failure) = fee.and_then(|fee| self.at_payer(fee)) {
            return failure;
        }
        let smallest = self.min_part.map_or(self.amount, |part| part.min(self.amount));
        if self.search(search, smallest, false, |_, _| true) {
            Failure::NoLiquidity
        } else {
            Failure::NoRoute
        }
    }

    /// Searches for routes that bring `amount` in one part, by policy and capacity, and with `by_liquidity` by what
    /// channels hold. `first` is told each of the payer's channels that leads on, with what it must send.
    fn search(
        &self,
        search: &mut LeastAmounts,
        amount: Msat,
        by_liquidity: bool,
        mut first: impl FnMut(DirectedChannel, Msat) -> bool,
    ) -> bool {
        let carries = |direction, amount| !by_liquidity || self.holds(direction, amount);
        let mut reached = |node, amount| {
            self.own(self.payer).any(|direction| {
                self.core.world.network.target(direction) == node
                    && self.is_within_policy(direction, amount)
                    && first(direction, amount)
            })
        };
        if reached(self.payee, amount) {
            return true;
        }
        let network = &self.core.world.network;
        let last = self.own(self.payee).map(DirectedChannel::reverse).filter_map(|direction| {
            let policy = network.policy(direction).filter(|policy| !policy.disabled)?;
            let passes = network.source(direction) != self.payer
                && self.is_within_policy(direction, amount)
                && carries(direction, amount);
            let sum = amount.checked_add(policy.fee(amount)?)?;
            passes.then(|| (network.source(direction), sum))
        });
        let ends = [self.payer, self.payee];
        search.search(&self.core.world.view, last, ends, carries, reached)
    }

    /// The directions in which a node sends, of its open channels that others may use.
    fn own(&self, node: NodeId) -> impl Iterator<Item = DirectedChannel> {
        let world = &self.core.world;
        world.own(node).iter().copied().filter(|own| !world.network.is_attackers(own.channel()))
    }

    fn is_connected(&self, direction: DirectedChannel) -> bool {
        self.availability.is_connected(self.core, direction.channel())
    }

    /// Whether the channel can carry the amount now.
    fn holds(&self, direction: DirectedChannel, amount: Msat) -> bool {
        self.is_connected(direction) && self.spendable(direction) >= amount
    }

    fn spendable(&self, direction: DirectedChannel) -> Msat {
        match self.balances {
            Balances::Now => self.core.channels.spendable(direction),
            Balances::AtStart(levels) => levels.at_start(direction),
        }
    }

    /// The same without the HTLCs that are under way; at the start there were none.
    fn affordable(&self, direction: DirectedChannel) -> Msat {
        match self.balances {
            Balances::Now => self.core.channels.affordable(direction),
            Balances::AtStart(levels) => levels.at_start(direction),
        }
    }

    fn is_within_policy(&self, direction: DirectedChannel, amount: Msat) -> bool {
        let policy = self.core.world.network.policy(direction);
        policy.is_some_and(|p| (p.htlc_minimum..=p.htlc_maximum).contains(&amount))
    }
}
