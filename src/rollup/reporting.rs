//! What a rollup reports: rows of batches and payments, samples, invariants.

use crate::outcome::Outcome;
use crate::rollup::batch::Batch;
use crate::rollup::core::Core;
#[cfg(test)]
use crate::rollup::operation::account_of;
use crate::rollup::sequencer::ExecutionResult;
use crate::rows::{EthereumSample, PaymentRow, RollupSample, Row, Rows};
use crate::system::Broken;
use crate::units::{Msat, SimTime};

impl Core {
    /// Writes the rows of a batch that is over, and forgets it.
    pub(super) fn finish_batch(&mut self, number: u64, rows: &mut dyn Rows) {
        let Some(batch) = self.batches.get(&number) else { return };
        if batch.final_at.is_none() || batch.executed.is_none() {
            return;
        }
        self.report(batch, rows);
        self.batches.remove(&number);
    }

    fn report(&self, batch: &Batch, rows: &mut dyn Rows) {
        rows.record(Row::Batch(&batch.row(&self.prices)));
        for held in &batch.payments {
            rows.record(Row::Payment(&batch.payment_row(held, &self.prices, false)));
        }
    }

    /// The run ends: rows of what is under way.
    pub(super) fn finish(&mut self, now: SimTime, rows: &mut dyn Rows) {
        let pending = |soft_confirmed_at: SimTime| soft_confirmed_at > now;
        for batch in self.batches.values() {
            rows.record(Row::Batch(&batch.row(&self.prices)));
            for held in &batch.payments {
                let row = batch.payment_row(held, &self.prices, false);
                rows.record(Row::Payment(&if pending(held.soft_confirmed_at) {
                    unheard(row)
                } else {
                    row
                }));
            }
        }
        for held in &self.operator.open.payments {
            let mut row = held.row(None);
            row.settlement.acknowledged = true;
            row.price_usd = Some(self.prices.msat_in_usd(held.fee));
            rows.record(Row::Payment(&if pending(held.soft_confirmed_at) {
                unheard(row)
            } else {
                row
            }));
        }
        let (jobs, responses) = self.operator.sequencer.unanswered();
        for job in jobs {
            let Some(demand) = &job.demand else { continue };
            rows.record(Row::Payment(&self.operator.pending(demand, job.attempts)));
        }
        for response in responses {
            if let ExecutionResult::Refused(job, _) = response.answer {
                let Some(demand) = &job.demand else { continue };
                rows.record(Row::Payment(&self.operator.pending(demand, job.attempts)));
            }
        }
    }

    pub(super) fn sample(&self) -> RollupSample {
        let [_, proven, _] = self.bridge.progress();
        let leaving = u64::try_from(self.bridge.leaving()).unwrap_or(u64::MAX);
        RollupSample {
            queue: self.operator.sequencer.waiting(),
            open_batch: self.operator.open.operations.len() as u64,
            provers_busy: None,
            unproven_batches: self.operator.sealed.saturating_sub(proven),
            unfinal_batches: self.batches.len() as u64,
            withdrawing: Msat(leaving),
            chain: EthereumSample {
                height: self.chain.height(),
                base_fee: self.chain.market().base_fee,
                blob_fee: self.chain.market().blob_fee(),
                waiting_transactions: self.l1_sender.waiting(),
            },
        }
    }

    /// How many things [`Self::check`] looks at.
    pub(super) fn check_size(&self) -> usize {
        let open = &self.operator.open;
        let accounts = self.operator.ledger.accounts().len();
        accounts + self.batches.len() + open.outgoing.len() + open.credited.len()
    }

    /// Invariants R1, R3, R4's other half and T4.
    pub(super) fn check(&self) -> Result<(), Broken> {
        let broken = |invariant, detail| Err(Broken { invariant, detail });
        let ledger = &self.operator.ledger;
        let sum: u128 = ledger.accounts().iter().map(|a| u128::from(a.balance.0)).sum();
        if sum != ledger.total() {
            return broken("R1", format!("balances sum to {sum}, kept: {}", ledger.total()));
        }
        let open = &self.operator.open;
        let open_out = open.outgoing.iter().map(|out| u128::from(out.amount.0)).sum();
        let open_in = open.credited.iter().map(|(_, amount)| u128::from(amount.0)).sum();
        if let Err(detail) = self.bridge.money(ledger.total(), open_out, open_in) {
            return broken("R1", detail);
        }
        let mut batches = self.batches.values().peekable();
        while let Some(batch) = batches.next() {
            let next_root = batches.peek().map_or(&self.operator.root, |next| &next.before_root);
            if *next_root != batch.root && self.bridge.frozen.is_none() {
                return broken(
                    "R3",
                    format!("batch {} is not where the next begins", batch.number),
                );
            }
        }
        let (area, spent) = self.operator.sequencer.little();
        if area != spent {
            return broken("T4", format!("sequencer: area {area}, time spent {spent}"));
        }
        Ok(())
    }

    /// What a node holds on the rollup.
    #[cfg(test)]
    pub(super) fn balance_of(&self, node: u32) -> Msat {
        let account = self.operator.ledger.account(account_of(node));
        account.map_or(Msat::ZERO, |account| account.balance)
    }
}

/// A payment whose soft confirmation had not arrived when the run ended.
fn unheard(row: PaymentRow) -> PaymentRow {
    let mut row = PaymentRow {
        outcome: Outcome::Pending,
        settled: None,
        payer_known: None,
        fee: None,
        ..row
    };
    row.settlement.acknowledged = false;
    row
}
