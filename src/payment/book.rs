//! The record of a pending payment and of its parts.

use serde::{Deserialize, Serialize};

use crate::channel::HtlcId;
use crate::engine::TimerId;
use crate::ids::{DirectedChannel, PartId, PaymentId};
use crate::outcome::{Failure, OnionError, Shortage};
use crate::payment::attack_payment::AttackPayment;
use crate::routing::Hop;
use crate::units::{BlockHeight, Msat, SimTime};
use crate::workload::Demand;

/// A pending payment. Its many fields are its row in the making: each is a column, or what one is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// The demand.
    pub demand: Demand,
    /// Its place in the stream of demands: the key of its random draws.
    pub number: u64,
    /// On whose behalf it is made, where the workload does not ask for it.
    pub attack_payment: Option<AttackPayment>,
    /// SHA-256 of the preimage.
    pub lock: [u8; 32],
    /// HTLC sets sent.
    pub attempts: u32,
    /// Path searches.
    pub searches: u32,
    /// Parts sent; at least one, also where that could not be sent.
    pub parts: u32,
    /// Parts that are neither settled nor given up.
    pub parts_open: u32,
    /// Parts that are open or still have an HTLC in a channel.
    pub parts_alive: u32,
    /// Parts that have been sent and are not back at the payer.
    pub parts_under_way: u32,
    /// Their fees.
    pub fee_under_way: Msat,
    /// Parts that wait at the payee for others, in the order in which they came.
    pub held: Vec<PartId>,
    /// Channels of the longest route that settled.
    pub hops: Option<u32>,
    /// Channels of the last route tried.
    pub tried_hops: Option<u32>,
    /// Fees of the parts settled.
    pub fee: Msat,
    /// Upfront fees, paid whether attempts succeed or not.
    pub upfront: Msat,
    /// Parts whose preimage the payee has released.
    pub parts_released: u32,
    /// When it released the last of them; meaningless while there is none.
    pub released_at: SimTime,
    /// When the payer got the last preimage.
    pub payer_known: Option<SimTime>,
    /// When the last removal was locked in on a payee's hop.
    pub final_at: Option<SimTime>,
    /// Why it was given up.
    pub failure: Option<Failure>,
    /// Where channels held too little, since when.
    pub shortage: Option<Shortage>,
    /// The last error reported to the payer.
    pub last_error: Option<OnionError>,
    /// Whether it was possible when it was asked for; `None`: nobody looked.
    pub feasible: Option<bool>,
    /// Directions whose updated policy arrived with an error.
    pub learnt: Vec<DirectedChannel>,
    /// Directions that failed this payment, for senders without a memory of their own.
    pub avoid: Vec<DirectedChannel>,
}

impl Payment {
    /// A payment before its first search.
    pub const fn new(demand: Demand, number: u64, lock: [u8; 32]) -> Self {
        Self {
            demand,
            number,
            attack_payment: None,
            lock,
            attempts: 0,
            searches: 0,
            parts: 0,
            parts_open: 0,
            parts_alive: 0,
            parts_under_way: 0,
            fee_under_way: Msat::ZERO,
            held: Vec::new(),
            hops: None,
            tried_hops: None,
            fee: Msat::ZERO,
            upfront: Msat::ZERO,
            parts_released: 0,
            released_at: SimTime::ZERO,
            payer_known: None,
            final_at: None,
            failure: None,
            shortage: None,
            last_error: None,
            feasible: None,
            learnt: Vec::new(),
            avoid: Vec::new(),
        }
    }

    /// A part with this fee is back at the payer.
    pub fn no_longer_under_way(&mut self, fee: Msat) {
        self.parts_under_way -= 1;
        self.fee_under_way -= fee;
    }

    /// Remembers that `direction` failed this payment.
    pub fn shun(&mut self, direction: DirectedChannel) {
        if let Err(place) = self.avoid.binary_search(&direction) {
            self.avoid.insert(place, direction);
        }
    }
}

/// One HTLC of a part: the hop, and the HTLC while it is in the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Channel, amount and expiry.
    pub hop: Hop,
    /// The HTLC, from offering to removal.
    pub htlc: Option<HtlcId>,
    /// The preimage's arrival at the offerer, while it is on its way.
    pub preimage: Option<TimerId>,
    /// Whether the offerer has the preimage.
    pub known: bool,
    /// Whether the HTLC went to the chain with its channel.
    pub on_chain: bool,
}

impl Leg {
    /// A hop before its HTLC is offered.
    pub const fn new(hop: Hop) -> Self {
        Self { hop, htlc: None, preimage: None, known: false, on_chain: false }
    }
}

/// A part of a payment: an amount that is tried on one route after another. Flat, because every step of an HTLC
/// reads most of its fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The payment it belongs to.
    pub payment: PaymentId,
    /// Its number within the payment, from 0.
    pub number: u32,
    /// What the payee is to receive of it.
    pub amount: Msat,
    /// Attempts of this part so far.
    pub attempts: u32,
    /// The payment's attempt number of the one under way, from 1.
    pub attempt: u32,
    /// When it was sent.
    pub sent: SimTime,
    /// The block height at that time; expiries of the route are relative to it.
    pub height: BlockHeight,
    /// The timer of the payee's answer, while it holds the HTLC.
    pub answer: Option<TimerId>,
    /// The route, from the payer on; empty before the first attempt.
    pub legs: Vec<Leg>,
    /// HTLCs of it that are in a channel.
    pub htlcs: u32,
    /// Whether the payer still waits for a result or will try again.
    pub open: bool,
    /// Where its preimage went past nodes of the route.
    pub tunnel: Option<Tunnel>,
    /// The error that travels back, and the index on the route of the node that raised it; 0 is the payer.
    pub error: Option<(OnionError, u32)>,
}

/// A preimage that went from one node of a route to another, past those in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tunnel {
    /// Channels from the payer to the node that had it.
    pub from: u8,
    /// Channels from the payer to the node that got it.
    pub to: u8,
}

impl Part {
    /// What the payer sends beyond the amount.
    pub fn fee(&self) -> Msat {
        self.legs.first().map_or(Msat::ZERO, |leg| leg.hop.amount) - self.amount_on_route()
    }

    fn amount_on_route(&self) -> Msat {
        self.legs.last().map_or(Msat::ZERO, |leg| leg.hop.amount)
    }
}
