//! A channel ends: what stands on which commitment, and who gets what of it (BOLT 3).
//!
//! [`Channels::tear`] takes a channel apart when the latest commitment of one side goes to the chain.
//! The stages of the dance say which HTLCs stand on it: an update is on the peer's commitment once the
//! peer has its signature, and on the own one once that is countersigned. [`Torn::outputs`] turns the
//! rest into outputs, fees and roundings.

use serde::{Deserialize, Serialize};

use crate::channel::channels::Channels;
use crate::channel::commitment::{ANCHOR, Commitment};
use crate::channel::htlc::{Htlc, HtlcId, Status};
use crate::channel::terms::Terms;
use crate::ids::{ChannelId, DirectedChannel, Side};
use crate::units::{BlockHeight, Msat, Sat, Weight};

/// A channel as one side's commitment leaves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Torn {
    /// Whose commitment it is.
    pub owner: Side,
    /// Its number.
    pub number: u32,
    /// What each side has outside of HTLCs.
    pub balance: [Msat; 2],
    /// HTLCs that stand on it.
    pub htlcs: Vec<TornHtlc>,
    /// HTLCs under way that do not stand on it: their money is in the balances.
    pub gone: Vec<GoneHtlc>,
}

/// An HTLC on a commitment that goes to the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TornHtlc {
    /// What its offerer attached.
    pub tag: u64,
    /// The money in it.
    pub amount: Msat,
    /// Who offered it.
    pub from: Side,
    /// The height from which the offerer may take it back.
    pub cltv_expiry: BlockHeight,
    /// Whether the commitment leaves it out.
    pub trimmed: bool,
    /// Whether its receiver has the preimage.
    pub fulfilled: bool,
}

/// An HTLC that was under way and does not stand on the commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoneHtlc {
    /// What its offerer attached.
    pub tag: u64,
    /// Whether its money is the receiver's; else it is back with the offerer.
    pub fulfilled: bool,
}

/// The outputs of a commitment, and what becomes fee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outputs {
    /// Output of each side's balance; the owner's is delayed. Zero: none.
    pub balance: [Sat; 2],
    /// Anchor of each side. Zero: none.
    pub anchors: [Sat; 2],
    /// Outputs of the HTLCs, in their order; zero where they are trimmed.
    pub htlcs: Vec<Sat>,
    /// Weight of the transaction.
    pub weight: Weight,
    /// Its fee: all that is in no output.
    pub fee: Sat,
    /// What the balance of each side loses to the fee: the commitment fee, dust and rounding.
    pub paid: [Msat; 2],
}

impl Channels {
    /// Whether a channel was taken apart.
    pub fn is_closed(&self, channel: ChannelId) -> bool {
        self.closed[channel.index()]
    }

    /// Takes a channel apart because the latest commitment of `owner` goes to the chain. Events of its
    /// dance that are still queued do nothing from now on.
    pub fn tear(&mut self, channel: ChannelId, owner: Side) -> Torn {
        assert!(!self.is_closed(channel), "channel {} is closed twice (C8)", channel.0);
        let mut torn = Torn {
            owner,
            number: self.numbers[channel.index()].current[owner.index()],
            balance: self.states[channel.index()].balance,
            htlcs: Vec::new(),
            gone: Vec::new(),
        };
        let stages = Side::BOTH.map(|side| self.stages(DirectedChannel::new(channel, side)));
        let of_channel = |id: &u32| self.htlcs.get(*id).direction.channel() == channel;
        let ids: Vec<u32> = self.htlcs.keys().filter(of_channel).collect();
        for id in ids {
            let htlc = self.htlcs.remove(id);
            self.tally.torn += 1;
            torn.take(HtlcId(id), &htlc, &stages);
        }
        if let Some(key) = self.states[channel.index()].dance.take() {
            self.dances.remove(key);
        }
        self.states[channel.index()].clear();
        self.closed[channel.index()] = true;
        torn
    }

    /// Closes a channel at rest by agreement; what each side has.
    pub fn settle_up(&mut self, channel: ChannelId) -> [Msat; 2] {
        assert!(self.is_at_rest(channel), "only a channel without HTLCs is closed by agreement");
        assert!(!self.is_closed(channel), "channel {} is closed twice (C8)", channel.0);
        let balance = self.states[channel.index()].balance;
        self.states[channel.index()].clear();
        self.closed[channel.index()] = true;
        balance
    }

