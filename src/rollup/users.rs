//! What users do beside paying: deposits, withdrawals, requests on the chain.
//!
//! Times, accounts and shares are drawn from keyed draws, so that a workload stays what it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::{Draws, Schedule, Seeds, Source};
use crate::rollup::bridge::RequestKind;
use crate::rollup::events::CoreEvent;
use crate::rollup::operation::account_of;
use crate::rollup::params;
use crate::units::SimDuration;

/// A withdrawal that a user wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WithdrawalRequest {
    pub(super) account: u32,
    /// Share of the balance, in units of 2^-32.
    pub(super) share: u32,
    /// Number of the request, where it is asked for on the chain.
    pub(super) forced: Option<u64>,
}

/// The users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Users {
    params: params::Users,
    nodes: u32,
    deposits: Draws,
    withdrawals: Draws,
    deposit: u64,
    withdrawal: u64,
    /// Requests on their way to the chain, by number.
    requests: BTreeMap<u64, (u32, RequestKind)>,
    next_request: u64,
}

impl Users {
    pub(super) fn new(params: params::Users, nodes: u32, seeds: Seeds) -> Self {
        Self {
            params,
            nodes,
            deposits: seeds.draws("rollup.deposits"),
            withdrawals: seeds.draws("rollup.withdrawals"),
            deposit: 0,
            withdrawal: 0,
            requests: BTreeMap::new(),
            next_request: 0,
        }
    }

    pub(super) fn start(&self, schedule: &mut impl Schedule<CoreEvent>) {
        let mut first = self.deposits.at(0, 0);
        after(self.params.deposits, &mut first, CoreEvent::Deposit, schedule);
        let mut first = self.withdrawals.at(0, 0);
        after(self.params.withdrawals, &mut first, CoreEvent::Withdraw, schedule);
    }

    /// A deposit is made: the number of its request.
    pub(super) fn deposit(&mut self, schedule: &mut impl Schedule<CoreEvent>) -> u64 {
        self.deposit += 1;
        let mut draws = self.deposits.at(0, self.deposit);
        after(self.params.deposits, &mut draws, CoreEvent::Deposit, schedule);
        let account = self.draw_account(&mut draws);
        self.ask(account, RequestKind::Deposit(self.params.deposit_amount))
    }

    /// A withdrawal is wanted.
    pub(super) fn withdrawal(
        &mut self,
        schedule: &mut impl Schedule<CoreEvent>,
    ) -> WithdrawalRequest {
        self.withdrawal += 1;
        let mut draws = self.withdrawals.at(0, self.withdrawal);
        after(self.params.withdrawals, &mut draws, CoreEvent::Withdraw, schedule);
        let account = self.draw_account(&mut draws);
        let share = u32::try_from(draws.below(1 << 32)).expect("below 2^32");
        let forced = draws.chance(self.params.forced_share);
        WithdrawalRequest {
            account,
            share,
            forced: forced.then(|| self.ask(account, RequestKind::Exit)),
        }
    }

    /// The request of this number has reached the chain.
    pub(super) fn request(&mut self, number: u64) -> (u32, RequestKind) {
        self.requests.remove(&number).expect("every request is asked for once")
    }

    fn ask(&mut self, account: u32, kind: RequestKind) -> u64 {
        let number = self.next_request;
        self.next_request += 1;
        self.requests.insert(number, (account, kind));
        number
    }

    fn draw_account(&self, draws: &mut Source) -> u32 {
        account_of(u32::try_from(draws.below(u64::from(self.nodes))).expect("a node's number"))
    }
}

/// Schedules the next of a Poisson process; the first draw of `draws`. A rate of 0 has no next.
fn after(rate: f64, draws: &mut Source, event: CoreEvent, schedule: &mut impl Schedule<CoreEvent>) {
    let gap = draws.exponential();
    if rate > 0.0 {
        schedule.after(SimDuration::from_secs_f64(gap / rate), event);
    }
}
