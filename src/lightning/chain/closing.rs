//! One channel on its way through the chain: its transactions, outputs, and who gets what.

use serde::{Deserialize, Serialize};

use crate::chain::bitcoin::{OutPoint, TxId};
use crate::channel::{CommitmentHtlc, CommitmentSnapshot, HtlcOffCommitment, Outputs, Terms};
use crate::ids::{ChannelId, NodeId, Side};
use crate::outcome::{CloseCause, CloseKind};
use crate::rows::ClosureRow;
use crate::units::{BlockHeight, FeeRate, Msat, Sat, SimDuration, SimTime, Weight};

/// A channel that goes or went to the chain. Its many fields are the row of `closures.csv` in the making, and what its
/// transactions are made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Closing {
    pub(super) channel: ChannelId,
    pub(super) ends: [NodeId; 2],
    pub(super) terms: Terms,
    /// Delay that each side's own money has on its own commitment (`to_self_delay` of its peer).
    pub(super) delay: [u16; 2],
    pub(super) kind: CloseKind,
    pub(super) cause: CloseCause,
    /// Whose commitment it is; for a cooperative close, who asked for it.
    pub(super) owner: Side,
    pub(super) number: u32,
    pub(super) decided: SimTime,
    pub(super) funding: OutPoint,
    pub(super) htlcs: Vec<CommitmentHtlc>,
    /// HTLCs that the commitment does not hold; told when it is buried.
    pub(super) off_commitment: Vec<HtlcOffCommitment>,
    /// Outputs of the closing transaction, then those of second stages.
    pub(super) outputs: Vec<Output>,
    /// Weight and fee of the closing transaction.
    pub(super) weight: Weight,
    pub(super) fee: Sat,
    /// The closing transaction while it waits, and the child that pays for it.
    pub(super) waiting: Option<TxId>,
    pub(super) child: Option<TxId>,
    pub(super) child_bid: FeeRate,
    pub(super) broadcast: Option<BlockHeight>,
    pub(super) confirmed: Option<BlockHeight>,
    /// When that was seen.
    pub(super) confirmed_at: SimTime,
    /// When the last output was spent.
    pub(super) resolved: Option<BlockHeight>,
    /// Until when each side neither sees nor does anything.
    pub(super) absent: [SimTime; 2],
    /// A watchtower of the side whose peer published a revoked commitment.
    pub(super) tower: Option<Tower>,
    pub(super) tally: Tally,
}

/// What a watchtower does for a side that is absent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::lightning) struct Tower {
    /// From the commitment's block to its answer.
    pub(in crate::lightning) delay: SimDuration,
    /// Until when it is down.
    pub(in crate::lightning) down_until: SimTime,
    /// What it bids: fixed when it was told of the state (lnd's policy).
    pub(in crate::lightning) feerate: FeeRate,
    /// Share of what it takes that it may pay for it.
    pub(in crate::lightning) budget: f64,
}

/// What became known of a revoked commitment, and of the answer to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::lightning) struct BreachTimeline {
    pub(in crate::lightning) confirmed: Option<BlockHeight>,
    /// When somebody noticed it.
    pub(in crate::lightning) detected: Option<SimTime>,
    pub(in crate::lightning) by_tower: bool,
    /// When the answer was relayed first, and what it bid last.
    pub(in crate::lightning) sent: Option<SimTime>,
    pub(in crate::lightning) feerate: FeeRate,
    /// Height of the answer's block.
    pub(in crate::lightning) mined: Option<BlockHeight>,
}

/// An output that somebody can claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Output {
    pub(super) kind: OutputKind,
    pub(super) value: Sat,
    /// Where it is, once it is confirmed.
    pub(super) at: Option<(OutPoint, BlockHeight)>,
    /// The claim of each side that waits, and its bid.
    pub(super) claims: [Option<(TxId, FeeRate)>; 2],
    /// Who spent it, and in which block.
    pub(super) spent: Option<(Side, BlockHeight)>,
    /// Nobody will spend it: it costs more than it brings.
    pub(super) abandoned: bool,
    /// Whether the system has been told of the end of its HTLC.
    pub(super) reported: bool,
    /// Whether it was told because its preimage stood in a block.
    pub(super) read: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum OutputKind {
    /// The balance of a side.
    Balance(Side),
    /// The anchor of a side.
    Anchor(Side),
    /// An HTLC: its number in [`Closing::htlcs`].
    Htlc(u16),
    /// What the owner's second stage made of an HTLC: delayed.
    Second(u16),
}

