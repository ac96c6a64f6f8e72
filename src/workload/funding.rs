//! What payers can spend on systems without channels.
//!
//! A channel network is limited by where its money lies. To compare it with a system that has plain
//! accounts, the same payers must own something there: as much as in their channels, a fixed sum, or
//! without limit.

use serde::{Deserialize, Serialize};

use crate::declare::amount::MONEY;
use crate::declare::number::Flag;
use crate::declare::{Declared, Key, Section};
use crate::ids::NodeId;
use crate::units::Msat;

/// How accounts are funded at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Funding {
    /// Each account holds what its owner has in channels.
    SameCapital,
    /// Nobody runs out of money.
    Unlimited,
    /// Each account holds this.
    PerAccount(Msat),
}

/// One of three ways; the first where none is written.
impl Declared for Funding {
    fn start() -> Self {
        Self::SameCapital
    }

    fn read_over(s: &mut Section<'_, '_>, _: Self) -> Self {
        let per_account = Key::new("per_account", "Each account holds this at the start.");
        let unlimited = Key::new("unlimited", "Whether nobody ever runs out of money.");
        let same_capital =
            Key::new("same_capital", "Whether each account holds what its owner has in channels.");
        let per_account = s.optional(per_account, &MONEY, "not in this way");
        let unlimited = s.or(unlimited, &Flag, false);
        let same_capital = s.or(same_capital, &Flag, per_account.is_none() && !unlimited);
        let ways =
            u32::from(per_account.is_some()) + u32::from(unlimited) + u32::from(same_capital);
        s.rule(&["same_capital", "unlimited", "per_account"], ways == 1, || {
            let rule =
                "accounts are funded in one way of `same_capital`, `unlimited`, `per_account`";
            format!("{rule}, but {ways} are given")
        });
        match per_account {
            Some(each) => Self::PerAccount(each),
            None if unlimited => Self::Unlimited,
            None => Self::SameCapital,
        }
    }
}

impl Funding {
    /// The money of each account, by node; `None`: without limit. `in_channels` gives what each node
    /// has in channels.
    pub fn balances(self, in_channels: &[Msat]) -> Option<Vec<Msat>> {
        match self {
            Self::SameCapital => Some(in_channels.to_vec()),
            Self::Unlimited => None,
            Self::PerAccount(each) => Some(vec![each; in_channels.len()]),
        }
    }
}

/// Plain accounts, one per node, which together never lose or gain a millisatoshi.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// `None`: without limit.
    balances: Option<Vec<Msat>>,
}

impl Accounts {
    /// Accounts with these balances; `None`: without limit.
    pub const fn new(balances: Option<Vec<Msat>>) -> Self {
        Self { balances }
    }

    /// Takes money out of an account, unless it holds less.
    #[must_use]
    pub fn take(&mut self, owner: NodeId, amount: Msat) -> bool {
        let Some(balances) = &mut self.balances else { return true };
        let balance = &mut balances[owner.index()];
        match balance.checked_sub(amount) {
            Some(rest) => {
                *balance = rest;
                true
            }
            None => false,
        }
    }

    /// Puts money into an account.
    pub fn put(&mut self, owner: NodeId, amount: Msat) {
        if let Some(balances) = &mut self.balances {
            balances[owner.index()] += amount;
        }
    }

    /// The money of an account; `None`: without limit.
    pub fn balance(&self, owner: NodeId) -> Option<Msat> {
        self.balances.as_ref().map(|balances| balances[owner.index()])
    }

    /// How many accounts there are with a limit.
    pub fn count(&self) -> usize {
        self.balances.as_ref().map_or(0, Vec::len)
    }

    /// All money in the accounts; `None`: without limit.
    pub fn total(&self) -> Option<u128> {
        let balances = self.balances.as_ref()?;
        Some(balances.iter().map(|balance| u128::from(balance.get())).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNELS: [Msat; 2] = [Msat(5), Msat(7)];

    #[test]
    fn each_kind_of_funding_gives_its_balances() {
        assert_eq!(Funding::SameCapital.balances(&CHANNELS), Some(vec![Msat(5), Msat(7)]));
        assert_eq!(Funding::PerAccount(Msat(3)).balances(&CHANNELS), Some(vec![Msat(3); 2]));
        assert_eq!(Funding::Unlimited.balances(&CHANNELS), None);
    }

    #[test]
    fn an_account_gives_what_it_holds_and_no_more() {
        let mut accounts = Accounts::new(Funding::SameCapital.balances(&CHANNELS));
        let (one, two) = (NodeId(0), NodeId(1));
        assert!(!accounts.take(one, Msat(6)));
        assert!(accounts.take(one, Msat(5)));
        accounts.put(two, Msat(5));
        assert_eq!((accounts.balance(one), accounts.balance(two)), (Some(Msat(0)), Some(Msat(12))));
        assert_eq!(accounts.total(), Some(12));
        let mut endless = Accounts::new(None);
        assert!(endless.take(one, Msat::MAX));
        assert_eq!(endless.total(), None);
    }
}
