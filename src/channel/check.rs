//! The invariants of all channels, checked against a second computation from the table of HTLCs.

use crate::channel::channels::Channels;
use crate::channel::dance::{Dance, End, Signature};
use crate::channel::htlc::{Htlc, Status};
use crate::channel::limits::{MOST_SLOTS, trimmed};
use crate::channel::state::State;
use crate::ids::{ChannelId, DirectedChannel, Side};
use crate::units::{Msat, Sat};

impl Channels {
    /// Checks every channel: money (M1, M10), commitment numbers (C1), limits (C3, C4, C5), trimming (C6),
    /// rest (C7) and the lives of HTLCs (H1). The message names the channel and the rule.
    pub fn check(&self) -> Result<(), String> {
        let mut counted = vec![State::new([Msat::ZERO; 2]); self.len()];
        // Updates under way per side, and HTLCs under way in all.
        let mut updates = vec![[0_u32; 2]; self.len()];
        let mut live = 0;
        for htlc in self.htlcs.keys().map(|key| self.htlcs.get(key)) {
            live += 1;
            let (channel, offerer) = (htlc.direction.channel(), htlc.direction.from_side());
            self.check_htlc(htlc)?;
            count(&mut counted[channel.index()], htlc);
            match htlc.status {
                Status::Committed => {}
                Status::Offered => updates[channel.index()][offerer.index()] += 1,
                Status::Fulfilling | Status::Failing => {
                    updates[channel.index()][offerer.other().index()] += 1;
                }
            }
        }
        let ended = self.tally.fulfilled + self.tally.failed + self.tally.force_closed;
        if self.tally.offered != ended + live {
            return Err(format!("{:?} and {live} HTLCs under way (H1)", self.tally));
        }
        if !self.calendar.is_complete(&self.htlcs) {
            return Err(format!("{live} HTLCs under way, not all in the calendar (H6)"));
        }
        for (index, (counted, updates)) in counted.iter().zip(updates).enumerate() {
            let channel = ChannelId::from_index(index);
            self.check_money(channel, counted)?;
            self.check_dance(channel, updates)?;
        }
        Ok(())
    }

    fn check_htlc(&self, htlc: &Htlc) -> Result<(), String> {
        let channel = htlc.direction.channel();
        let terms = self.terms(channel);
        let offerer = htlc.direction.from_side();
        let minimum = terms.htlc_minimum[offerer.other().index()];
        if htlc.amount == Msat::ZERO || self.rules.limits && htlc.amount < minimum {
            return Err(format!("channel {}: an HTLC of {} (C4)", channel.0, htlc.amount));
        }
        if htlc.trimmed != trimmed(terms, offerer, htlc.amount) {
            return Err(format!("channel {}: {htlc:?} is trimmed wrongly (C6)", channel.0));
        }
        Ok(())
    }

    fn check_money(&self, channel: ChannelId, counted: &State) -> Result<(), String> {
        let state = &self.states[channel.index()];
        let terms = self.terms(channel);
        let expected = State { balance: state.balance, dance: state.dance, ..*counted };
        if *state != expected {
            return Err(format!(
                "channel {}: {state:?}, but its HTLCs make {counted:?}",
                channel.0
            ));
        }
        let capacity = if self.is_closed(channel) { Sat::ZERO } else { terms.capacity };
        if state.total() != u128::from(capacity.0) * 1_000 {
            return Err(format!("channel {}: {state:?} of {} (M1)", channel.0, terms.capacity));
        }
        for from in Side::BOTH.iter().filter(|_| self.rules.limits) {
            let (from, receiver) = (from.index(), from.other().index());
            if state.offered[from] > terms.max_accepted_htlcs[receiver].min(MOST_SLOTS)
                || state.in_flight[from] > terms.max_htlc_value_in_flight[receiver]
            {
                return Err(format!("channel {}: {state:?} exceeds {terms:?} (C3)", channel.0));
            }
            // What an offerer has left after its last offer can only have grown since.
            let reserve = terms.reserve[from].to_msat();
            if state.offered[from] > 0 && state.balance[from] < reserve {
                return Err(format!("channel {}: {state:?} is below {terms:?} (C5)", channel.0));
            }
        }
        Ok(())
    }

    fn check_dance(&self, channel: ChannelId, updates: [u32; 2]) -> Result<(), String> {
        let broken =
            |rule| Err(format!("channel {}: {:?} ({rule})", channel.0, self.dance(channel)));
        let numbers = self.numbers[channel.index()];
        if self.is_closed(channel) {
            return if updates == [0; 2] { Ok(()) } else { broken("C8") };
        }
        for side in Side::BOTH {
            let end = self.dance(channel).map(|dance| &dance.ends[side.index()]);
            let revoking = end.is_some_and(|end| end.signature == Signature::Revoking);
            let holder = side.other().index();
            if numbers.revoked[holder] + u32::from(revoking) != numbers.current[holder] {
                return broken("C1");
            }
            let line = self.line(DirectedChannel::new(channel, side));
            let counted = end.map_or(0, End::updates);
            if [line, counted] != [updates[side.index()]; 2] {
                return broken("H1");
            }
        }
        if self.dance(channel).is_some_and(Dance::is_over) {
            return broken("C7");
        }
        Ok(())
    }

