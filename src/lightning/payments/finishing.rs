//! How parts and payments end: the payer learns, and rows are written.

use crate::ids::{PartId, PaymentId};
use crate::lightning::books::Books;
use crate::lightning::event::Context;
use crate::lightning::lent::Lent;
use crate::lightning::owed::Obligation;
use crate::lightning::payments::Payments;
use crate::lightning::payments::diagnosis::{Balances, Diagnosis};
use crate::outcome::{Failure, Outcome, Shortage};
use crate::payment::{AttemptResult, Payment, Report, Verdict};
use crate::rows::{AttemptRow, PaymentRow, Row, Settlement};
use crate::units::{Msat, SimTime};
use crate::workload::Demand;

impl Payments {
    /// The first HTLC of a part is resolved. Whoever asked for the payment is told: the payer of a payment of
    /// the workload, or an attacker.
    pub(in crate::lightning) fn back_at_payer(
        &mut self,
        id: PartId,
        how: Outcome,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        if let Some(attack_payment) = self.attack_payment(id) {
            return self.back_at_attacker(id, attack_payment.attack, how, lent, cx);
        }
        if how == Outcome::Settled {
            self.payer_knows(id, lent, cx);
        } else if !self.payer_learns_failure(id, lent, cx) {
            lent.owed.add(Obligation::Advance { part: id });
        }
    }

    /// The payer holds the preimage of a part.
    fn payer_knows(&mut self, id: PartId, lent: &mut Lent<'_>, cx: &mut Context<'_>) {
        self.learn(id, lent, cx.now);
        self.report_attempt(id, Outcome::Settled, Some(cx.now), cx);
        let part = self.parts.get_mut(id.0);
        part.open = false;
        let fee = part.fee();
        let hops = u32::try_from(part.legs.len()).expect("routes are short");
        let payment = self.payments.get_mut(part.payment.0);
        payment.fee += fee;
        payment.no_longer_under_way(fee);
        payment.hops = payment.hops.max(Some(hops));
        payment.parts_open -= 1;
        if payment.parts_open == 0 {
            payment.payer_known = Some(cx.now);
        }
        let payer = lent.books.ledger.node_mut(payment.demand.payer);
        payer.sent_amount += part.amount;
        payer.fees_paid += fee;
        self.close_if_done(id, lent, cx);
    }

    /// The payer learns that an attempt failed, and takes note. True when that ends the part.
    pub(in crate::lightning) fn payer_learns_failure(
        &mut self,
        id: PartId,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) -> bool {
        let verdict = self.learn(id, lent, cx.now);
        self.report_attempt(id, Outcome::Failed, Some(cx.now), cx);
        let part = self.parts.get(id.0);
        let (error, node) = part.error.expect("a failed attempt has an error");
        let direction = part.legs.get(node as usize).map(|leg| leg.hop.channel);
        let direction = direction.filter(|_| node > 0);
        let is_news =
            direction.is_some_and(|direction| lent.topology.gossip.brings_news(error, direction));
        let payment = self.payments.get_mut(part.payment.0);
        payment.no_longer_under_way(part.fee());
        payment.last_error = Some(error);
        if let Some(direction) = direction {
            // With the policy that came along it may pass; told twice of the same one, it does not.
            if is_news && !payment.learnt.contains(&direction) {
                payment.learnt.push(direction);
            } else {
                payment.shun(direction);
            }
        }
        if let Verdict::Stop(failure) = verdict {
            self.give_up(id, failure, lent, cx);
            return true;
        }
        false
    }

    /// Gives the payer's algorithm what became of the attempt.
    fn learn(&mut self, id: PartId, lent: &mut Lent<'_>, now: SimTime) -> Verdict {
        let part = self.parts.get(id.0);
        let payer = self.payments.get(part.payment.0).demand.payer;
        let hops = &mut self.buffers.hops;
        hops.clear();
        hops.extend(part.legs.iter().map(|leg| leg.hop));
        let result = part.error.map_or(AttemptResult::Settled, |(error, node)| {
            let hop = u8::try_from(node).expect("routes stay below 256 hops");
            AttemptResult::Failed { error, hop }
        });
        let world = &lent.core.world;
        let report = Report { view: &world.view, hops, result, now };
        lent.senders.learn(payer, world.sender(), &report)
    }

    /// The payer gives a part up for good.
    pub(in crate::lightning) fn give_up(
        &mut self,
        id: PartId,
        failure: Failure,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let part = self.parts.get_mut(id.0);
        part.open = false;
        let (key, rest) = (part.payment.0, part.amount);
        let was_never_sent = part.attempts == 0 && part.number > 0;
        let payment = self.payments.get_mut(key);
        payment.parts_open -= 1;
        payment.parts -= u32::from(was_never_sent);
        if self.payments.get(key).failure.is_none() {
            let (reason, shortage) = self.reason_of(key, rest, failure, lent);
            let payment = self.payments.get_mut(key);
            (payment.failure, payment.shortage) = (Some(reason), shortage);
        }
        self.close_if_done(id, lent, cx);
    }

