//! The dance of a channel driven by its events: [`Channels::handle`].

use crate::channel::channels::Channels;
use crate::channel::dance::{Dance, DanceEvent, Link, Signature};
use crate::channel::htlc::{HtlcId, Locked, LockedKind, Status};
use crate::engine::Schedule;
use crate::ids::{ChannelId, DirectedChannel, Side};

impl Channels {
    /// Handles an event of the dance. What became irrevocable is appended to `locked`, in order.
    pub fn handle(
        &mut self,
        event: DanceEvent,
        net: &mut impl Link,
        schedule: &mut impl Schedule<DanceEvent>,
        locked: &mut Vec<Locked>,
    ) {
        let (DanceEvent::Sign(of) | DanceEvent::Arrive(of) | DanceEvent::LockIn(of)) = event;
        if self.is_closed(of.channel()) {
            return;
        }
        match event {
            DanceEvent::Sign(dir) => self.sign_if_due(dir, net, schedule),
            DanceEvent::Arrive(dir) => self.arrive(dir, net, schedule),
            DanceEvent::LockIn(dir) => self.lock_in(dir, schedule, locked),
        }
    }

    /// Queues an update by the sender of `dir`, and has it signed in time. Updates of the same moment
    /// are signed together: the signature is an event of its own, even when it is due at once.
    pub(super) fn queue(
        &mut self,
        dir: DirectedChannel,
        htlc: HtlcId,
        schedule: &mut impl Schedule<DanceEvent>,
    ) {
        let side = dir.from_side();
        if let Some(before) = self.start_dance(dir.channel()).ends[side.index()].join(htlc) {
            self.htlcs.get_mut(before.0).next = htlc;
        }
        let htlc = self.htlcs.get_mut(htlc.0);
        let outputs = htlc.outputs(if htlc.status == Status::Offered { 1 } else { -1 });
        let batching = self.terms[dir.channel().index()].batching[side.index()];
        let at = self.active(dir.channel()).queue(side, outputs, schedule.now(), batching);
        if let Some(at) = at {
            schedule.at(at, DanceEvent::Sign(dir));
        }
    }

    /// A batch may have been signed before its time, with what was owed: then nothing is due.
    fn sign_if_due(
        &mut self,
        dir: DirectedChannel,
        net: &mut impl Link,
        schedule: &mut impl Schedule<DanceEvent>,
    ) {
        let now = schedule.now();
        let dance = self.dance(dir.channel());
        if dance.and_then(|dance| dance.next_signature(dir.from_side(), now)) == Some(now) {
            self.sign(dir, net, schedule);
        }
    }

    /// The sender of `dir` signs, and the message leaves when its server is done.
    fn sign(
        &mut self,
        dir: DirectedChannel,
        net: &mut impl Link,
        schedule: &mut impl Schedule<DanceEvent>,
    ) {
        let dance = self.active(dir.channel());
        dance.sign(dir.from_side());
        let signed = net.sign(dir, dance.signatures(dir.from_side()), schedule.now());
        let raw = signed + net.delay(dir, signed);
        let at = dance.ends[dir.from_side().index()].deliver(raw);
        schedule.at(at, DanceEvent::Arrive(dir));
    }

    /// The receiver of `dir` checks the signature, then revokes, and signs back what it owes if it may.
    fn arrive(
        &mut self,
        dir: DirectedChannel,
        net: &mut impl Link,
        schedule: &mut impl Schedule<DanceEvent>,
    ) {
        let (signer, now) = (dir.from_side(), schedule.now());
        let dance = self.active(dir.channel());
        if dance.ends[signer.index()].signature == Signature::Sent {
            let checked = net.verify(dir, dance.signatures(signer), now);
            if checked > now {
                dance.ends[signer.index()].check_until(checked);
                schedule.at(checked, DanceEvent::Arrive(dir));
                return;
            }
        }
        dance.accept(signer, now);
        let holder = signer.other();
        self.numbers[dir.channel().index()].current[holder.index()] += 1;
        let raw = now + net.delay(dir.reverse(), now);
        let dance = self.active(dir.channel());
        let at = dance.ends[holder.index()].deliver(raw);
        schedule.at(at, DanceEvent::LockIn(dir));
        self.sign_if_due(dir.reverse(), net, schedule);
    }

    /// The revocation reaches the sender of `dir`: the peer's updates that it had signed back are
    /// irrevocable, and it may sign again.
    fn lock_in(
        &mut self,
        dir: DirectedChannel,
        schedule: &mut impl Schedule<DanceEvent>,
        locked: &mut Vec<Locked>,
    ) {
        let (side, channel) = (dir.from_side(), dir.channel());
        let peer = self.active(channel).ends[side.other().index()];
        if let Some(until) = peer.checked_until() {
            schedule.at(until, DanceEvent::LockIn(dir));
            return;
        }
        self.numbers[channel.index()].revoked[side.other().index()] += 1;
        for _ in 0..self.active(channel).settle(side) {
            locked.push(self.lock_in_oldest(channel, side.other()));
        }
        let dance = self.active(channel);
        if let Some(at) = dance.next_signature(side, schedule.now()) {
            schedule.at(at, DanceEvent::Sign(dir));
        }
        if dance.is_over() {
            self.end_dance(channel);
        }
    }

    /// Takes the oldest update of a side out of its line; it is irrevocable now.
    fn lock_in_oldest(&mut self, channel: ChannelId, side: Side) -> Locked {
        let end = &mut self.active(channel).ends[side.index()];
        let id = end.oldest().expect("stages count the updates in the line");
        let htlc = *self.htlcs.get(id.0);
        self.active(channel).ends[side.index()].leave(htlc.next);
        let kind = match htlc.status {
            Status::Offered => {
                self.htlcs.get_mut(id.0).status = Status::Committed;
                LockedKind::Added
            }
            Status::Fulfilling => {
                self.finish(id);
                LockedKind::Fulfilled
            }
            Status::Failing => {
                self.finish(id);
                LockedKind::Failed
            }
            Status::Committed => {
                panic!("HTLC {} was locked in while {:?} (H1)", id.0, htlc.status)
            }
        };
        Locked { htlc: id, tag: htlc.tag, kind }
    }

    /// The dance under way on a channel, if any.
    pub(super) fn dance(&self, channel: ChannelId) -> Option<&Dance> {
        self.states[channel.index()].dance.map(|key| self.dances.get(key))
    }

    /// The dance under way on a channel that has one.
    fn active(&mut self, channel: ChannelId) -> &mut Dance {
        let key = self.states[channel.index()].dance.expect("messages are under way");
        self.dances.get_mut(key)
    }

    /// The dance of a channel; starts one if the channel is at rest.
    fn start_dance(&mut self, channel: ChannelId) -> &mut Dance {
        let state = &mut self.states[channel.index()];
        let outputs = state.untrimmed;
        let key = *state.dance.get_or_insert_with(|| self.dances.insert(Dance::new(outputs)));
        self.dances.get_mut(key)
    }

    fn end_dance(&mut self, channel: ChannelId) {
        let key = self.states[channel.index()].dance.take();
        self.dances.remove(key.expect("a dance that ends was under way"));
        self.record_rest(channel);
    }
}
