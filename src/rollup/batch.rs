//! A batch from its closing to its finality, and the payments that wait with it.

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::Calldata;
use crate::ids::NodeId;
use crate::outcome::{Failure, Outcome, SealedBy};
use crate::prices::Prices;
use crate::rollup::layout::Witness;
use crate::rollup::ledger::PriorAccount;
use crate::rollup::tree::Hash;
use crate::rows::{BatchRow, PaymentRow, Settlement};
use crate::units::{Gas, Msat, SimDuration, SimTime, Wei};

/// A payment that has been executed and is not final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ExecutedPayment {
    pub(super) id: u64,
    pub(super) payer: NodeId,
    pub(super) payee: NodeId,
    pub(super) amount: Msat,
    pub(super) fee: Msat,
    pub(super) submitted: SimTime,
    /// When the payee learns of it: the soft confirmation.
    pub(super) soft_confirmed_at: SimTime,
    pub(super) attempts: u32,
    pub(super) measured: bool,
}

/// Money on its way out in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outgoing {
    pub(super) account: u32,
    pub(super) amount: Msat,
}

/// A closed batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Batch {
    pub(super) number: u64,
    pub(super) opened: SimTime,
    pub(super) sealed: SimTime,
    /// Time since the batch before was closed, or since the start.
    pub(super) period: SimDuration,
    pub(super) sealed_by: SealedBy,
    pub(super) operations: u64,
    pub(super) payments: Vec<ExecutedPayment>,
    pub(super) outgoing: Vec<Outgoing>,
    /// Deposits credited: number and amount.
    pub(super) credited: Vec<(u64, Msat)>,
    pub(super) data: Calldata,
    pub(super) before_root: Hash,
    pub(super) root: Hash,
    /// Whether the statement of its proof holds; checked by the second implementation.
    pub(super) attested: bool,
    /// Posted bytes and witnesses, where watchers still have to replay them.
    pub(super) unreplayed: Option<(Vec<u8>, Vec<Witness>)>,
    /// What it touched, as it was.
    pub(super) before: Vec<PriorAccount>,
    pub(super) fees: Msat,
    pub(super) fullness: f64,
    pub(super) waiting_payments: u64,
    pub(super) waiting_batches: u64,
    pub(super) posted: Option<SimTime>,
    pub(super) proven: Option<SimTime>,
    pub(super) final_at: Option<SimTime>,
    pub(super) executed: Option<SimTime>,
    /// Its share of transactions.
    pub(super) gas: Gas,
    pub(super) blobs: f64,
    pub(super) paid: Wei,
    pub(super) proving_usd: f64,
    pub(super) faults: u32,
}

impl Batch {
    /// Money leaving with it.
    pub(super) fn leaving(&self) -> Msat {
        self.outgoing.iter().map(|out| out.amount).sum()
    }

    /// Adds its share of a transaction that serves so many batches.
    pub(super) fn charge(&mut self, gas: Gas, blobs: f64, paid: Wei, of: u64) {
        self.gas += Gas(gas.0 / of);
        #[expect(clippy::cast_precision_loss, reason = "a share for the report")]
        let share = blobs / of as f64;
        self.blobs += share;
        self.paid += Wei(paid.0 / u128::from(of));
    }

    /// Adds a part of a transaction that does not serve its batches in equal shares.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share for the report, rounded down; the part is at most 1"
    )]
    pub(super) fn charge_part(&mut self, gas: Gas, paid: Wei, part: f64) {
        self.gas += Gas((gas.0 as f64 * part) as u64);
        self.paid += Wei((paid.0 as f64 * part) as u128);
    }

    fn l1_usd(&self, prices: &Prices) -> f64 {
        prices.wei_in_usd(self.paid)
    }

    /// Its row.
    pub(super) fn row(&self, prices: &Prices) -> BatchRow {
        BatchRow {
            number: self.number,
            opened: self.opened,
            sealed: self.sealed,
            sealed_by: self.sealed_by,
            payments: self.payments.len() as u64,
            operations: self.operations,
            fullness: self.fullness,
            bytes: self.data.bytes(),
            root: self.root,
            fees: self.fees,
            waiting_payments: self.waiting_payments,
            waiting_batches: self.waiting_batches,
            posted: self.posted,
            proven: self.proven,
            final_at: self.final_at,
            executed: self.executed,
            gas: self.gas,
            blobs: self.blobs,
            cost_usd: self.l1_usd(prices) + self.proving_usd,
            proving_usd: self.proving_usd,
            faults: self.faults,
        }
    }

    /// The row of one of its payments; `undone` when the batch was taken back.
    #[expect(clippy::cast_precision_loss, reason = "shares for the report")]
    pub(super) fn payment_row(
        &self,
        held: &ExecutedPayment,
        prices: &Prices,
        undone: bool,
    ) -> PaymentRow {
        let share = self.operations.max(1) as f64;
        let (l1_usd, operator_usd) = (self.l1_usd(prices) / share, self.proving_usd / share);
        let settlement = Settlement {
            included: self.posted,
            withdrawable: self.executed,
            acknowledged: true,
            l1_usd,
            operator_usd,
            l1_weight: 0.0,
            l1_gas: self.gas.0 as f64 / share,
            l1_bytes: self.data.bytes() as f64 / share,
        };
        let is_over = self.final_at.is_some() && self.executed.is_some();
        PaymentRow {
            final_at: self.final_at.filter(|_| !undone),
            ended: self.final_at.max(self.executed).filter(|_| is_over || undone),
            price_usd: Some(prices.msat_in_usd(held.fee)).filter(|_| !undone),
            resource_usd: Some(l1_usd + operator_usd),
            settlement,
            ..held.row(undone.then_some(Failure::OperatorHalted))
        }
    }
}

impl ExecutedPayment {
    /// What is known of a payment without its batch.
    pub(super) fn row(&self, failure: Option<Failure>) -> PaymentRow {
        let settled = failure.is_none();
        PaymentRow {
            id: self.id,
            payer: self.payer,
            payee: self.payee,
            amount: self.amount,
            submitted: self.submitted,
            measured: self.measured,
            outcome: if settled { Outcome::Settled } else { Outcome::Failed },
            failure,
            last_error: None,
            settled: Some(self.soft_confirmed_at).filter(|_| settled),
            payer_known: Some(self.soft_confirmed_at).filter(|_| settled),
            final_at: None,
            ended: None,
            attempts: self.attempts,
            searches: 0,
            parts: 1,
            hops: None,
            fee: Some(self.fee).filter(|_| settled),
            price_usd: None,
            resource_usd: None,
            settlement: Settlement::default(),
            feasible: None,
            shortage: None,
        }
    }
}