/// What it cost and brought so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) start: [Msat; 2],
    /// What came to the wallet of each side.
    pub(super) receipts: [Sat; 2],
    /// Fees paid out of wallets.
    pub(super) from_wallet: [Sat; 2],
    /// All fees of each side.
    pub(super) fees: [Msat; 2],
    pub(super) rounding: [Msat; 2],
    pub(super) loss: Msat,
    pub(super) loser: Option<Side>,
    pub(super) trimmed: u16,
    pub(super) timed_out: u16,
    pub(super) claimed: u16,
    pub(super) penalised: u16,
    pub(super) weight: Weight,
}

/// Why a channel is closed, and when.
#[derive(Clone, Copy, Debug)]
pub(in crate::lightning) struct Decision {
    pub(in crate::lightning) channel: ChannelId,
    pub(in crate::lightning) ends: [NodeId; 2],
    pub(in crate::lightning) delay: [u16; 2],
    pub(in crate::lightning) kind: CloseKind,
    pub(in crate::lightning) cause: CloseCause,
    /// When somebody wanted that: by agreement, before the HTLCs in it had ended.
    pub(in crate::lightning) decided: SimTime,
    pub(in crate::lightning) now: SimTime,
}

impl Output {
    const fn new(kind: OutputKind, value: Sat) -> Self {
        let claims = [None; 2];
        Self {
            kind,
            value,
            at: None,
            claims,
            spent: None,
            abandoned: false,
            reported: false,
            read: false,
        }
    }
}

impl Closing {
    /// A unilateral close by the commitment of `snapshot.owner`, before it is published.
    pub(super) fn unilateral(
        decision: &Decision,
        terms: Terms,
        snapshot: CommitmentSnapshot,
        funding: OutPoint,
        start: [Msat; 2],
    ) -> Self {
        let Outputs { balance, anchors, htlcs, weight, fee, paid } = snapshot.outputs(&terms);
        let mut closing = Self::blank(decision, terms, funding, snapshot.owner, start);
        closing.number = snapshot.number;
        (closing.weight, closing.fee) = (weight, fee);
        closing.tally.weight = weight;
        for side in Side::BOTH {
            let (kind, value) = (OutputKind::Balance(side), balance[side.index()]);
            closing.add_output(kind, value);
            let rest = snapshot.balance[side.index()].get() % 1_000;
            closing.tally.rounding[side.index()] += Msat(rest);
            let anchors: Sat =
                if side == terms.opener { anchors.iter().copied().sum() } else { Sat::ZERO };
            // Anchors that nobody spends are the opener's cost, see `charge_leftovers`.
            closing.tally.fees[side.index()] += paid[side.index()] - Msat(rest) - anchors.to_msat();
        }
        for side in Side::BOTH {
            closing.add_output(OutputKind::Anchor(side), anchors[side.index()]);
        }
        closing.htlcs = snapshot.htlcs;
        closing.off_commitment = snapshot.off_commitment;
        for (number, &value) in (0..).zip(&htlcs) {
            let htlc = closing.htlcs[usize::from(number)];
            let rest = Msat(htlc.amount.get() % 1_000);
            closing.tally.rounding[htlc.from.index()] += rest;
            if value == Sat::ZERO {
                closing.tally.trimmed += 1;
                closing.trimmed_away(htlc, rest);
            } else {
                closing.add_output(OutputKind::Htlc(number), value);
            }
        }
        closing
    }

    /// The money of a trimmed HTLC is fee; its receiver's loss if it has the preimage.
    fn trimmed_away(&mut self, htlc: CommitmentHtlc, rest: Msat) {
        self.tally.fees[htlc.from.index()] += htlc.amount - rest;
        if htlc.fulfilled {
            self.tally.loss += htlc.amount;
            self.tally.loser = Some(htlc.from.other());
        }
    }

    /// A close by agreement: both get their balance, the opener pays the fee.
    pub(super) fn cooperative(
        decision: &Decision,
        terms: Terms,
        funding: OutPoint,
        (by, start, fee): (Side, [Msat; 2], Sat),
    ) -> Self {
        let mut closing = Self::blank(decision, terms, funding, by, start);
        let mut balance = start.map(Msat::to_sat_floor);
        let opener = terms.opener.index();
        balance[opener] = balance[opener].saturating_sub(fee);
        for side in Side::BOTH {
            let value = balance[side.index()];
            let value = if value < terms.dust_limit[side.index()] { Sat::ZERO } else { value };
            balance[side.index()] = value;
            let rest = Msat(start[side.index()].get() % 1_000);
            closing.tally.rounding[side.index()] += rest;
            closing.tally.fees[side.index()] += start[side.index()] - rest - value.to_msat();
        }
        closing.tally.receipts = balance;
        closing.fee = terms.capacity - balance.iter().copied().sum();
        closing.weight = super::params::weight::COOPERATIVE;
        closing.tally.weight = closing.weight;
        closing
    }

