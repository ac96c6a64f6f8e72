//! Exit without the operator: the rollup freezes, and every account exits with its balance in the last
//! accepted state.

use crate::outcome::Failure;
use crate::rollup::batch::Batch;
use crate::rollup::core::{Core, FIRST_USER_SENDER};
use crate::rollup::events::Tag;
use crate::rollup::operation::Operation;
use crate::rows::{Row, Rows};
use crate::units::{Msat, SimTime};

impl Core {
    /// Freezes the rollup at the state after the batches before `kept`; everybody begins to leave. Gives
    /// the batches that are taken back.
    pub(super) fn freeze(&mut self, kept: u64, now: SimTime, rows: &mut dyn Rows) -> Vec<Batch> {
        self.operator.halt(now, rows);
        let open = self.operator.drop_open();
        let mut gone = Vec::new();
        while self.batches.last_key_value().is_some_and(|(number, _)| *number >= kept) {
            let Some((_, batch)) = self.batches.pop_last() else { break };
            self.operator.undo(&batch.before);
            self.bridge.taken_back(&batch);
            gone.push(batch);
        }
        self.bridge.freeze(now);
        gone.reverse();
        for batch in &gone {
            rows.record(Row::Batch(&batch.row(&self.prices)));
            for held in &batch.payments {
                rows.record(Row::Payment(&batch.payment_row(held, &self.prices, true)));
            }
        }
        for held in &open.payments {
            rows.record(Row::Payment(&held.row(Some(Failure::OperatorHalted))));
        }
        let gas = self.operator.params.gas.escape;
        for account in 1..=self.nodes {
            let held = self.operator.ledger.account(account).copied().unwrap_or_default();
            if held.balance > Msat::ZERO {
                let sender = (FIRST_USER_SENDER << 1) + u64::from(account);
                self.send(Tag::Escape(account), sender, gas, 0, now);
            }
        }
        gone
    }

    pub(super) fn escaped(&mut self, account: u32) {
        let held = self.operator.ledger.account(account).copied().unwrap_or_default();
        let exit = Operation::Exit { from: account, amount: held.balance };
        self.operator.ledger.apply(&exit).expect("R6: an account leaves with what it holds");
        self.operator.ledger.end_batch();
        self.bridge.escape(held.balance);
    }
}
