//! A channel ends: what stands on which commitment, and who gets what of it (BOLT 3).
//!
//! [`Channels::force_close`] removes a channel when the latest commitment of one side is broadcast.
//! The stages of the dance say which HTLCs stand on it: an update is on the peer's commitment once the
//! peer has its signature, and on the own one once that is countersigned. [`CommitmentSnapshot::outputs`] turns the
//! rest into outputs, fees and roundings.

use serde::{Deserialize, Serialize};

use crate::channel::channels::{Channels, Phase};
use crate::channel::commitment::{ANCHOR, Commitment};
use crate::channel::htlc::{Htlc, HtlcId, Status};
use crate::channel::terms::Terms;
use crate::ids::{ChannelId, DirectedChannel, Side};
use crate::units::{BlockHeight, Msat, Sat, Weight};

/// What one side's latest commitment says when it is broadcast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitmentSnapshot {
    /// Whose commitment it is.
    pub owner: Side,
    /// Its number.
    pub number: u32,
    /// What each side has outside of HTLCs.
    pub balance: [Msat; 2],
    /// HTLCs with an output on it, or trimmed from it.
    pub htlcs: Vec<CommitmentHtlc>,
    /// Pending HTLCs that are not on it: their money is in the balances.
    pub off_commitment: Vec<HtlcOffCommitment>,
}

/// An HTLC on a commitment that is broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitmentHtlc {
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

