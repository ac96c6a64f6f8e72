//! Blocks that lost against a longer branch: what they did to wallets and closings is taken back.
//!
//! The chain undoes transactions in the reverse of their order and lets them wait again, so each step here
//! finds the state that it left. Nothing that was told is taken back: expired HTLCs and ends are told when
//! they are buried, which `burial` makes deeper than any reorganisation. A preimage is told at once, as it
//! stays known: should its HTLC be taken back by its offerer on the new branch, the receiver has lost it,
//! see [`Closing::taken_back`].

use crate::chain::bitcoin::{Notice, TxId};
use crate::ids::Side;
use crate::lightning::chain::claims::FeeSource;
use crate::lightning::chain::closing::{Closing, Output, OutputKind};
use crate::lightning::chain::onchain::{OnChain, Purpose, Sent};
use crate::lightning::chain::params::weight;
use crate::units::{BlockHeight, Msat, Sat, SimTime, Weight};

impl OnChain {
    /// Remembers what a confirmed transaction moved, where its block could be undone.
    pub(super) fn remember_confirmed(&mut self, tx: TxId, height: BlockHeight, sent: Sent) {
        if self.chain.params().reorgs.probability > 0.0 {
            self.settled.insert(tx, (height, sent));
        }
    }

    /// Forgets what lies too deep to be undone.
    pub(super) fn forget_settled(&mut self) {
        let deepest = u32::from(self.chain.params().reorgs.deepest);
        let height = self.height().0;
        self.settled.retain(|_, (at, _)| height < at.0 + deepest);
    }

    /// The block of a transaction lost: it waits again.
    pub(super) fn undone(&mut self, notice: &Notice<Purpose>) {
        let (_, sent) = self.settled.remove(&notice.tx).expect("recent ones are remembered");
        let (payer, amount) = sent.from;
        self.wallets.unspend(payer, amount);
        for (node, amount) in sent.to {
            self.wallets.take_back(node, amount);
        }
        self.sent.insert(notice.tx, sent);
        if let Purpose::Fund(number) = notice.tag {
            return self.funding_undone(number);
        }
        let channel = notice.tag.channel();
        let Some(closing) = channel.and_then(|channel| self.closings.get_mut(&channel)) else {
            return;
        };
        closing.resolved = None;
        match notice.tag {
            Purpose::Fund(_) => {}
            Purpose::Close(_) => closing.closing_unconfirmed(notice.tx),
            Purpose::Anchor(_, side) => closing.unbumped(side, notice.tx, &sent),
            Purpose::Claim(_, side, number) => closing.untaken(side, number, notice.tx, &sent),
        }
        if let Some(timeline) = self.timelines.get_mut(&closing.channel) {
            timeline.confirmed = closing.confirmed;
            let is_taken = |output: &Output| {
                output.kind == OutputKind::Balance(closing.owner) && output.spent.is_some()
            };
            timeline.mined = timeline.mined.filter(|_| closing.outputs.iter().any(is_taken));
        }
    }
}

impl Closing {
    /// The closing transaction waits again: its outputs do not exist.
    fn closing_unconfirmed(&mut self, tx: TxId) {
        (self.confirmed, self.confirmed_at) = (None, SimTime::NEVER);
        self.waiting = Some(tx);
        for output in &mut self.outputs {
            output.at = None;
        }
    }

    /// The child that spent an anchor waits again.
    fn unbumped(&mut self, side: Side, tx: TxId, sent: &Sent) {
        let place = self.anchor_of(side).expect("the child spent it");
        self.outputs[place].spent = None;
        self.child = Some(tx);
        self.unpays(side, sent.from.1, sent.from.1, weight::ANCHOR_CHILD);
        let anchor = self.outputs[place].value.to_msat();
        self.tally.fees[self.terms.opener.index()] -= anchor;
    }

    /// A claim waits again: the counterpart of [`Closing::taken`].
    fn untaken(&mut self, side: Side, number: u16, tx: TxId, sent: &Sent) {
        let place = usize::from(number);
        let way = self.way(&self.outputs[place], side).expect("it was claimed in this way");
        let value = self.outputs[place].value;
        let (fee, from_wallet) = match way.fee {
            FeeSource::Value => (value - sent.to[0].1, Sat::ZERO),
            FeeSource::Signed(fee) => (fee, Sat::ZERO),
            FeeSource::Wallet => (sent.from.1, sent.from.1),
        };
        let bid = crate::chain::bitcoin::Rate::of(fee, way.weight).to_feerate();
        self.outputs[place].spent = None;
        self.outputs[place].claims[side.index()] = Some((tx, bid));
        self.tally.receipts[side.index()] -= sent.to[0].1;
        self.unpays(side, fee, from_wallet, way.weight);
        if let OutputKind::Htlc(htlc) = self.outputs[place].kind {
            if way.fee != FeeSource::Value {
                let second = self.outputs.pop().map(|output| output.kind);
                assert_eq!(second, Some(OutputKind::Second(htlc)), "undone in reverse order (L7)");
            }
            self.uncount(htlc, side);
        } else if self.is_revoked() && side != self.owner && way.relative_lock == 0 {
            let was_owners =
                !matches!(self.outputs[place].kind, OutputKind::Balance(of) if of == side);
            self.tally.penalised -= u16::from(was_owners);
        }
    }

    /// The counterpart of [`Closing::count`].
    fn uncount(&mut self, number: u16, side: Side) {
        let htlc = self.htlcs[usize::from(number)];
        if self.is_revoked() && side != self.owner {
            self.tally.penalised -= 1;
        } else if htlc.from == side {
            self.tally.timed_out -= 1;
            if htlc.fulfilled {
                self.tally.loss -= htlc.amount;
                self.tally.loser = Some(side.other()).filter(|_| self.tally.loss > Msat::ZERO);
            }
        } else {
            self.tally.claimed -= 1;
            let rest = Msat(htlc.amount.get() % 1_000);
            self.tally.rounding[htlc.from.index()] += rest;
            self.tally.rounding[side.index()] -= rest;
        }
    }

    fn unpays(&mut self, side: Side, fee: Sat, from_wallet: Sat, weight: Weight) {
        self.tally.fees[side.index()] -= fee.to_msat();
        self.tally.from_wallet[side.index()] -= from_wallet;
        self.tally.weight.0 -= weight.0;
    }

    /// HTLCs that were told as claimed and are their offerer's on the branch that won.
    pub(super) fn taken_back(&self) -> [i64; 2] {
        let mut moved = [0; 2];
        for output in self.outputs.iter().filter(|output| output.read) {
            let OutputKind::Htlc(number) = output.kind else { continue };
            let htlc = self.htlcs[usize::from(number)];
            let is_back = output.spent.is_some_and(|(side, _)| side == htlc.from);
            if is_back || output.abandoned {
                let amount = i64::try_from(htlc.amount.get()).expect("less than all bitcoin");
                moved[htlc.from.index()] += amount;
                moved[htlc.from.other().index()] -= amount;
            }
        }
        moved
    }
}