    /// Whether nothing is under way in a channel: no HTLC, no signature (C7).
    pub fn is_at_rest(&self, channel: ChannelId) -> bool {
        let state = &self.states[channel.index()];
        state.offered == [0; 2] && state.dance.is_none()
    }

    /// Whether nothing is under way in any channel.
    pub fn is_quiet(&self) -> bool {
        self.htlcs.is_empty() && self.dances.is_empty()
    }

    /// All HTLCs under way, in the order of their ids.
    pub fn live(&self) -> impl Iterator<Item = (HtlcId, &Htlc)> {
        self.htlcs.keys().map(|key| (HtlcId(key), self.htlcs.get(key)))
    }

    /// The updates of a side that stand on its peer's commitment, and those that stand on its own too.
    fn stages(&self, dir: DirectedChannel) -> [Vec<HtlcId>; 2] {
        let mut stages = [Vec::new(), Vec::new()];
        let Some(dance) = self.dance(dir.channel()) else { return stages };
        let mut end = dance.ends[dir.from_side().index()];
        let (locking, owed) = end.on_commitments();
        for place in 0..locking + owed {
            let Some(id) = end.oldest() else { break };
            end.leave(self.htlcs.get(id.0).next);
            stages[0].push(id);
            if place < locking {
                stages[1].push(id);
            }
        }
        stages
    }
}

impl Torn {
    /// Sorts an HTLC in: on the commitment, or its money to whom it belongs without it.
    fn take(&mut self, id: HtlcId, htlc: &Htlc, stages: &[[Vec<HtlcId>; 2]; 2]) {
        let from = htlc.direction.from_side();
        // The side whose update is on its way: the offer, or its removal.
        let updater = if htlc.status == Status::Offered { from } else { from.other() };
        let own = usize::from(updater == self.owner);
        let applied = stages[updater.index()][own].contains(&id);
        let stands = match htlc.status {
            Status::Offered => applied,
            Status::Committed => true,
            Status::Fulfilling | Status::Failing => !applied,
        };
        let fulfilled = htlc.status == Status::Fulfilling;
        if stands {
            self.htlcs.push(TornHtlc {
                tag: htlc.tag,
                amount: htlc.amount,
                from,
                cltv_expiry: htlc.cltv_expiry,
                trimmed: htlc.trimmed[self.owner.index()],
                fulfilled,
            });
        } else {
            let to = if fulfilled { from.other() } else { from };
            self.balance[to.index()] += htlc.amount;
            self.gone.push(GoneHtlc { tag: htlc.tag, fulfilled });
        }
    }

    /// The outputs of the commitment (BOLT 3): the opener pays the fee and both anchors, amounts are
    /// rounded down, what is below the owner's dust limit is left out.
    pub fn outputs(&self, terms: &Terms) -> Outputs {
        let commitment = Commitment::of(terms);
        let dust = terms.dust_limit[self.owner.index()];
        let htlcs: Vec<Sat> = self
            .htlcs
            .iter()
            .map(|htlc| if htlc.trimmed { Sat::ZERO } else { htlc.amount.to_sat_floor() })
            .collect();
        let untrimmed = self.htlcs.iter().filter(|htlc| !htlc.trimmed).count();
        let untrimmed = u32::try_from(untrimmed).expect("at most 966 HTLCs");
        let cost = commitment.opener_cost(untrimmed);
        let mut balance = self.balance.map(Msat::to_sat_floor);
        let opener = terms.opener.index();
        balance[opener] = balance[opener].saturating_sub(cost);
        for output in &mut balance {
            if *output < dust {
                *output = Sat::ZERO;
            }
        }
        let has_anchor =
            |side: usize| terms.anchors && (untrimmed > 0 || balance[side] > Sat::ZERO);
        // An opener that cannot pay for them leaves none.
        let paid_for = self.balance[opener].to_sat_floor() >= cost;
        let anchors =
            [0, 1].map(|side| if paid_for && has_anchor(side) { ANCHOR } else { Sat::ZERO });
        let outputs: Sat = balance.iter().chain(&anchors).chain(&htlcs).copied().sum();
        let paid = [0, 1].map(|side| self.balance[side] - balance[side].to_msat());
        let weight = commitment.weight(untrimmed);
        Outputs { balance, anchors, htlcs, weight, fee: terms.capacity - outputs, paid }
    }
}