/// A pending HTLC that is not on the broadcast commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HtlcOffCommitment {
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
    /// Whether a channel was closed, by agreement or by force.
    pub fn is_closed(&self, channel: ChannelId) -> bool {
        self.phases[channel.index()] == Phase::Closed
    }

    /// Both sides have sent `shutdown`: no HTLC is added from now on, and when those in the channel have
    /// ended it is closed by agreement (BOLT 2, C8). It can still go to the chain before that.
    pub fn shut_down(&mut self, channel: ChannelId) {
        assert!(!self.is_closed(channel), "channel {} is shut down when closed (C8)", channel.0);
        self.phases[channel.index()] = Phase::ShuttingDown;
        self.note_change(channel);
    }

    /// Whether `shutdown` was sent, and the channel is not closed yet.
    pub fn is_shutting_down(&self, channel: ChannelId) -> bool {
        self.phases[channel.index()] == Phase::ShuttingDown
    }

    /// Closes a channel with the latest commitment of `owner`. Queued events of its dance have no effect from
    /// now on.
    pub fn force_close(&mut self, channel: ChannelId, owner: Side) -> CommitmentSnapshot {
        assert!(!self.is_closed(channel), "channel {} is closed twice (C8)", channel.0);
        let mut snapshot = CommitmentSnapshot {
            owner,
            number: self.numbers[channel.index()].current[owner.index()],
            balance: self.states[channel.index()].balance,
            htlcs: Vec::new(),
            off_commitment: Vec::new(),
        };
        let stages = Side::BOTH.map(|side| self.stages(DirectedChannel::new(channel, side)));
        let of_channel = |id: &u32| self.htlcs.get(*id).direction.channel() == channel;
        let ids: Vec<u32> = self.htlcs.keys().filter(of_channel).collect();
        for id in ids {
            let htlc = self.htlcs.remove(id);
            self.tally.force_closed += 1;
            snapshot.take(HtlcId(id), &htlc, &stages);
        }
        if let Some(key) = self.states[channel.index()].dance.take() {
            self.dances.remove(key);
        }
        self.change(channel).clear();
        self.phases[channel.index()] = Phase::Closed;
        snapshot
    }

    /// Closes a channel without HTLCs by agreement; returns each side's balance.
    pub fn cooperative_close(&mut self, channel: ChannelId) -> [Msat; 2] {
        assert!(self.is_at_rest(channel), "only a channel without HTLCs is closed by agreement");
        assert!(!self.is_closed(channel), "channel {} is closed twice (C8)", channel.0);
        let balance = self.states[channel.index()].balance;
        self.change(channel).clear();
        self.phases[channel.index()] = Phase::Closed;
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

    /// The HTLCs under way that expire at `last` or before, in the order of their ids.
    pub fn expiring(&mut self, last: BlockHeight) -> Vec<HtlcId> {
        self.calendar.until(last, &self.htlcs)
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

impl CommitmentSnapshot {
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
            self.htlcs.push(CommitmentHtlc {
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
            self.off_commitment.push(HtlcOffCommitment { tag: htlc.tag, fulfilled });
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

#[cfg(test)]
mod tests {
    use sha2::Sha256;

    use super::*;
    use crate::channel::terms::Batching;
    use crate::channel::{Add, Refused, Rules, SecondStage};
    use crate::engine::{EventQueue, Within};
    use crate::units::{FeeRate, SimTime};

    fn terms(feerate: u32, anchors: bool) -> Terms {
        Terms {
            capacity: Sat(10_000_000),
            reserve: [Sat::ZERO; 2],
            dust_limit: [Sat(546); 2],
            max_accepted_htlcs: [483; 2],
            max_htlc_value_in_flight: [Msat::MAX; 2],
            htlc_minimum: [Msat(1); 2],
            max_dust_exposure: [Msat::MAX; 2],
            opener: Side::One,
            anchors,
            feerate: FeeRate(feerate),
            batching: [Batching::default(); 2],
        }
    }

    /// BOLT 3's appendix C as its owner, the opener, would publish it: HTLCs 0, 1, 4 received, 2, 3 offered.
    fn appendix_c(terms: &Terms, local: u64) -> CommitmentSnapshot {
        let offered =
            [(1_000, false), (2_000, false), (2_000, true), (3_000, true), (4_000, false)];
        let htlcs = offered.into_iter().zip(0..).map(|((sat, is_offered), tag)| {
            let stage = if is_offered { SecondStage::Timeout } else { SecondStage::Success };
            let edge = Commitment::of(terms).smallest_untrimmed(Sat(546), stage);
            CommitmentHtlc {
                tag,
                amount: Sat(sat).to_msat(),
                from: if is_offered { Side::One } else { Side::Two },
                cltv_expiry: BlockHeight(500),
                trimmed: Sat(sat).to_msat() < edge,
                fulfilled: false,
            }
        });
        let balance = [local, 3_000_000].map(|sat| Sat(sat).to_msat());
        CommitmentSnapshot {
            owner: Side::One,
            number: 42,
            balance,
            htlcs: htlcs.collect(),
            off_commitment: Vec::new(),
        }
    }

    #[test]
    fn what_is_published_pays_the_fees_of_bolt_3_appendix_c_and_the_opener_bears_the_base_fee() {
        for (feerate, count, base_fee, actual_fee) in [
            (0, 7, 0, 0),
            (647, 7, 1_024, 1_024),
            (648, 6, 914, 1_914),
            (2_069, 6, 2_921, 3_921),
            (2_070, 5, 2_566, 5_566),
            (2_194, 5, 2_720, 5_720),
            (2_195, 4, 2_344, 7_344),
            (3_702, 4, 3_953, 8_953),
            (3_703, 3, 3_317, 11_317),
            (4_914, 3, 4_402, 12_402),
            (4_915, 2, 3_558, 15_558),
            (9_651_180, 2, 6_987_454, 6_999_454),
            // The opener's rest is dust, and then less than nothing.
            (9_651_181, 1, 6_987_455, 7_000_000),
            (9_651_936, 1, 6_988_001, 7_000_000),
        ] {
            let terms = terms(feerate, false);
            let outputs = appendix_c(&terms, 6_988_000).outputs(&terms);
            let all = outputs.balance.iter().chain(&outputs.htlcs);
            assert_eq!(all.filter(|output| **output > Sat::ZERO).count(), count, "{feerate}");
            assert_eq!(outputs.fee, Sat(actual_fee), "{feerate}");
            let dust = Sat(6_988_000).saturating_sub(Sat(base_fee));
            let dust = if dust < Sat(546) { dust } else { Sat::ZERO };
            let opener = Sat(base_fee).min(Sat(6_988_000)) + dust;
            assert_eq!(outputs.paid, [opener.to_msat(), Msat::ZERO], "{feerate}");
        }
    }

    #[test]
    fn after_shutdown_no_htlc_is_added_and_the_one_in_the_channel_ends_as_it_would_have() {
        let mut channels = Channels::new(Rules { limits: true, dance: false });
        let channel = channels.open(terms(250, true), [Sat(5_000_000).to_msat(); 2]);
        let [there, back] = Side::BOTH.map(|side| DirectedChannel::new(channel, side));
        let preimage = [7; 32];
        let lock = <Sha256 as sha2::Digest>::digest(preimage).into();
        let add = Add { amount: Msat(1_000_000), lock, cltv_expiry: BlockHeight(500), tag: 0 };
        let mut queue = EventQueue::default();
        let schedule = &mut Within::new(SimTime::ZERO, &mut queue, |event| event);
        let htlc = channels.offer(there, add, schedule).unwrap();
        channels.shut_down(channel);
        for direction in [there, back] {
            assert_eq!(channels.spendable(direction), Msat::ZERO);
            let refused = channels.offer(direction, add, schedule);
            assert_eq!(refused, Err(Refused::ShuttingDown), "C8");
        }
        assert!(!channels.is_at_rest(channel) && channels.is_shutting_down(channel));
        channels.fulfill(htlc, &preimage, schedule).unwrap();
        assert!(channels.is_at_rest(channel));
        let balance = channels.cooperative_close(channel);
        assert_eq!(balance, [Msat(4_999_000_000), Msat(5_001_000_000)]);
        assert!(channels.is_closed(channel) && !channels.is_shutting_down(channel));
        assert_eq!(channels.offer(there, add, schedule), Err(Refused::Closed));
    }

    #[test]
    fn anchors_are_the_openers_and_a_side_without_output_or_htlcs_has_none() {
        let terms = terms(2_500, true);
        let mut snapshot = appendix_c(&terms, 6_988_000);
        let outputs = snapshot.outputs(&terms);
        // 1,124 + 5 · 172 WU, as HTLC transactions pay nothing: 4,960 sat, and 660 for the anchors.
        assert_eq!((outputs.weight, outputs.fee), (Weight(1_984), Sat(4_960)));
        assert_eq!(outputs.paid, [Msat(5_620_000), Msat(0)]);
        assert_eq!(outputs.anchors, [ANCHOR; 2]);
        snapshot.htlcs.clear();
        snapshot.balance = [Sat(9_999_500).to_msat(), Sat(500).to_msat()];
        let outputs = snapshot.outputs(&terms);
        assert_eq!(outputs.anchors, [ANCHOR, Sat::ZERO]);
        assert_eq!(outputs.balance, [Sat(9_999_500 - 2_810 - 660), Sat::ZERO]);
        // The peer's 500 sat and the anchor that is not there are fee.
        assert_eq!(outputs.fee, Sat(2_810 + 500 + 330));
    }
}
