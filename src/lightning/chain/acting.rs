//! What both sides of a closing do, again and again: publish, claim, raise the fee, wait.

use crate::chain::bitcoin::{Input, Notice, OutPoint, Rate, Refused, Transaction, TxId, fee_for};
use crate::ids::{ChannelId, Side};
use crate::lightning::chain::claims::{FeeSource, SpendPath, Urgency};
use crate::lightning::chain::closing::{Closing, Output, OutputKind, Tower};
use crate::lightning::chain::onchain::{Effect, Ended, OnChain, Purpose, Sent};
use crate::lightning::chain::params::weight;
use crate::outcome::CloseKind;
use crate::units::{BlockHeight, FeeRate, Msat, Sat, SimTime, Weight};

/// Blocks within which a commitment should be mined whose HTLCs hurry.
const COMMITMENT_TARGET: u32 = 3;
/// The same without HTLCs, and for money that only waits to be swept.
const LEISURELY_TARGET: u32 = 12;
/// A bid is raised when the market asks for at least this much more, in per cent.
const RAISE_PERCENT: u32 = 10;
/// P2WPKH outputs below this are not relayed (BOLT 3): nobody sweeps into one.
const DUST: Sat = Sat(294);

impl OnChain {
    /// Lets both sides of a closing act, and tells what has become certain.
    pub(super) fn act(&mut self, channel: ChannelId, now: SimTime) {
        let Some(closing) = self.closings.get(&channel) else { return };
        if closing.confirmed.is_none() {
            self.publish(channel, now);
        } else if closing.kind != CloseKind::Cooperative {
            self.claim_all(channel, now);
        }
        self.conclude(channel);
    }

    /// The closing transaction goes out, and a child pays for it where it must.
    fn publish(&mut self, channel: ChannelId, now: SimTime) {
        let closing = &self.closings[&channel];
        let target = if closing.htlcs.is_empty() { LEISURELY_TARGET } else { COMMITMENT_TARGET };
        let owner = closing.owner;
        if now < closing.absent[owner.index()] {
            return;
        }
        if closing.waiting.is_none() {
            self.broadcast(channel, now);
        }
        let closing = &self.closings[&channel];
        if closing.kind == CloseKind::Cooperative || closing.terms.anchors {
            let bid = self.chain.estimate(target, now, &mut self.outbox);
            self.take_notices();
            self.bump(channel, bid, now);
        }
    }

    fn close_transaction(closing: &Closing) -> (Transaction<Purpose>, Sent) {
        let cooperative = closing.kind == CloseKind::Cooperative;
        let to = if cooperative { closing.tally.receipts } else { [Sat::ZERO; 2] };
        let tx = Transaction {
            tag: Purpose::Close(closing.channel),
            weight: closing.weight,
            fee: closing.fee,
            inputs: vec![Input { output: closing.funding, relative_lock: 0 }],
            outputs: closing.first_outputs().map(|output| output.value).collect(),
            from_wallets: Sat::ZERO,
            to_wallets: to.iter().copied().sum(),
            lock_height: BlockHeight(0),
            truc: false,
        };
        let [one, two] = closing.ends;
        let from = (closing.ends[closing.owner.index()], Sat::ZERO);
        (tx, Sent { from, to: [(one, to[0]), (two, to[1])] })
    }

    /// Sends the closing transaction alone. Where it pays too little for that, a package follows.
    fn broadcast(&mut self, channel: ChannelId, now: SimTime) {
        let height = self.height();
        let (tx, sent) = Self::close_transaction(&self.closings[&channel]);
        let id = self.send(tx, sent, now).ok();
        let closing = self.closings.get_mut(&channel).expect("the caller has it");
        if id.is_some() {
            closing.waiting = id;
            closing.broadcast.get_or_insert(height);
        }
    }