    /// Why a payment ends whose payer says `failure` about the `rest` of it, and since when channels hold too little for it.
    fn reason_of(
        &mut self,
        key: u32,
        rest: Msat,
        failure: Failure,
        lent: &Lent<'_>,
    ) -> (Failure, Option<Shortage>) {
        let payment = self.payments.get(key);
        let Demand { payer, payee, amount, .. } = payment.demand;
        let availability = &lent.topology.availability;
        let is_offline = self.payee_response(payment).offline || availability.is_down(payee);
        if payment.attempts > 0 && is_offline {
            return (Failure::PayeeOffline, None);
        }
        let is_open_question = matches!(failure, Failure::NoRoute | Failure::InsufficientFunds);
        if !is_open_question || payment.attack_payment.is_some() {
            return (failure, None);
        }
        let send = &lent.core.params.send;
        let fees = payment.fee + payment.fee_under_way;
        let ends = Diagnosis {
            core: lent.core,
            availability,
            payer,
            payee,
            amount: rest,
            // Parts that are no set stand for themselves.
            whole: if lent.core.world.sender().is_atomic() { amount } else { rest },
            min_part: (send.max_parts > 1).then_some(send.min_part),
            fee_limit: send.fee_limit_of(amount).saturating_sub(fees),
            balances: Balances::Now,
        };
        let search = &mut self.buffers.search;
        let reason = ends.reason(search);
        (reason, ends.shortage(reason, &lent.books.levels, search))
    }

    /// Frees a part of which nothing is under way, and its payment with the last one.
    pub(in crate::lightning) fn close_if_done(
        &mut self,
        id: PartId,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let part = self.parts.get(id.0);
        if part.open || part.htlcs > 0 {
            return;
        }
        let payment = part.payment;
        self.parts.remove(id.0);
        let parent = self.payments.get_mut(payment.0);
        parent.parts_alive -= 1;
        if parent.parts_alive == 0 {
            self.end(payment, lent, cx);
        }
    }

    /// Nothing of the payment is under way: count it and write its row.
    fn end(&mut self, id: PaymentId, lent: &mut Lent<'_>, cx: &mut Context<'_>) {
        let payment = self.payments.remove(id.0);
        if payment.attack_payment.is_some() {
            self.ordered -= 1;
            return;
        }
        self.ended += 1;
        if payment.failure.is_none() {
            let demand = payment.demand;
            lent.books.ledger.node_mut(demand.payer).sent += 1;
            lent.books.ledger.node_mut(demand.payee).received += 1;
        }
        cx.rows.record(Row::Payment(&self.row(&payment, Some(cx.now), lent.books)));
    }

    /// The row of a payment; `ended` is `None` while something of it is under way.
    fn row(&self, payment: &Payment, ended: Option<SimTime>, books: &Books) -> PaymentRow {
        let released = payment.parts > 0 && payment.parts_released == payment.parts;
        let outcome = match payment.failure {
            Some(_) => Outcome::Failed,
            None if released => Outcome::Settled,
            None => Outcome::Pending,
        };
        let settled = outcome == Outcome::Settled;
        let complete = settled && ended.is_some();
        let fee = (settled && payment.payer_known.is_some()).then_some(payment.fee);
        PaymentRow {
            id: payment.demand.id,
            payer: payment.demand.payer,
            payee: payment.demand.payee,
            amount: payment.demand.amount,
            submitted: payment.demand.at,
            measured: payment.demand.at >= self.warmup,
            outcome,
            failure: payment.failure,
            last_error: payment.last_error,
            settled: settled.then_some(payment.released_at),
            payer_known: payment.payer_known.filter(|_| settled),
            final_at: payment.final_at.filter(|_| complete),
            ended,
            attempts: payment.attempts,
            searches: payment.searches,
            parts: payment.parts,
            hops: payment.hops.filter(|_| settled).or(payment.tried_hops),
            fee,
            price_usd: fee.map(|fee| books.in_usd(fee + payment.upfront)),
            resource_usd: None,
            settlement: Settlement::default(),
            feasible: payment.feasible,
            shortage: payment.shortage,
        }
    }

    fn report_attempt(
        &self,
        id: PartId,
        outcome: Outcome,
        ended: Option<SimTime>,
        cx: &mut Context<'_>,
    ) {
        let part = self.parts.get(id.0);
        let route: Vec<_> = part.legs.iter().map(|leg| leg.hop.channel).collect();
        let error = part.error.filter(|_| outcome == Outcome::Failed);
        cx.rows.record(Row::Attempt(&AttemptRow {
            id: self.payments.get(part.payment.0).demand.id,
            part: part.number,
            attempt: part.attempt,
            sent: part.sent,
            ended,
            amount: part.amount,
            fee: part.fee(),
            cltv: part.legs.first().map_or(0, |leg| leg.hop.cltv),
            route: &route,
            outcome,
            error: error.map(|(error, _)| error),
            error_hop: error.map(|(_, node)| node),
        }));
    }

    /// Rows of what is still under way at the end of the run.
    pub(in crate::lightning) fn report_pending(&self, books: &Books, cx: &mut Context<'_>) {
        let parts: Vec<u32> = self.parts.keys().collect();
        for part in parts {
            // Between two events an open part has an attempt under way, if only its preimage.
            if self.parts.get(part).open && self.attack_payment(PartId(part)).is_none() {
                self.report_attempt(PartId(part), Outcome::Pending, None, cx);
            }
        }
        let payments = self.payments.keys().map(|key| self.payments.get(key));
        for payment in payments.filter(|payment| payment.attack_payment.is_none()) {
            cx.rows.record(Row::Payment(&self.row(payment, None, books)));
        }
    }
}