    fn blank(
        decision: &Decision,
        terms: Terms,
        funding: OutPoint,
        owner: Side,
        start: [Msat; 2],
    ) -> Self {
        let &Decision { channel, ends, delay, kind, cause, decided, now: _ } = decision;
        Self {
            channel,
            ends,
            terms,
            delay,
            kind,
            cause,
            owner,
            number: 0,
            decided,
            funding,
            htlcs: Vec::new(),
            off_commitment: Vec::new(),
            outputs: Vec::new(),
            weight: Weight(0),
            fee: Sat::ZERO,
            waiting: None,
            child: None,
            child_bid: FeeRate(0),
            broadcast: None,
            confirmed: None,
            confirmed_at: SimTime::NEVER,
            resolved: None,
            absent: [SimTime::ZERO; 2],
            tower: None,
            tally: Tally { start, ..Tally::default() },
        }
    }

    fn add_output(&mut self, kind: OutputKind, value: Sat) {
        if value > Sat::ZERO {
            self.outputs.push(Output::new(kind, value));
        }
    }

    /// The output that the second stage of HTLC `number` makes.
    pub(super) fn add_second(&mut self, number: u16, value: Sat, at: (OutPoint, BlockHeight)) {
        let output = Output { at: Some(at), ..Output::new(OutputKind::Second(number), value) };
        self.outputs.push(output);
    }

    /// When the tower acts, if there is one and the commitment is confirmed.
    pub(super) fn tower_acts(&self) -> Option<(SimTime, Tower)> {
        self.confirmed.filter(|_| self.confirmed_at < SimTime::NEVER)?;
        let tower = self.tower?;
        Some(((self.confirmed_at + tower.delay).max(tower.down_until), tower))
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.kind == CloseKind::Revoked
    }

    /// Whether nothing is left to claim.
    pub(super) fn is_done(&self) -> bool {
        let open = |output: &Output| {
            let matters = !matches!(output.kind, OutputKind::Anchor(_));
            matters && output.spent.is_none() && !output.abandoned
        };
        self.confirmed.is_some() && !self.outputs.iter().any(open)
    }

    /// Who spent the balance of the commitment's owner, and in which block.
    pub(super) fn owners_balance_spent(&self) -> Option<(Side, BlockHeight)> {
        self.outputs.iter().find(|o| o.kind == OutputKind::Balance(self.owner))?.spent
    }

    /// How the closing has changed what each side has, as far as it is known: what nobody has fetched yet is whose it
    /// is for, in full.
    pub(super) fn net(&self) -> [i64; 2] {
        let mut held = self.tally.receipts;
        for output in self.outputs.iter().filter(|output| output.spent.is_none()) {
            let side = match output.kind {
                OutputKind::Anchor(_) => self.terms.opener,
                OutputKind::Balance(side) => side,
                OutputKind::Htlc(number) => self.htlcs[usize::from(number)].from,
                OutputKind::Second(_) => self.owner,
            };
            held[side.index()] += output.value;
        }
        [0, 1].map(|side| {
            let signed = |money: Msat| i64::try_from(money.get()).expect("less than all bitcoin");
            let paid = self.tally.from_wallet[side].to_msat();
            signed(held[side].to_msat()) - signed(paid) - signed(self.tally.start[side])
        })
    }

    /// What an output left behind costs, and whom: anchors the opener, others the side they were for.
    pub(super) fn charge_leftovers(&mut self) {
        for output in &self.outputs {
            if output.spent.is_some() {
                continue;
            }
            let side = match output.kind {
                OutputKind::Anchor(_) => self.terms.opener,
                OutputKind::Balance(side) => side,
                OutputKind::Htlc(number) => self.htlcs[usize::from(number)].from,
                OutputKind::Second(_) => self.owner,
            };
            self.tally.fees[side.index()] += output.value.to_msat();
        }
    }

    /// Fees and roundings of each side.
    pub(super) fn cost(&self) -> [Msat; 2] {
        [0, 1].map(|side| self.tally.fees[side] + self.tally.rounding[side])
    }