    /// The owner's child raises the package to `bid`, as far as wallet and budget allow.
    fn bump(&mut self, channel: ChannelId, bid: FeeRate, now: SimTime) {
        let closing = &self.closings[&channel];
        let owner = closing.owner;
        let own = Rate::of(closing.fee, closing.weight).to_feerate();
        let Some(place) = closing.anchor_of(owner) else { return };
        let anchor = closing.outputs[place].value;
        let raised = closing.child_bid.0.saturating_add(closing.child_bid.0 / 100 * RAISE_PERCENT);
        let has_child = closing.child.is_some();
        if bid <= own && closing.waiting.is_some() || has_child && bid.0 <= raised {
            return;
        }
        let package = Weight(closing.weight.0 + weight::ANCHOR_CHILD.0);
        let needed = fee_for(bid, package).saturating_sub(closing.fee);
        let node = closing.ends[owner.index()];
        let budget = self.budget(closing.at_stake(owner));
        let fee = needed.min(budget).min(self.wallets.free(node) + anchor).max(anchor);
        let from_wallet = fee - anchor;
        let child = |parent: TxId| Transaction {
            tag: Purpose::Anchor(channel, owner),
            weight: weight::ANCHOR_CHILD,
            fee,
            inputs: vec![Input { output: closing.outpoint(parent, place), relative_lock: 0 }],
            outputs: Vec::new(),
            from_wallets: from_wallet,
            to_wallets: Sat::ZERO,
            lock_height: BlockHeight(0),
            truc: false,
        };
        let sent = Sent { from: (node, from_wallet), to: [(node, Sat::ZERO); 2] };
        if let Some(parent) = closing.waiting {
            let tx = child(parent);
            if let Ok(id) = self.send(tx, sent, now) {
                let closing = self.closings.get_mut(&channel).expect("it is there");
                (closing.child, closing.child_bid) = (Some(id), bid);
            }
            return;
        }
        let (parent, parent_sent) = Self::close_transaction(closing);
        let package = self.chain.submit_package(parent, child, now, &mut self.outbox);
        if let Ok([parent, child]) = package {
            self.sent.insert(parent, parent_sent);
            self.sent.insert(child, sent);
            self.wallets.reserve(node, from_wallet);
            let height = self.height();
            let closing = self.closings.get_mut(&channel).expect("it is there");
            (closing.waiting, closing.child, closing.child_bid) = (Some(parent), Some(child), bid);
            closing.broadcast.get_or_insert(height);
        }
        self.take_notices();
    }

