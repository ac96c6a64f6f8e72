//! A channel as BOLT 2 describes it: two nodes that share nothing and send each other messages, one
//! event per message. Slow and plain on purpose.

use std::collections::{BTreeMap, BTreeSet};

use leyden::channel::{Batching, Link, LockedKind, Terms};
use leyden::engine::EventQueue;
use leyden::ids::Side;
use leyden::units::{Msat, SimTime};

use crate::world::{Machine, Network, from};

/// Where an update is, in the words of BOLT 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Pending on the receiver.
    Pending,
    /// In the receiver's latest commitment.
    OnReceiver,
    /// In it, and the receiver's previous commitment is revoked; pending on the sender.
    ReceiverRevoked,
    /// In the sender's latest commitment too. The fifth state, the sender's previous commitment being
    /// revoked, takes the update off the list.
    OnSender,
}

#[derive(Clone, Copy, Debug)]
struct Update {
    htlc: u64,
    /// What the update is once it is locked in.
    kind: LockedKind,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Message {
    Update(Update),
    /// With the HTLCs on the commitment that it signs.
    CommitmentSigned(BTreeSet<u64>),
    RevokeAndAck,
}

#[derive(Clone, Copy)]
enum Event {
    /// A message reaches a node.
    Deliver(Side, usize),
    /// A node has checked a signature.
    Checked(Side, usize),
    /// A node's time to sign.
    Timer(Side),
}

/// What one node knows.
#[derive(Default)]
struct Node {
    own_updates: Vec<Update>,
    peer_updates: Vec<Update>,
    /// HTLCs on its commitment, and on its peer's as it signed it last.
    own_commitment: BTreeSet<u64>,
    peer_commitment: BTreeSet<u64>,
    own_number: u64,
    peer_number: u64,
    awaits_revocation: bool,
    sign_at: SimTime,
    last_delivery: SimTime,
    /// It takes no message while it checks a signature.
    checks_until: Option<SimTime>,
    unsent: Vec<Update>,
}

/// Both nodes, the messages between them, and the money.
pub(crate) struct Literal {
    nodes: [Node; 2],
    queue: EventQueue<Event>,
    messages: Vec<Message>,
    network: Network,
    terms: Terms,
    balances: [Msat; 2],
    /// Offerer and amount.
    htlcs: BTreeMap<u64, (Side, Msat)>,
}

fn apply(commitment: &mut BTreeSet<u64>, update: Update) {
    match update.kind {
        LockedKind::Added => assert!(commitment.insert(update.htlc)),
        LockedKind::Fulfilled | LockedKind::Failed => assert!(commitment.remove(&update.htlc)),
    }
}

impl Node {
    fn has_to_sign(&self) -> bool {
        self.own_updates.iter().any(|update| update.stage == Stage::Pending) || self.owes()
    }
    fn owes(&self) -> bool {
        self.peer_updates.iter().any(|update| update.stage == Stage::ReceiverRevoked)
    }

    /// Signs everything that may be in the peer's next commitment.
    fn sign(&mut self) {
        for update in &mut self.own_updates {
            if update.stage == Stage::Pending {
                update.stage = Stage::OnReceiver;
                apply(&mut self.peer_commitment, *update);
            }
        }
        for update in &mut self.peer_updates {
            if update.stage == Stage::ReceiverRevoked {
                update.stage = Stage::OnSender;
                apply(&mut self.peer_commitment, *update);
            }
        }
        self.awaits_revocation = true;
        self.peer_number += 1;
    }

    /// Takes a new commitment and revokes the previous one.
    fn accept(&mut self, signed: &BTreeSet<u64>) {
        for update in &mut self.peer_updates {
            if update.stage == Stage::Pending {
                apply(&mut self.own_commitment, *update);
                update.stage = Stage::ReceiverRevoked;
            }
        }
        for update in &mut self.own_updates {
            if update.stage == Stage::ReceiverRevoked {
                apply(&mut self.own_commitment, *update);
                update.stage = Stage::OnSender;
            }
        }
        self.own_updates.retain(|update| update.stage != Stage::OnSender);
        assert_eq!(&self.own_commitment, signed, "both nodes build the same commitment");
        self.own_number += 1;
    }

    /// Learns of the peer's revocation; returns the peer's updates that are irrevocable by it.
    fn settle(&mut self) -> Vec<Update> {
        assert!(self.awaits_revocation);
        self.awaits_revocation = false;
        for update in &mut self.own_updates {
            if update.stage == Stage::OnReceiver {
                update.stage = Stage::ReceiverRevoked;
            }
        }
        let (locked, rest) =
            self.peer_updates.drain(..).partition(|update| update.stage == Stage::OnSender);
        self.peer_updates = rest;
        locked
    }
}

impl Literal {
    pub(crate) fn new(terms: Terms, network: Network) -> Self {
        Self {
            nodes: [Node::default(), Node::default()],
            queue: EventQueue::default(),
            messages: Vec::new(),
            network,
            terms,
            balances: [Msat(terms.capacity.0 * 500); 2],
            htlcs: BTreeMap::new(),
        }
    }

    fn node(&mut self, side: Side) -> &mut Node {
        &mut self.nodes[side.index()]
    }

