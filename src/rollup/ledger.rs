//! Balances and nonces as the operator keeps them: every operation is checked before it is applied.
//!
//! The state holds inside a batch: a balance that an earlier payment of the same batch has spent cannot be
//! spent again, and nonces follow each other without a gap (invariant R2). What a batch touched is kept
//! with its state before, so that a batch can be taken back.

use serde::{Deserialize, Serialize};

use crate::rollup::operation::{OPERATOR, Operation};
use crate::units::Msat;

/// An account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What it holds.
    pub balance: Msat,
    /// Operations it has signed.
    pub nonce: u32,
}

/// Why an operation cannot be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LedgerError {
    /// No such account.
    Account,
    /// The nonce is not the account's next one.
    Nonce,
    /// The account holds less than amount and fee.
    Funds,
}

/// An account and its state before a batch.
pub type PriorAccount = (u32, Account);

/// All accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    accounts: Vec<Account>,
    /// Accounts that the open batch has touched, as they were before it.
    touched: Vec<PriorAccount>,
    /// Number of the open batch, and the last batch that touched each account, both from 1.
    batch: u32,
    last: Vec<u32>,
    /// Sum of all balances.
    total: u128,
}

impl Ledger {
    /// Accounts with these balances.
    pub fn new(balances: impl Iterator<Item = Msat>) -> Self {
        let accounts: Vec<_> = balances.map(|balance| Account { balance, nonce: 0 }).collect();
        let total = accounts.iter().map(|account| u128::from(account.balance.0)).sum();
        let last = vec![0; accounts.len()];
        Self { accounts, touched: Vec::new(), batch: 1, last, total }
    }

    /// An account, if there is one of this number.
    pub fn account(&self, account: u32) -> Option<&Account> {
        self.accounts.get(account as usize)
    }

    /// All accounts.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Sum of all balances, kept along.
    pub const fn total(&self) -> u128 {
        self.total
    }

    /// Applies an operation that nobody needs to sign.
    ///
    /// # Errors
    /// When a check fails; nothing has changed then.
    pub fn apply(&mut self, operation: &Operation) -> Result<(), LedgerError> {
        match *operation {
            Operation::Deposit { to, amount } => {
                self.holds(to, Msat::ZERO)?;
                self.credit(to, amount);
                self.total += u128::from(amount.0);
            }
            Operation::Exit { from, amount } => {
                self.holds(from, amount)?;
                self.debit(from, amount);
                self.total -= u128::from(amount.0);
            }
            Operation::Payment { .. } | Operation::Withdrawal { .. } => {
                return Err(LedgerError::Nonce);
            }
        }
        Ok(())
    }

    /// Whether an operation can be applied that its account has signed under `nonce`.
    ///
    /// # Errors
    /// When a check fails.
    pub fn check_signed(&self, operation: &Operation, nonce: u32) -> Result<(), LedgerError> {
        match *operation {
            Operation::Payment { from, to, amount, fee } => {
                self.may_spend(from, amount.saturating_add(fee), nonce)?;
                self.holds(to, Msat::ZERO)
            }
            Operation::Withdrawal { from, amount, fee } => {
                self.may_spend(from, amount.saturating_add(fee), nonce)
            }
            Operation::Deposit { .. } | Operation::Exit { .. } => Ok(()),
        }
    }

    /// Applies an operation that its account has signed under `nonce`.
    ///
    /// # Errors
    /// When a check fails; nothing has changed then.
    pub fn apply_signed(&mut self, operation: &Operation, nonce: u32) -> Result<(), LedgerError> {
        self.check_signed(operation, nonce)?;
        match *operation {
            Operation::Payment { from, to, amount, fee } => {
                self.debit(from, amount + fee);
                self.credit(to, amount);
                self.credit(OPERATOR, fee);
                self.accounts[from as usize].nonce += 1;
            }
            Operation::Withdrawal { from, amount, fee } => {
                self.debit(from, amount + fee);
                self.credit(OPERATOR, fee);
                self.accounts[from as usize].nonce += 1;
                self.total -= u128::from(amount.0);
            }
            Operation::Deposit { .. } | Operation::Exit { .. } => self.apply(operation)?,
        }
        Ok(())
    }

    /// Ends the open batch: what it touched, as it was before.
    pub fn end_batch(&mut self) -> Vec<PriorAccount> {
        self.batch += 1;
        std::mem::take(&mut self.touched)
    }