    /// What a node spends on fees for so much at stake.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share between 0 and 1 of an amount that is exact in an f64"
    )]
    fn budget(&self, stake: Sat) -> Sat {
        Sat((stake.get() as f64 * self.params.budget_share) as u64)
    }

    /// Each side claims what it can: the owner of the commitment first.
    fn claim_all(&mut self, channel: ChannelId, now: SimTime) {
        let closing = &self.closings[&channel];
        let owner = closing.owner;
        let tower = closing.tower_acts().filter(|(acts, _)| now >= *acts).map(|(_, tower)| tower);
        for side in [owner, owner.other()] {
            let closing = &self.closings[&channel];
            let present = now >= closing.absent[side.index()];
            let by_tower = closing.is_revoked() && side != owner && tower.is_some();
            if !present && !by_tower {
                continue;
            }
            if side != owner
                && let Some(timeline) = self.timelines.get_mut(&channel)
                && timeline.detected.is_none()
            {
                (timeline.detected, timeline.by_tower) = (Some(now), !present);
            }
            for number in 0..self.closings[&channel].outputs.len() {
                let closing = &self.closings[&channel];
                let output = closing.outputs[number];
                if output.spent.is_some() || output.abandoned {
                    continue;
                }
                // A tower was told of balances only, and its bid is fixed (lnd).
                let acting = tower.filter(|_| !present);
                let knows = present || matches!(output.kind, OutputKind::Balance(_));
                let bid = acting.map(|tower| tower.feerate);
                let may =
                    |way: &SpendPath| acting.is_none_or(|tower| tower.may_pay(way, output.value));
                if let Some(way) = closing.way(&output, side).filter(|way| knows && may(way)) {
                    self.claim(channel, side, number, (way, bid), now);
                }
            }
        }
    }

    /// Claims an output, or raises the bid for it.
    fn claim(
        &mut self,
        channel: ChannelId,
        side: Side,
        number: usize,
        (way, fixed_bid): (SpendPath, Option<FeeRate>),
        now: SimTime,
    ) {
        let next = BlockHeight(self.height().0 + 1);
        let closing = &self.closings[&channel];
        let output = closing.outputs[number];
        let (_, born) = output.at.expect("only what exists has a way");
        let final_at = (way.lock_height.0 + 1).max(born.0 + u32::from(way.relative_lock));
        let before = output.claims[side.index()];
        if final_at > next.0 {
            return;
        }
        if before.is_none() && !self.pays_off(&output, &way, now) {
            self.give_up(channel, side, number);
            return;
        }
        if let FeeSource::Signed(fee) = way.fee {
            if before.is_none() {
                let bid = Rate::of(fee, way.weight).to_feerate();
                let _ = self.try_claim(channel, side, number, (way, fee, bid), now);
            }
            return;
        }
        let target = match way.urgency {
            Urgency::None => LEISURELY_TARGET,
            Urgency::By(deadline) => {
                (deadline.0.saturating_sub(next.0) / 2).clamp(1, LEISURELY_TARGET)
            }
        };
        let bid = match fixed_bid {
            Some(bid) => bid,
            None => self.chain.estimate(target, now, &mut self.outbox),
        };
        if before.is_some_and(|(_, old)| bid.0 <= old.0.saturating_add(old.0 / 100 * RAISE_PERCENT))
        {
            return;
        }
        let closing = &self.closings[&channel];
        let punishes = closing.is_revoked() && side != closing.owner;
        let most = self.most(&output, &way, punishes);
        let fee = fee_for(bid, way.weight).min(most);
        let rate = Rate::of(fee, way.weight).to_feerate();
        let minimum = fee_for(self.chain.minimum(now), way.weight);
        if output.value < fee + DUST || most < minimum {
            self.give_up(channel, side, number);
            return;
        }
        let refused = self.try_claim(channel, side, number, (way, fee.max(minimum), rate), now);
        // Somebody else's claim stands in the way: whoever has more to lose pays for the replacement.
        if let Err(Some(Refused::Replacement { needed })) = refused
            && fixed_bid.is_none()
            && needed <= most
            && way.urgency != Urgency::None
        {
            let rate = Rate::of(needed, way.weight).to_feerate();
            let _ = self.try_claim(channel, side, number, (way, needed, rate), now);
        }
    }

    /// What a side pays at most for claiming an output: a share of it. A penalty may cost all that the cheat would
    /// have else.
    fn most(&self, output: &Output, way: &SpendPath, punishes: bool) -> Sat {
        match way.urgency {
            Urgency::By(_) if punishes => output.value.saturating_sub(DUST),
            Urgency::By(_) | Urgency::None => self.budget(output.value),
        }
    }

    /// Whether an output brings more than all transactions cost that it takes to have it: an HTLC transaction makes
    /// a delayed output, which has to be swept in its turn.
    fn pays_off(&mut self, output: &Output, way: &SpendPath, now: SimTime) -> bool {
        if way.fee == FeeSource::Value {
            // One transaction, whose own fee is held against the value where it is bid.
            return true;
        }
        let market = self.chain.estimate(LEISURELY_TARGET, now, &mut self.outbox);
        let budget = self.budget(output.value);
        let first = match way.fee {
            FeeSource::Signed(fee) => fee,
            FeeSource::Value | FeeSource::Wallet => fee_for(market, way.weight).min(budget),
        };
        let second = fee_for(market, weight::DELAYED).min(budget);
        output.value >= first + second + DUST
    }

    /// An output that costs more than it brings stays where it is: whoever it was for gives it up, and
    /// an offerer has its HTLC failed back as if it had been paid.
    fn give_up(&mut self, channel: ChannelId, side: Side, number: usize) {
        let closing = self.closings.get_mut(&channel).expect("the caller has it");
        let whose = match closing.outputs[number].kind {
            OutputKind::Balance(of) | OutputKind::Anchor(of) => of,
            OutputKind::Htlc(htlc) => closing.htlcs[usize::from(htlc)].from,
            OutputKind::Second(_) => closing.owner,
        };
        let output = &mut closing.outputs[number];
        // Somebody for whom it pays may still be at it.
        if whose == side && output.claims == [None; 2] {
            output.abandoned = true;
        }
    }

    fn try_claim(
        &mut self,
        channel: ChannelId,
        side: Side,
        number: usize,
        (way, fee, bid): (SpendPath, Sat, FeeRate),
        now: SimTime,
    ) -> Result<(), Option<Refused>> {
        let closing = &self.closings[&channel];
        let output = closing.outputs[number];
        let node = closing.ends[side.index()];
        let (at, _) = output.at.expect("only what exists is claimed");
        let (outputs, from_wallets, to_wallets) = match way.fee {
            FeeSource::Value => (Vec::new(), Sat::ZERO, output.value - fee),
            FeeSource::Signed(_) => (vec![output.value - fee], Sat::ZERO, Sat::ZERO),
            FeeSource::Wallet => (vec![output.value], fee, Sat::ZERO),
        };
        let place = u16::try_from(number).expect("a commitment has fewer than 1,000 outputs");
        let tx = Transaction {
            tag: Purpose::Claim(channel, side, place),
            weight: way.weight,
            fee,
            inputs: vec![Input { output: at, relative_lock: way.relative_lock }],
            outputs,
            from_wallets,
            to_wallets,
            lock_height: way.lock_height,
            truc: false,
        };
        let sent = Sent { from: (node, from_wallets), to: [(node, to_wallets), (node, Sat::ZERO)] };
        let id = self.send(tx, sent, now)?;
        let closing = self.closings.get_mut(&channel).expect("it is there");
        closing.outputs[number].claims[side.index()] = Some((id, bid));
        if side != closing.owner
            && output.kind == OutputKind::Balance(closing.owner)
            && let Some(timeline) = self.timelines.get_mut(&channel)
        {
            timeline.sent.get_or_insert(now);
            timeline.feerate = bid;
        }
        Ok(())
    }

    /// Tells what has become certain, and ends a closing that is buried.
    fn conclude(&mut self, channel: ChannelId) {
        let height = self.height().0;
        let burial = u32::from(self.params.burial);
        let closing = self.closings.get_mut(&channel).expect("the caller has it");
        let Some(confirmed) = closing.confirmed else { return };
        // A block itself is the first confirmation.
        let is_buried = |at: BlockHeight| height + 1 >= at.0 + burial;
        if is_buried(confirmed) {
            closing.tell_trimmed(&mut self.effects);
        }
        for place in 0..closing.outputs.len() {
            let output = closing.outputs[place];
            let certain = output.abandoned || output.spent.is_some_and(|(_, at)| is_buried(at));
            if let OutputKind::Htlc(number) = output.kind
                && certain
                && !output.reported
            {
                closing.outputs[place].reported = true;
                let htlc = closing.htlcs[usize::from(number)];
                self.effects.push(Effect::Returned { tag: htlc.tag, lost: htlc.fulfilled });
            }
        }
        if !closing.is_done() {
            return;
        }
        let last = closing.outputs.iter().filter_map(|o| o.spent.map(|(_, at)| at)).max();
        let resolved = *closing.resolved.get_or_insert(last.unwrap_or(confirmed).max(confirmed));
        if is_buried(resolved) {
            let mut closing = self.closings.remove(&channel).expect("it was there");
            closing.assert_punished();
            closing.charge_leftovers();
            let row = closing.row(BlockHeight(height));
            closing.assert_accounted(&row);
            let (ends, cost, moved) = (closing.ends, closing.cost(), closing.moved(&row));
            self.effects.push(Effect::Closed(Box::new(Ended { row, ends, cost, moved })));
        }
    }
}