    /// Number of updates in the line of the sender of `dir`.
    fn line(&self, dir: DirectedChannel) -> u32 {
        let Some(dance) = self.dance(dir.channel()) else { return 0 };
        let mut end = dance.ends[dir.from_side().index()];
        let mut updates = 0;
        while let Some(id) = end.oldest() {
            end.leave(self.htlcs.get(id.0).next);
            updates += 1;
        }
        updates
    }
}

/// Adds an HTLC to sums and counts, apart from the code of the transitions.
fn count(state: &mut State, htlc: &Htlc) {
    let from = htlc.direction.from_side().index();
    state.in_flight[from] += htlc.amount;
    state.offered[from] += 1;
    for (owner, &trimmed) in htlc.trimmed.iter().enumerate() {
        if trimmed {
            state.trimmed[owner] += htlc.amount;
        } else {
            state.untrimmed[owner] += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::channel::calendar::Calendar;
    use crate::channel::channels::Rules;
    use crate::channel::htlc::Add;
    use crate::channel::terms::{Batching, Terms};
    use crate::engine::{EventQueue, Within};
    use crate::units::{BlockHeight, FeeRate, Sat, SimTime};

    use super::*;

    /// Two HTLCs of 1,000 sat on a channel of 100,000 sat, whose dance has just begun.
    fn busy() -> Channels {
        let terms = Terms {
            capacity: Sat(100_000),
            reserve: [Sat(1_000); 2],
            dust_limit: [Sat(354); 2],
            max_accepted_htlcs: [2; 2],
            max_htlc_value_in_flight: [Msat(2_000_000); 2],
            htlc_minimum: [Msat(1_000_000); 2],
            max_dust_exposure: [Msat::MAX; 2],
            opener: Side::One,
            anchors: true,
            feerate: FeeRate(250),
            batching: [Batching::default(); 2],
        };
        let mut channels = Channels::new(Rules { limits: true, dance: true });
        let channel = channels.open(terms, [Msat(50_000_000); 2]);
        let mut queue = EventQueue::default();
        let schedule = &mut Within::new(SimTime::ZERO, &mut queue, |event| event);
        let add =
            Add { amount: Msat(1_000_000), lock: [0; 32], cltv_expiry: BlockHeight(9), tag: 0 };
        for _ in 0..2 {
            channels.offer(DirectedChannel::new(channel, Side::One), add, schedule).unwrap();
        }
        channels
    }

    /// What the check says after a mutation.
    fn broken_by(mutate: impl FnOnce(&mut Channels)) -> String {
        let mut channels = busy();
        assert_eq!(channels.check(), Ok(()));
        mutate(&mut channels);
        channels.check().unwrap_err()
    }

    #[test]
    fn every_invariant_has_a_mutation_that_breaks_it() {
        for (rule, message) in [
            ("(M1)", broken_by(|c| c.states[0].balance[1] += Msat(1))),
            ("its HTLCs make", broken_by(|c| c.states[0].in_flight[0] -= Msat(1))),
            ("its HTLCs make", broken_by(|c| c.states[0].offered[1] += 1)),
            ("its HTLCs make", broken_by(|c| c.states[0].untrimmed[1] -= 1)),
            ("its HTLCs make", broken_by(|c| c.states[0].trimmed[0] += Msat(1))),
            ("(C1)", broken_by(|c| c.numbers[0].current[1] += 1)),
            ("(C1)", broken_by(|c| c.numbers[0].revoked[0] += 1)),
            ("(C3)", broken_by(|c| c.terms[0].max_accepted_htlcs[1] = 1)),
            ("(C3)", broken_by(|c| c.terms[0].max_htlc_value_in_flight[1] = Msat(1_999_999))),
            ("(C4)", broken_by(|c| c.terms[0].htlc_minimum[1] = Msat(1_000_001))),
            ("(C5)", broken_by(|c| c.terms[0].reserve[0] = Sat(48_001))),
            ("(C6)", broken_by(|c| c.terms[0].dust_limit[0] = Sat(1_001))),
            ("(H1)", broken_by(|c| c.tally.failed += 1)),
            ("(H1)", broken_by(|c| c.htlcs.get_mut(1).status = Status::Committed)),
            ("(H1)", broken_by(|c| c.htlcs.get_mut(0).status = Status::Failing)),
            ("(H1)", broken_by(|c| c.states[0].dance = None)),
            ("(H6)", broken_by(|c| c.calendar = Calendar::default())),
        ] {
            assert!(message.contains(rule), "{message} does not name {rule}");
        }
    }

    #[test]
    fn a_dance_does_not_outlive_its_updates() {
        let terms = busy().terms[0];
        let mut channels = Channels::new(Rules { limits: true, dance: true });
        channels.open(terms, [Msat(50_000_000); 2]);
        channels.states[0].dance = Some(channels.dances.insert(Dance::new([0; 2])));
        assert!(channels.check().unwrap_err().contains("(C7)"));
    }
}
