//! What going down and coming back does to channels, HTLCs and gossip; see [`super::availability`].

use crate::channel::DanceEvent;
use crate::ids::{ChannelId, DirectedChannel, NodeId, PartId};
use crate::lightning::topology::availability::NodeEvent;
use crate::lightning::transport::wire::key;
use crate::lightning::{Context, Event, HtlcEvent, Lightning};
use crate::units::SimDuration;

impl Lightning {
    /// Draws the first change of every node, and schedules the outages.
    pub(in crate::lightning) fn schedule_nodes(&mut self, cx: &mut Context<'_>) {
        let Some(availability) = &mut self.availability else { return };
        for (number, outage) in (0..).zip(&availability.nodes.params().outages) {
            cx.queue.push(outage.start, Event::Node(NodeEvent::OutageStart(number)));
            let end = outage.start + outage.duration;
            cx.queue.push(end, Event::Node(NodeEvent::OutageEnd(number)));
        }
        for node in availability.nodes.node_ids() {
            if availability.nodes.starts_down(node) {
                availability.nodes.switch(node, cx.now);
            }
            if let Some(time) = availability.nodes.draw(node) {
                cx.queue.push(cx.now + time, Event::Node(NodeEvent::Switch(node)));
            }
        }
        for node in availability.nodes.node_ids().filter(|&node| availability.nodes.is_down(node)) {
            // Down for long, as far as anybody knows.
            let epoch = availability.nodes.epoch(node);
            cx.queue.push(cx.now, Event::Node(NodeEvent::Disabled { node, epoch }));
        }
    }

    /// Something is due.
    pub(in crate::lightning) fn node_event(&mut self, event: NodeEvent, cx: &mut Context<'_>) {
        let Some(availability) = &mut self.availability else { return };
        match event {
            NodeEvent::Switch(node) => {
                let changed = availability.nodes.switch(node, cx.now);
                if let Some(time) = availability.nodes.draw(node) {
                    cx.queue.push(cx.now + time, Event::Node(NodeEvent::Switch(node)));
                }
                if changed {
                    self.node_changed(node, cx);
                }
            }
            NodeEvent::OutageStart(outage) => self.outage(outage, true, cx),
            NodeEvent::OutageEnd(outage) => self.outage(outage, false, cx),
            NodeEvent::Disabled { node, epoch } => {
                if availability.nodes.epoch(node) == epoch {
                    self.flag_channels_to(node, true);
                }
            }
            NodeEvent::Enabled { node, epoch } => {
                if availability.nodes.epoch(node) == epoch {
                    self.flag_channels_to(node, false);
                }
            }
        }
    }

    fn outage(&mut self, outage: u16, begins: bool, cx: &mut Context<'_>) {
        let Some(availability) = &mut self.availability else { return };
        let hit =
            availability.nodes.node_ids().filter(|&node| availability.nodes.is_hit(outage, node));
        let hit: Vec<_> = hit.collect();
        for node in hit {
            let Some(availability) = &mut self.availability else { return };
            if availability.nodes.outage(node, begins, cx.now) {
                self.node_changed(node, cx);
            }
        }
    }

    /// A node has gone down or come up.
    pub(in crate::lightning) fn node_changed(&mut self, node: NodeId, cx: &mut Context<'_>) {
        let Some(availability) = &mut self.availability else { return };
        let (epoch, params) = (availability.nodes.epoch(node), availability.nodes.params());
        if availability.nodes.is_down(node) {
            let at = cx.now + params.disable_after + params.gossip_delay;
            cx.queue.push(at, Event::Node(NodeEvent::Disabled { node, epoch }));
            return;
        }
        let at = cx.now + params.enable_after + params.gossip_delay;
        cx.queue.push(at, Event::Node(NodeEvent::Enabled { node, epoch }));
        for event in availability.waiting.remove(&node).unwrap_or_default() {
            cx.queue.push(cx.now, event);
        }
        let own: Vec<_> = self.world.own(node).to_vec();
        for direction in own {
            if self.is_connected(direction.channel()) {
                self.reconnected(direction, cx);
            }
        }
    }

