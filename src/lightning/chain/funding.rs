//! Channels on their way into the chain: the funding transaction, its confirmations, its announcement.
//!
//! The opener pays the funding transaction out of its wallet and bids for a few blocks. It is not bumped:
//! replacing it would change its id, and with it the channel. Pushed out of a full mempool, it is sent
//! again at what the market asks then. A peer forgets a channel that is not funded after 2,016 blocks
//! (BOLT 2): then the opener spends the same money otherwise. The channel can be used when the block is as
//! deep as the peer's implementation asks, and is announced six blocks deep at the earliest (BOLT 7).

use crate::chain::bitcoin::{OutPoint, Transaction, TxId, fee_for};
use crate::ids::ChannelId;
use crate::lightning::chain::onchain::{Effect, OnChain, Purpose, Sent};
use crate::lightning::chain::opening::{Funded, OpenRequest, Opening};
use crate::lightning::chain::params::{confirmations_asked, smallest_channel, weight};
use crate::units::{BlockHeight, Sat, SimTime};

/// Blocks within which a funding transaction should be mined (lnd's default for openings: 6).
const FUNDING_TARGET: u32 = 6;
/// Blocks after which a peer forgets a channel that is not funded (BOLT 2).
const FORGOTTEN_AFTER: u32 = 2_016;
/// Confirmations before a channel is announced (BOLT 7).
const ANNOUNCED_AFTER: u32 = 6;

impl OnChain {
    /// An opener sends a funding transaction. False: its wallet does not hold enough for a channel that
    /// both accept, or the transaction is not relayed.
    pub(in crate::lightning) fn open(&mut self, wish: &OpenRequest, now: SimTime) -> bool {
        let feerate = self.chain.estimate(FUNDING_TARGET, now, &mut self.outbox);
        self.take_notices();
        let fee = fee_for(feerate, weight::FUNDING);
        let free = self.wallets.free(wish.ends[0]).saturating_sub(fee);
        let capacity = wish.capacity.min(free);
        if capacity < wish.software.map(smallest_channel).into_iter().max().unwrap_or_default() {
            return false;
        }
        let opening = Opening {
            ends: wish.ends,
            capacity,
            private: wish.private,
            fee,
            depth: confirmations_asked(wish.software[1], capacity),
            since: self.height(),
            tx: None,
            confirmed: None,
            abandoned: false,
        };
        let number = self.next_opening;
        self.next_opening += 1;
        self.openings.insert(number, opening);
        self.fund_opening(number, now);
        if self.openings[&number].tx.is_some() {
            return true;
        }
        self.openings.remove(&number);
        false
    }

    /// Openings under way.
    pub(in crate::lightning) fn openings(&self) -> impl Iterator<Item = &Opening> {
        self.openings.values()
    }

    /// Sends the funding transaction of an opening at what it pays now.
    fn fund_opening(&mut self, number: u32, now: SimTime) {
        let (tx, sent) = Self::funding(number, &self.openings[&number]);
        let id = self.send(tx, sent, now).ok();
        if let Some(opening) = self.openings.get_mut(&number) {
            opening.tx = id;
        }
    }

    /// A block has come: what is deep enough is told, what was pushed out is sent again, what takes too
    /// long is given up.
    pub(super) fn follow_openings(&mut self, now: SimTime) {
        let height = self.height().0;
        let burial = u32::from(self.params.burial);
        let numbers: Vec<u32> = self.openings.keys().copied().collect();
        for number in numbers {
            let opening = self.openings[&number];
            if let Some(confirmed) = opening.confirmed {
                // A block itself is the first confirmation.
                let depth = if opening.abandoned { burial } else { opening.depth };
                if height + 1 < confirmed.0 + depth {
                    continue;
                }
                if opening.abandoned {
                    let Opening { ends, fee, .. } = opening;
                    self.openings.remove(&number);
                    self.effects.push(Effect::Abandoned { opener: ends[0], fee });
                } else {
                    self.effects.push(Effect::Opened { number });
                }
            } else if opening.tx.is_none() {
                self.fund_again(number, now);
            } else if height >= opening.since.0 + FORGOTTEN_AFTER && !opening.abandoned {
                self.abandon(number, now);
            }
        }
        self.fund_young(now);
        for (&channel, funded) in &mut self.funded {
            if funded.announced_at.is_some_and(|at| height >= at.0) {
                funded.announced_at = None;
                self.effects.push(Effect::Announced { channel });
            }
        }
    }

    /// A funding transaction was pushed out of the mempool: the next one bids what is asked now.
    fn fund_again(&mut self, number: u32, now: SimTime) {
        let opening = self.openings[&number];
        let feerate = self.chain.estimate(FUNDING_TARGET, now, &mut self.outbox);
        let fee = fee_for(feerate, weight::FUNDING);
        let is_late = self.height().0 >= opening.since.0 + FORGOTTEN_AFTER;
        let affordable = self.wallets.free(opening.ends[0]) >= opening.capacity + fee;
        if is_late || !affordable || opening.abandoned {
            self.openings.remove(&number);
            return;
        }
        if let Some(opening) = self.openings.get_mut(&number) {
            opening.fee = fee;
        }
        self.fund_opening(number, now);
    }