    /// What each side won from the other, in msat: by a revoked commitment, or by an HTLC that was claimed in a
    /// block, so that its offerer was paid upstream, and taken back in another one after that was undone.
    pub(super) fn moved(&self, row: &ClosureRow) -> [i64; 2] {
        if !self.is_revoked() {
            return self.taken_back();
        }
        let cost = self.cost();
        [0, 1].map(|side| {
            let has = i128::from(row.end[side]) + i128::from(cost[side].get());
            i64::try_from(has - i128::from(row.start[side].get())).expect("less than all bitcoin")
        })
    }

    /// L6: whose revoked commitment was answered in full has nothing of the channel, and only a revoked one is
    /// answered.
    pub(super) fn assert_punished(&self) {
        let by = |side| {
            let matters = |o: &&Output| !matches!(o.kind, OutputKind::Anchor(_));
            let spent = move |o: &&Output| o.spent.is_some_and(|(by, _)| by == side);
            self.outputs.iter().filter(matters).filter(spent)
        };
        let of_owner = |o: &Output| o.kind == OutputKind::Balance(self.owner);
        assert!(
            if self.is_revoked() {
                by(self.owner).next().is_some() || self.receipts(self.owner) == Sat::ZERO
            } else {
                self.kind == CloseKind::Cooperative || !by(self.owner.other()).any(of_owner)
            },
            "channel {}: a penalty that is none: {self:?} (L6)",
            self.channel.0
        );
    }

    /// M5: each side's change of wealth is its fees and roundings, and the HTLCs that were claimed. What a revoked
    /// commitment moves beyond that is in [`Self::moved`].
    pub(super) fn assert_accounted(&self, row: &ClosureRow) {
        if self.is_revoked() {
            return;
        }
        let mut change = [0_i128; 2];
        for output in &self.outputs {
            let OutputKind::Htlc(number) = output.kind else { continue };
            let htlc = self.htlcs[usize::from(number)];
            if output.spent.is_some_and(|(by, _)| by != htlc.from) {
                let amount = i128::from(htlc.amount.get());
                change[htlc.from.index()] -= amount;
                change[htlc.from.other().index()] += amount;
            }
        }
        let cost = self.cost();
        for side in Side::BOTH.map(Side::index) {
            let expected =
                i128::from(row.start[side].get()) + change[side] - i128::from(cost[side].get());
            assert!(
                i128::from(row.end[side]) == expected,
                "channel {}: side {side} has {} msat, its account says {expected}: {self:?} (M5)",
                self.channel.0,
                row.end[side],
            );
        }
    }

    const fn receipts(&self, side: Side) -> Sat {
        self.tally.receipts[side.index()]
    }

    /// The row of a channel that is closed for good.
    pub(super) fn row(&self, buried: BlockHeight) -> ClosureRow {
        let t = &self.tally;
        let end = [0, 1].map(|side| {
            i128::from(t.receipts[side].to_msat().get())
                - i128::from(t.from_wallet[side].to_msat().get())
        });
        let all = end.iter().sum::<i128>()
            + t.fees.iter().map(|fee| i128::from(fee.get())).sum::<i128>()
            + t.rounding.iter().map(|rest| i128::from(rest.get())).sum::<i128>();
        let capacity = i128::from(self.terms.capacity.to_msat().get());
        assert!(
            all == capacity,
            "channel {}: {all} msat accounted for, of {capacity}: {self:?} (M2)",
            self.channel.0
        );
        ClosureRow {
            channel: self.channel,
            capacity: self.terms.capacity,
            anchors: self.terms.anchors,
            kind: self.kind,
            cause: self.cause,
            by: self.ends[self.owner.index()],
            number: self.number,
            decided: self.decided,
            broadcast: self.broadcast,
            confirmed: self.confirmed,
            resolved: self.resolved,
            buried: Some(buried),
            htlcs: u64::try_from(self.htlcs.len()).unwrap_or(u64::MAX),
            trimmed: u64::from(t.trimmed),
            timed_out: u64::from(t.timed_out),
            claimed: u64::from(t.claimed),
            penalised: u64::from(t.penalised),
            weight: t.weight,
            fees: t.fees,
            start: t.start,
            end: end.map(|money| i64::try_from(money).expect("less than all bitcoin")),
            rounding: t.rounding[0] + t.rounding[1],
            loss: t.loss,
            loser: t.loser.map(|side| self.ends[side.index()]),
        }
    }
}