impl Tower {
    /// Whether its bid for so much is within its budget.
    #[expect(clippy::cast_precision_loss, reason = "amounts below 2^53 sat")]
    fn may_pay(&self, way: &SpendPath, value: Sat) -> bool {
        fee_for(self.feerate, way.weight).get() as f64 <= self.budget * value.get() as f64
    }
}

impl Closing {
    /// Outputs of the closing transaction itself.
    fn first_outputs(&self) -> impl Iterator<Item = &Output> {
        self.outputs.iter().filter(|output| !matches!(output.kind, OutputKind::Second(_)))
    }

    pub(super) fn anchor_of(&self, side: Side) -> Option<usize> {
        self.outputs.iter().position(|output| output.kind == OutputKind::Anchor(side))
    }

    fn outpoint(&self, tx: TxId, place: usize) -> OutPoint {
        debug_assert!(self.outputs.len() > place, "outputs keep their places");
        OutPoint { tx, index: u16::try_from(place).expect("fewer than 1,000 outputs") }
    }

    /// What a side has to lose while the closing transaction waits.
    fn at_stake(&self, side: Side) -> Sat {
        let own = |output: &&Output| match output.kind {
            OutputKind::Balance(of) => of == side,
            OutputKind::Htlc(_) => true,
            OutputKind::Anchor(_) | OutputKind::Second(_) => false,
        };
        self.outputs.iter().filter(own).map(|output| output.value).sum()
    }

    /// The closing transaction is in a block: its outputs exist.
    pub(super) fn closing_confirmed(&mut self, tx: TxId, height: BlockHeight) {
        self.confirmed = Some(height);
        self.waiting = None;
        for (index, output) in (0..).zip(&mut self.outputs) {
            output.at = Some((OutPoint { tx, index }, height));
        }
    }