    /// The opener spends the input of a funding transaction that is not mined, to itself.
    fn abandon(&mut self, number: u32, now: SimTime) {
        let opening = self.openings[&number];
        let Some(old) = opening.tx else { return };
        let feerate = self.chain.estimate(FUNDING_TARGET, now, &mut self.outbox);
        // More than the old one pays, by its own weight at the feerate of the market (BIP 125).
        let fee = opening.fee + fee_for(feerate, weight::FUNDING);
        let amount = opening.capacity.saturating_sub(fee - opening.fee);
        let tx = Transaction::payment(Purpose::Fund(number), amount, weight::SELF_PAYMENT, fee);
        let taken = amount + fee;
        // The old one's money is the new one's: it is freed by the notice of the replacement.
        if let Ok(new) = self.chain.replace(old, tx, now, &mut self.outbox) {
            self.take_notices();
            let opener = opening.ends[0];
            self.sent.insert(
                new,
                Sent { from: (opener, taken), to: [(opener, amount), (opener, Sat::ZERO)] },
            );
            self.wallets.reserve(opener, taken);
            if let Some(opening) = self.openings.get_mut(&number) {
                (opening.tx, opening.fee, opening.abandoned) = (Some(new), fee, true);
            }
        }
    }

    /// A funding transaction is in a block, or what the opener sent instead.
    pub(super) fn funding_confirmed(&mut self, number: u32, height: BlockHeight) {
        let Some(opening) = self.opening_mut(number) else { return };
        opening.confirmed = Some(height);
    }

    /// The block of a funding transaction lost: it waits again. A channel that is in use already stays so: the
    /// same transaction is mined again sooner or later.
    pub(super) fn funding_undone(&mut self, number: u32) {
        if let Some(opening) = self.opening_mut(number) {
            opening.confirmed = None;
        }
    }

    /// An opening under way, or one that is over and could still be undone.
    fn opening_mut(&mut self, number: u32) -> Option<&mut Opening> {
        let young = self.young.get_mut(&number).map(|(_, opening)| opening);
        self.openings.get_mut(&number).or(young)
    }

    /// Whether the funding of every channel in use is confirmed.
    pub(super) fn all_funded(&self) -> bool {
        self.young.values().all(|(_, opening)| opening.confirmed.is_some())
    }

    /// Channels in use whose funding was undone and then pushed out of the mempool are funded again.
    fn fund_young(&mut self, now: SimTime) {
        let lost = |(_, (_, opening)): &(&u32, &(ChannelId, Opening))| opening.tx.is_none();
        let numbers: Vec<u32> = self.young.iter().filter(lost).map(|(number, _)| *number).collect();
        for number in numbers {
            let feerate = self.chain.estimate(FUNDING_TARGET, now, &mut self.outbox);
            let (channel, mut opening) = self.young[&number];
            opening.fee = fee_for(feerate, weight::FUNDING);
            let (tx, sent) = Self::funding(number, &opening);
            let Ok(id) = self.send(tx, sent, now) else { continue };
            opening.tx = Some(id);
            self.young.insert(number, (channel, opening));
            let output = OutPoint { tx: id, index: 0 };
            if let Some(funded) = self.funded.get_mut(&channel) {
                funded.output = output;
            } else if let Some(closing) = self.closings.get_mut(&channel) {
                closing.funding = output;
            }
        }
    }

    /// The funding transaction of an opening.
    fn funding(number: u32, opening: &Opening) -> (Transaction<Purpose>, Sent) {
        let &Opening { ends, capacity, fee, .. } = opening;
        let total = capacity + fee;
        let tx = Transaction {
            tag: Purpose::Fund(number),
            weight: weight::FUNDING,
            fee,
            inputs: Vec::new(),
            outputs: vec![capacity],
            from_wallets: total,
            to_wallets: Sat::ZERO,
            lock_height: BlockHeight(0),
            truc: false,
        };
        (tx, Sent { from: (ends[0], total), to: [(ends[0], Sat::ZERO); 2] })
    }

    /// A funding transaction left the mempool unconfirmed.
    pub(super) fn funding_lost(&mut self, number: u32, tx: TxId) {
        if let Some(opening) = self.opening_mut(number).filter(|o| o.tx == Some(tx)) {
            opening.tx = None;
        }
    }

    /// The opening is over: its channel is `channel` from now on.
    pub(in crate::lightning) fn opened(&mut self, number: u32, channel: ChannelId) -> Opening {
        let opening = self.openings.remove(&number).expect("it was told to be deep enough");
        let tx = opening.tx.expect("a confirmed opening has a transaction");
        let confirmed = opening.confirmed.expect("it was told to be deep enough");
        let output = OutPoint { tx, index: 0 };
        let deep = BlockHeight(confirmed.0 + ANNOUNCED_AFTER - 1);
        let announced_at = (!opening.private).then_some(deep);
        self.funded.insert(channel, Funded { output, announced_at });
        if self.chain.params().reorgs.probability > 0.0 {
            self.young.insert(number, (channel, opening));
        }
        opening
    }
}