    /// One signature, and one per HTLC that is not dust for the commitment's owner (anchors).
    fn signatures(&self, owner: Side, commitment: &BTreeSet<u64>) -> u32 {
        let dust = self.terms.dust_limit[owner.index()].0;
        let outputs = commitment.iter().filter(|htlc| self.htlcs[htlc].1.0 / 1_000 >= dust).count();
        1 + u32::try_from(outputs).expect("a script has few HTLCs")
    }

    fn send(&mut self, side: Side, message: Message, at: SimTime) {
        let node = self.node(side);
        node.last_delivery = node.last_delivery.max(at);
        let at = node.last_delivery;
        self.messages.push(message);
        self.queue.push(at, Event::Deliver(side.other(), self.messages.len() - 1));
    }

    fn update(&mut self, now: SimTime, side: Side, htlc: u64, kind: LockedKind) {
        let Batching { delay, cap } = self.terms.batching[side.index()];
        let node = self.node(side);
        let update = Update { htlc, kind, stage: Stage::Pending };
        let mut changed = !node.has_to_sign();
        node.own_updates.push(update);
        node.unsent.push(update);
        if changed {
            node.sign_at = now + delay;
        }
        if node.unsent.len() == usize::from(cap) && node.sign_at > now {
            node.sign_at = now;
            changed = true;
        }
        if changed && !node.awaits_revocation {
            let at = node.sign_at.max(now);
            self.queue.push(at, Event::Timer(side));
        }
    }

    fn sign_if_due(&mut self, now: SimTime, side: Side) {
        let node = self.node(side);
        if node.awaits_revocation || !node.has_to_sign() || node.sign_at > now {
            return;
        }
        node.sign();
        let commitment = node.peer_commitment.clone();
        let updates = std::mem::take(&mut node.unsent);
        let signatures = self.signatures(side.other(), &commitment);
        let signed = self.network.sign(from(side), signatures, now);
        let at = signed + self.network.delay(from(side), signed);
        for update in updates {
            self.send(side, Message::Update(update), at);
        }
        self.send(side, Message::CommitmentSigned(commitment), at);
    }

    fn checked(&mut self, now: SimTime, side: Side, commitment: &BTreeSet<u64>) {
        let node = self.node(side);
        node.checks_until = None;
        node.accept(commitment);
        let at = now + self.network.delay(from(side), now);
        self.send(side, Message::RevokeAndAck, at);
        let node = self.node(side);
        if node.owes() {
            node.sign_at = node.sign_at.min(now);
            self.sign_if_due(now, side);
        }
    }

    fn settle(&mut self, now: SimTime, side: Side) -> Vec<(u64, LockedKind)> {
        let locked = self.node(side).settle();
        for update in &locked {
            let (offerer, amount) = self.htlcs[&update.htlc];
            match update.kind {
                LockedKind::Added => {}
                LockedKind::Fulfilled => self.balances[offerer.other().index()] += amount,
                LockedKind::Failed => self.balances[offerer.index()] += amount,
            }
        }
        let node = self.node(side);
        if node.has_to_sign() {
            let at = node.sign_at.max(now);
            self.queue.push(at, Event::Timer(side));
        }
        locked.into_iter().map(|update| (update.htlc, update.kind)).collect()
    }
}

impl Machine for Literal {
    fn next_time(&self) -> Option<SimTime> {
        self.queue.next_time()
    }

    fn step(&mut self) -> Vec<(u64, LockedKind)> {
        let (now, event) = self.queue.pop().expect("an event is pending");
        let (side, index, is_checked) = match event {
            Event::Timer(side) => {
                self.sign_if_due(now, side);
                return Vec::new();
            }
            Event::Deliver(side, index) => {
                if let Some(until) = self.node(side).checks_until {
                    self.queue.push(until, Event::Deliver(side, index));
                    return Vec::new();
                }
                (side, index, false)
            }
            Event::Checked(side, index) => (side, index, true),
        };
        match self.messages[index].clone() {
            Message::Update(update) => self.node(side).peer_updates.push(update),
            Message::CommitmentSigned(commitment) if is_checked => {
                self.checked(now, side, &commitment);
            }
            Message::CommitmentSigned(commitment) => {
                let signatures = self.signatures(side, &commitment);
                let at = self.network.verify(from(side.other()), signatures, now);
                if at > now {
                    self.node(side).checks_until = Some(at);
                    self.queue.push(at, Event::Checked(side, index));
                } else {
                    self.checked(now, side, &commitment);
                }
            }
            Message::RevokeAndAck => return self.settle(now, side),
        }
        Vec::new()
    }

    fn offer(&mut self, now: SimTime, from: Side, tag: u64, amount: Msat) {
        let balance = &mut self.balances[from.index()];
        if let Some(rest) = balance.checked_sub(amount) {
            *balance = rest;
            self.htlcs.insert(tag, (from, amount));
            self.update(now, from, tag, LockedKind::Added);
        }
    }

    fn remove(&mut self, now: SimTime, tag: u64, fulfil: bool) {
        let receiver = self.htlcs[&tag].0.other();
        let kind = if fulfil { LockedKind::Fulfilled } else { LockedKind::Failed };
        self.update(now, receiver, tag, kind);
    }

    fn balances(&self) -> [Msat; 2] {
        self.balances
    }
    fn numbers(&self) -> [u64; 2] {
        [self.nodes[0].own_number, self.nodes[1].own_number]
    }
    fn network(&self) -> &Network {
        &self.network
    }
}