    /// A child that spent an anchor is in a block.
    pub(super) fn bumped(&mut self, side: Side, sent: &Sent, height: BlockHeight) {
        let place = self.anchor_of(side).expect("the child spent it");
        self.outputs[place].spent = Some((side, height));
        self.child = None;
        self.pays(side, sent.from.1, sent.from.1, weight::ANCHOR_CHILD);
        // The opener has paid for both anchors (BOLT 3), whoever spends one.
        let anchor = self.outputs[place].value.to_msat();
        self.tally.fees[self.terms.opener.index()] += anchor;
    }

    /// A claim is in a block.
    pub(super) fn taken(
        &mut self,
        side: Side,
        number: u16,
        tx: TxId,
        sent: &Sent,
        height: BlockHeight,
    ) {
        let place = usize::from(number);
        let way = self.way(&self.outputs[place], side).expect("it was claimed in this way");
        let value = self.outputs[place].value;
        let second = way.fee != FeeSource::Value;
        let (fee, from_wallet) = match way.fee {
            FeeSource::Value => (value - sent.to[0].1, Sat::ZERO),
            FeeSource::Signed(fee) => (fee, Sat::ZERO),
            FeeSource::Wallet => (sent.from.1, sent.from.1),
        };
        self.outputs[place].spent = Some((side, height));
        self.outputs[place].claims = [None; 2];
        self.tally.receipts[side.index()] += sent.to[0].1;
        self.pays(side, fee, from_wallet, way.weight);
        if let OutputKind::Htlc(htlc) = self.outputs[place].kind {
            if second {
                let rest = value + from_wallet - fee;
                self.add_second(htlc, rest, (OutPoint { tx, index: 0 }, height));
            }
            self.count(htlc, side);
        } else if self.is_revoked() && side != self.owner && way.relative_lock == 0 {
            let was_owners =
                !matches!(self.outputs[place].kind, OutputKind::Balance(of) if of == side);
            self.tally.penalised += u16::from(was_owners);
        }
    }

    /// How an HTLC ended: for the counts, and for what its receiver lost.
    fn count(&mut self, number: u16, side: Side) {
        let htlc = self.htlcs[usize::from(number)];
        if self.is_revoked() && side != self.owner {
            self.tally.penalised += 1;
        } else if htlc.from == side {
            self.tally.timed_out += 1;
            if htlc.fulfilled {
                self.tally.loss += htlc.amount;
                self.tally.loser = Some(side.other());
            }
        } else {
            self.tally.claimed += 1;
            // Whoever gets the HTLC gets whole satoshis.
            let rest = Msat(htlc.amount.get() % 1_000);
            self.tally.rounding[htlc.from.index()] -= rest;
            self.tally.rounding[side.index()] += rest;
        }
    }

    fn pays(&mut self, side: Side, fee: Sat, from_wallet: Sat, weight: Weight) {
        self.tally.fees[side.index()] += fee.to_msat();
        self.tally.from_wallet[side.index()] += from_wallet;
        self.tally.weight.0 += weight.0;
    }

    /// A transaction of this closing left the mempool unconfirmed.
    pub(super) fn left_mempool(&mut self, notice: &Notice<Purpose>) {
        match notice.tag {
            Purpose::Close(_) if self.waiting == Some(notice.tx) => {
                (self.waiting, self.child) = (None, None);
            }
            Purpose::Anchor(..) if self.child == Some(notice.tx) => self.child = None,
            Purpose::Claim(_, side, number) => {
                let claim = &mut self.outputs[usize::from(number)].claims[side.index()];
                if claim.is_some_and(|(tx, _)| tx == notice.tx) {
                    *claim = None;
                }
            }
            Purpose::Fund(_) | Purpose::Close(_) | Purpose::Anchor(..) => {}
        }
    }

    /// HTLCs without an output end when the commitment is buried.
    fn tell_trimmed(&mut self, effects: &mut Vec<Effect>) {
        for htlc in self.off_commitment.drain(..) {
            effects.push(if htlc.fulfilled {
                Effect::Claimed { tag: htlc.tag }
            } else {
                Effect::Returned { tag: htlc.tag, lost: false }
            });
        }
        for htlc in &mut self.htlcs {
            if htlc.trimmed {
                // Told once: what is told counts as any other HTLC without an output.
                htlc.trimmed = false;
                effects.push(Effect::Returned { tag: htlc.tag, lost: htlc.fulfilled });
            }
        }
    }
}