    /// Both ends are up again: after `channel_reestablish` has gone both ways, what waited goes on.
    fn reconnected(&mut self, direction: DirectedChannel, cx: &mut Context<'_>) {
        /// Numbers of delays that no message of the dance has.
        const FIRST: u64 = 1 << 62;
        let Some(availability) = &mut self.availability else { return };
        let Some(parked) = availability.parked.remove(&direction.channel()) else { return };
        if self.channels.is_closed(direction.channel()) {
            // It went to the chain meanwhile: what waited in it is decided there.
            return;
        }
        availability.reconnections += 1;
        let number = FIRST + availability.reconnections;
        let ends = [self.world.network.source(direction), self.world.network.target(direction)];
        let one_way = |[from, to]: [NodeId; 2], direction: DirectedChannel| {
            self.delays.of_link([from, to], key(&self.world.network, direction), number)
        };
        let there = one_way(ends, direction);
        let back = one_way([ends[1], ends[0]], direction.reverse());
        let at = cx.now + there.max(back) + SimDuration(1);
        for event in parked {
            if let Event::Htlc(HtlcEvent::Preimage { part, hop }) = event {
                let timer = cx.queue.push_timer(at, event);
                self.parts.get_mut(part.0).legs[usize::from(hop)].preimage = Some(timer);
            } else {
                cx.queue.push(at, event);
            }
        }
    }

    /// Whether an event must wait, because a channel is disconnected or a node is down; it is put
    /// aside then.
    pub(in crate::lightning) fn parks(&mut self, event: Event) -> bool {
        if self.availability.as_ref().is_none_or(|availability| availability.nodes.down() == 0) {
            return false;
        }
        let channel = match event {
            Event::Htlc(
                HtlcEvent::Arrived { part, hop }
                | HtlcEvent::Preimage { part, hop }
                | HtlcEvent::Failed { part, hop },
            ) => self.parts.get(part.0).legs[usize::from(hop)].hop.channel.channel(),
            Event::Dance(
                DanceEvent::Sign(direction)
                | DanceEvent::Arrive(direction)
                | DanceEvent::LockIn(direction),
            ) => direction.channel(),
            Event::Htlc(HtlcEvent::Answered { part }) => {
                let last = self.parts.get(part.0).legs.last().expect("it has arrived somewhere");
                let payee = self.world.network.target(last.hop.channel);
                return self.parks_for(payee, event);
            }
            Event::Htlc(HtlcEvent::Tunnelled { .. })
            | Event::Attack(_)
            | Event::Chain(_)
            | Event::Node(_) => return false,
        };
        if self.is_connected(channel) {
            return false;
        }
        let Some(availability) = &mut self.availability else { return false };
        availability.parked.entry(channel).or_default().push(event);
        true
    }

    /// A part's answer is not wanted any more, should its payee be down and it wait for that.
    pub(in crate::lightning) fn forget_answer(&mut self, payee: NodeId, part: PartId) {
        let Some(availability) = &mut self.availability else { return };
        if let Some(waiting) = availability.waiting.get_mut(&payee) {
            waiting.retain(|event| *event != Event::Htlc(HtlcEvent::Answered { part }));
        }
    }

    fn parks_for(&mut self, node: NodeId, event: Event) -> bool {
        let Some(availability) = &mut self.availability else { return false };
        let is_down = availability.nodes.is_down(node);
        if is_down {
            availability.waiting.entry(node).or_default().push(event);
        }
        is_down
    }

    /// Whether a node is down.
    pub(in crate::lightning) fn is_down(&self, node: NodeId) -> bool {
        self.availability.as_ref().is_some_and(|availability| availability.nodes.is_down(node))
    }

    /// Whether both ends of a channel are up.
    pub(in crate::lightning) fn is_connected(&self, channel: ChannelId) -> bool {
        let nodes = self.availability.as_ref();
        nodes.is_none_or(|nodes| nodes.nodes.connects(self.world.network.ends(channel)))
    }

    /// Gossip tells that the peers of a node have disabled their directions to it, or enabled them.
    fn flag_channels_to(&mut self, node: NodeId, disable: bool) {
        let Some(availability) = &mut self.availability else { return };
        let mut changed = false;
        for direction in self.world.own(node).iter().map(|direction| direction.reverse()) {
            let is_new = if disable {
                availability.disabled.insert(direction)
            } else {
                availability.disabled.remove(&direction)
            };
            changed |= is_new;
        }
        if changed {
            let channels: Vec<_> = self.world.own(node).iter().map(|d| d.channel()).collect();
            self.show(&channels);
        }
    }
}
