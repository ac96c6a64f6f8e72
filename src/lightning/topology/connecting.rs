//! What going down and coming back does to channels, HTLCs and gossip; see [`super::availability`].

use crate::ids::{DirectedChannel, NodeId};
use crate::lightning::core::Core;
use crate::lightning::event::{Context, Event, NodeEvent};
use crate::lightning::owed::{Obligation, Owed};
use crate::lightning::topology::availability::Availability;
use crate::lightning::transport::latency::Delays;
use crate::units::SimDuration;

impl Availability {
    /// Draws the first change of every node, and schedules the outages.
    pub(in crate::lightning) fn schedule(&mut self, cx: &mut Context<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        for (number, outage) in (0..).zip(&nodes.params().outages) {
            cx.queue.push(outage.start, Event::Node(NodeEvent::OutageStart(number)));
            let end = outage.start + outage.duration;
            cx.queue.push(end, Event::Node(NodeEvent::OutageEnd(number)));
        }
        for node in nodes.node_ids() {
            if nodes.starts_down(node) {
                nodes.switch(node, cx.now);
            }
            if let Some(time) = nodes.draw(node) {
                cx.queue.push(cx.now + time, Event::Node(NodeEvent::Switch(node)));
            }
        }
        for node in nodes.node_ids().filter(|&node| nodes.is_down(node)) {
            // Down for long, as far as anybody knows.
            let epoch = nodes.epoch(node);
            cx.queue.push(cx.now, Event::Node(NodeEvent::Disabled { node, epoch }));
        }
    }

    /// Something is due. Returns the node whose channels gossip tells to be disabled, or enabled.
    pub(in crate::lightning) fn handle(
        &mut self,
        event: NodeEvent,
        core: &Core,
        delays: &Delays,
        owed: &mut Owed,
        cx: &mut Context<'_>,
    ) -> Option<(NodeId, bool)> {
        let nodes = self.nodes.as_mut()?;
        match event {
            NodeEvent::Switch(node) => {
                let changed = nodes.switch(node, cx.now);
                if let Some(time) = nodes.draw(node) {
                    cx.queue.push(cx.now + time, Event::Node(NodeEvent::Switch(node)));
                }
                if changed {
                    self.changed(node, core, delays, owed, cx);
                }
            }
            NodeEvent::OutageStart(outage) => self.begin_outage(outage, true, owed),
            NodeEvent::OutageEnd(outage) => self.begin_outage(outage, false, owed),
            NodeEvent::Disabled { node, epoch } => {
                return (nodes.epoch(node) == epoch).then_some((node, true));
            }
            NodeEvent::Enabled { node, epoch } => {
                return (nodes.epoch(node) == epoch).then_some((node, false));
            }
        }
        None
    }

    /// An outage begins, or ends: one node after another.
    fn begin_outage(&self, outage: u16, begins: bool, owed: &mut Owed) {
        let Some(nodes) = &self.nodes else { return };
        for node in nodes.node_ids().filter(|&node| nodes.is_hit(outage, node)) {
            owed.add(Obligation::Outage { node, begins });
        }
    }

    /// An outage takes hold of a node, or lets it go.
    pub(in crate::lightning) fn outage(
        &mut self,
        (node, begins): (NodeId, bool),
        core: &Core,
        delays: &Delays,
        owed: &mut Owed,
        cx: &mut Context<'_>,
    ) {
        let Some(nodes) = &mut self.nodes else { return };
        if nodes.outage(node, begins, cx.now) {
            self.changed(node, core, delays, owed, cx);
        }
    }

    /// A node does not answer any more, for good. It still watches the chain.
    pub(in crate::lightning) fn silence(
        &mut self,
        node: NodeId,
        core: &Core,
        delays: &Delays,
        owed: &mut Owed,
        cx: &mut Context<'_>,
    ) {
        let Some(nodes) = &mut self.nodes else { return };
        if nodes.silence(node, cx.now) {
            self.changed(node, core, delays, owed, cx);
        }
    }

    /// A node has gone down or come up.
    fn changed(
        &mut self,
        node: NodeId,
        core: &Core,
        delays: &Delays,
        owed: &mut Owed,
        cx: &mut Context<'_>,
    ) {
        let Some(nodes) = &self.nodes else { return };
        let (epoch, params) = (nodes.epoch(node), nodes.params());
        if nodes.is_down(node) {
            let at = cx.now + params.disable_after + params.gossip_delay;
            cx.queue.push(at, Event::Node(NodeEvent::Disabled { node, epoch }));
            return;
        }
        let at = cx.now + params.enable_after + params.gossip_delay;
        cx.queue.push(at, Event::Node(NodeEvent::Enabled { node, epoch }));
        for event in self.waiting.remove(&node).unwrap_or_default() {
            cx.queue.push(cx.now, event);
        }
        for &direction in core.world.own(node) {
            if self.is_connected(core, direction.channel()) {
                self.reconnected(direction, core, delays, owed, cx);
            }
        }
    }

    /// Both ends are up again: after `channel_reestablish` has gone both ways, what waited goes on.
    fn reconnected(
        &mut self,
        direction: DirectedChannel,
        core: &Core,
        delays: &Delays,
        owed: &mut Owed,
        cx: &Context<'_>,
    ) {
        let Some(parked) = self.parked.remove(&direction.channel()) else { return };
        if core.channels.is_closed(direction.channel()) {
            // It went to the chain meanwhile: what waited in it is decided there.
            return;
        }
        let network = &core.world.network;
        let there = delays.of_message(network, direction, cx.now);
        let back = delays.of_message(network, direction.reverse(), cx.now);
        let at = cx.now + there.max(back) + SimDuration(1);
        for event in parked {
            owed.add(Obligation::Resume { event, at });
        }
    }
}