    /// What the open batch has touched.
    pub fn touched(&self) -> &[PriorAccount] {
        &self.touched
    }

    /// Takes a batch back, the latest first.
    pub fn undo(&mut self, before: &[PriorAccount]) {
        for (account, state) in before {
            let held = &mut self.accounts[*account as usize];
            self.total = self.total + u128::from(state.balance.0) - u128::from(held.balance.0);
            *held = *state;
        }
    }

    fn may_spend(&self, from: u32, amount: Msat, nonce: u32) -> Result<(), LedgerError> {
        let account = self.account(from).ok_or(LedgerError::Account)?;
        if account.nonce != nonce {
            return Err(LedgerError::Nonce);
        }
        self.holds(from, amount)
    }

    fn holds(&self, account: u32, amount: Msat) -> Result<(), LedgerError> {
        let held = self.account(account).ok_or(LedgerError::Account)?;
        if held.balance < amount { Err(LedgerError::Funds) } else { Ok(()) }
    }

    fn debit(&mut self, account: u32, amount: Msat) {
        self.touch(account);
        self.accounts[account as usize].balance -= amount;
    }

    fn credit(&mut self, account: u32, amount: Msat) {
        self.touch(account);
        self.accounts[account as usize].balance += amount;
    }

    fn touch(&mut self, account: u32) {
        let last = &mut self.last[account as usize];
        if *last != self.batch {
            *last = self.batch;
            self.touched.push((account, self.accounts[account as usize]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pay(from: u32, to: u32, amount: u64, fee: u64) -> Operation {
        Operation::Payment { from, to, amount: Msat(amount), fee: Msat(fee) }
    }

    fn ledger() -> Ledger {
        Ledger::new([0, 100, 50].map(Msat).into_iter())
    }

    #[test]
    fn a_payment_moves_amount_and_fee_and_raises_the_nonce() {
        let mut ledger = ledger();
        ledger.apply_signed(&pay(1, 2, 60, 3), 0).unwrap();
        let balances: Vec<_> = ledger.accounts().iter().map(|a| a.balance.0).collect();
        assert_eq!((balances.as_slice(), ledger.total()), ([3, 37, 110].as_slice(), 150));
        assert_eq!(ledger.account(1).unwrap().nonce, 1);
    }

    #[test]
    fn an_overspend_inside_a_batch_is_rejected() {
        let mut ledger = ledger();
        ledger.apply_signed(&pay(1, 2, 60, 0), 0).unwrap();
        assert_eq!(ledger.apply_signed(&pay(1, 2, 41, 0), 1), Err(LedgerError::Funds));
        assert_eq!(ledger.apply_signed(&pay(1, 2, 40, 1), 1), Err(LedgerError::Funds));
        assert_eq!(ledger.apply_signed(&pay(1, 2, 40, 0), 1), Ok(()));
    }

    #[test]
    fn a_replayed_or_skipped_nonce_is_rejected() {
        let mut ledger = ledger();
        ledger.apply_signed(&pay(1, 2, 1, 0), 0).unwrap();
        for nonce in [0, 2] {
            assert_eq!(ledger.apply_signed(&pay(1, 2, 1, 0), nonce), Err(LedgerError::Nonce));
        }
        assert_eq!(ledger.apply_signed(&pay(1, 3, 1, 0), 1), Err(LedgerError::Account));
        assert_eq!(ledger.apply(&pay(1, 2, 1, 0)), Err(LedgerError::Nonce), "unsigned");
    }

    #[test]
    fn money_enters_by_deposits_and_leaves_by_withdrawals_and_exits() {
        let mut ledger = ledger();
        ledger.apply(&Operation::Deposit { to: 2, amount: Msat(7) }).unwrap();
        assert_eq!(ledger.total(), 157);
        let out = Operation::Withdrawal { from: 2, amount: Msat(50), fee: Msat(5) };
        ledger.apply_signed(&out, 0).unwrap();
        assert_eq!(ledger.total(), 107);
        ledger.apply(&Operation::Exit { from: 1, amount: Msat(100) }).unwrap();
        assert_eq!(ledger.total(), 7);
        let touched = ledger.end_batch();
        ledger.undo(&touched);
        assert_eq!((ledger.total(), ledger.account(2).unwrap().nonce), (150, 0));
    }
}
