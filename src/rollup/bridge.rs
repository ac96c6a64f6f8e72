//! The contract on the chain: it holds the money, knows which roots follow each other, and takes requests
//! that the operator must serve in time.
//!
//! What it refuses: batches out of order, a batch that does not begin at the root of the one before, a
//! proof whose statement does not hold or that does not continue the proven batches, paying out what is not
//! proven (invariants R3, R6, R7).

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::rollup::batch::Batch;
use crate::rollup::tree::Hash;
use crate::units::{Msat, SimTime};

/// What a user asks for on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum RequestKind {
    /// Money for an account has arrived.
    Deposit(Msat),
    /// Everything that the account holds shall leave.
    Exit,
}

/// A request that waits for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) number: u64,
    pub(super) account: u32,
    pub(super) kind: RequestKind,
    /// By then it must be in a batch.
    pub(super) deadline: SimTime,
    /// Whether the block that holds it is final.
    pub(super) is_final: bool,
}

/// Why the contract refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BridgeRefusal {
    /// Batches are posted, proven and executed in order.
    OutOfOrder,
    /// The batch does not begin where the one before ends.
    WrongPreRoot,
    /// The proof is not one: its statement does not hold.
    InvalidProof,
    /// The batch is not proven.
    NotProven,
    /// Everybody may leave, and nothing else happens any more.
    Frozen,
}

/// A proof of consecutive batches: what it attests was checked when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Proof {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) before_root: Hash,
    pub(super) root: Hash,
    /// Whether the statement holds.
    pub(super) holds: bool,
}

/// The contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bridge {
    /// Money that it holds.
    escrow: u128,
    /// What it held at the start: the deposits of before.
    genesis: u128,
    /// Deposits that arrived, and those credited by the rollup.
    deposited: u128,
    credited: u128,
    /// Paid out, and burnt on the rollup but not yet paid out.
    paid_out: u128,
    leaving: u128,
    /// Taken with a wrong root that nobody challenged.
    stolen: u128,
    /// Deposits given back when the rollup was frozen.
    returned: u128,
    /// Roots after the batches posted and not yet proven.
    roots: VecDeque<Hash>,
    posted: u64,
    proven: u64,
    executed: u64,
    posted_root: Hash,
    proven_root: Hash,
    requests: VecDeque<Request>,
    /// When everybody was allowed to leave.
    pub(super) frozen: Option<SimTime>,
}

impl Bridge {
    /// A contract that holds the money of the genesis state.
    pub(super) const fn new(genesis: u128, root: Hash) -> Self {
        Self {
            escrow: genesis,
            genesis,
            deposited: 0,
            credited: 0,
            paid_out: 0,
            leaving: 0,
            stolen: 0,
            returned: 0,
            roots: VecDeque::new(),
            posted: 0,
            proven: 0,
            executed: 0,
            posted_root: root,
            proven_root: root,
            requests: VecDeque::new(),
            frozen: None,
        }
    }

    /// Batches posted, proven, executed.
    pub(super) const fn progress(&self) -> [u64; 3] {
        [self.posted, self.proven, self.executed]
    }

    /// Takes the data and the claimed root of a batch.
    pub(super) fn post(
        &mut self,
        number: u64,
        before_root: &Hash,
        root: &Hash,
    ) -> Result<(), BridgeRefusal> {
        if self.frozen.is_some() {
            return Err(BridgeRefusal::Frozen);
        }
        if number != self.posted {
            return Err(BridgeRefusal::OutOfOrder);
        }
        if *before_root != self.posted_root {
            return Err(BridgeRefusal::WrongPreRoot);
        }
        self.posted += 1;
        self.posted_root = *root;
        self.roots.push_back(*root);
        Ok(())
    }

    /// Takes a proof.
    pub(super) fn prove(&mut self, proof: &Proof) -> Result<(), BridgeRefusal> {
        if self.frozen.is_some() {
            return Err(BridgeRefusal::Frozen);
        }
        let continues = proof.first == self.proven && proof.last >= proof.first;
        if !continues || proof.last >= self.posted {
            return Err(BridgeRefusal::OutOfOrder);
        }
        if proof.before_root != self.proven_root {
            return Err(BridgeRefusal::WrongPreRoot);
        }
        let place = usize::try_from(proof.last - self.proven).unwrap_or(usize::MAX);
        if !proof.holds || self.roots.get(place) != Some(&proof.root) {
            return Err(BridgeRefusal::InvalidProof);
        }
        self.accept(proof.last, place);
        Ok(())
    }

    /// Accepts the roots up to a batch without a proof: the window of its assertion is over.
    pub(super) fn confirm(&mut self, last: u64) -> Result<(), BridgeRefusal> {
        if last < self.proven || last >= self.posted {
            return Err(BridgeRefusal::OutOfOrder);
        }
        let place = usize::try_from(last - self.proven).unwrap_or(usize::MAX);
        self.accept(last, place);
        Ok(())
    }

    fn accept(&mut self, last: u64, place: usize) {
        self.proven = last + 1;
        self.proven_root = self.roots.drain(..=place).next_back().unwrap_or(self.proven_root);
    }

    /// Pays out the withdrawals of a batch: once, in order, and not before its root is accepted.
    pub(super) fn execute(&mut self, batch: &Batch) -> Result<(), BridgeRefusal> {
        if batch.number != self.executed {
            return Err(BridgeRefusal::OutOfOrder);
        }
        if batch.number >= self.proven {
            return Err(BridgeRefusal::NotProven);
        }
        self.executed += 1;
        let amount = u128::from(batch.leaving().0);
        self.leaving -= amount;
        self.pay(amount);
        Ok(())
    }

    fn pay(&mut self, amount: u128) {
        self.paid_out += amount;
        self.escrow = self.escrow.checked_sub(amount).expect("R1: the bridge pays what it holds");
    }

    /// A batch has been closed: what leaves with it is burnt, what arrived is credited.
    pub(super) fn sealed(&mut self, batch: &Batch) {
        self.leaving += u128::from(batch.leaving().0);
        self.credited += batch.credited.iter().map(|(_, m)| u128::from(m.0)).sum::<u128>();
    }

    /// A closed batch has been taken back.
    pub(super) fn taken_back(&mut self, batch: &Batch) {
        self.leaving -= u128::from(batch.leaving().0);
        self.credited -= batch.credited.iter().map(|(_, m)| u128::from(m.0)).sum::<u128>();
    }

    /// A user's request stands in a block.
    pub(super) fn request(&mut self, request: Request) {
        if let RequestKind::Deposit(amount) = request.kind {
            self.escrow += u128::from(amount.0);
            self.deposited += u128::from(amount.0);
        }
        self.requests.push_back(request);
    }

    /// The block of a request is final.
    pub(super) fn request_final(&mut self, number: u64) {
        if let Some(request) = self.requests.iter_mut().find(|request| request.number == number) {
            request.is_final = true;
        }
    }

    /// The request that is next.
    pub(super) fn next_request(&self) -> Option<&Request> {
        self.requests.front()
    }

    /// The next request is in a batch.
    pub(super) fn served(&mut self) {
        self.requests.pop_front();
    }

    /// Whether a request has not been served in time.
    pub(super) fn is_overdue(&self, now: SimTime) -> bool {
        self.next_request().is_some_and(|request| request.deadline <= now)
    }

    /// Freezes the rollup: nothing is posted or proven any more, and deposits that the last executed state
    /// does not hold go back.
    pub(super) fn freeze(&mut self, now: SimTime) {
        self.frozen = Some(now);
        self.requests.clear();
        let back = self.deposited - self.credited - self.returned;
        self.returned += back;
        self.escrow = self.escrow.checked_sub(back).expect("R1: deposits lie in the bridge");
    }

    /// An account leaves a frozen rollup with what the last executed state gives it.
    pub(super) fn escape(&mut self, amount: Msat) {
        self.pay(u128::from(amount.0));
    }

    /// A wrong root that nobody challenged pays out money of others.
    pub(super) fn steal(&mut self, amount: Msat) -> Msat {
        let amount = u128::from(amount.0).min(self.escrow);
        self.escrow -= amount;
        self.stolen += amount;
        Msat(u64::try_from(amount).unwrap_or(u64::MAX))
    }

    /// Money that it holds: the users' on the rollup, and what is on its way in and out.
    pub(super) const fn escrow(&self) -> u128 {
        self.escrow
    }

    /// Money burnt and not yet paid out.
    pub(super) const fn leaving(&self) -> u128 {
        self.leaving
    }

    /// Invariant R1, in both halves: state and bridge. `open_out` and `open_in` left and entered the state
    /// with the open batch.
    pub(super) fn money(&self, state: u128, open_out: u128, open_in: u128) -> Result<(), String> {
        let there = state + self.leaving + open_out;
        let due = self.genesis + self.credited + open_in - self.paid_out;
        if there != due {
            return Err(format!("the state holds {there} msat with what leaves, should be {due}"));
        }
        let due = self.genesis + self.deposited - self.paid_out - self.stolen - self.returned;
        if self.escrow != due {
            return Err(format!("the bridge holds {} msat, should be {due}", self.escrow));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted() -> Bridge {
        let mut bridge = Bridge::new(100, [0; 32]);
        bridge.post(0, &[0; 32], &[1; 32]).unwrap();
        bridge.post(1, &[1; 32], &[2; 32]).unwrap();
        bridge
    }

    fn proof(first: u64, last: u64, before: u8, root: u8) -> Proof {
        Proof { first, last, before_root: [before; 32], root: [root; 32], holds: true }
    }

    #[test]
    fn batches_are_posted_in_order_and_each_begins_where_the_last_ended() {
        let mut bridge = posted();
        assert_eq!(bridge.post(3, &[2; 32], &[3; 32]), Err(BridgeRefusal::OutOfOrder));
        assert_eq!(bridge.post(2, &[1; 32], &[3; 32]), Err(BridgeRefusal::WrongPreRoot));
        assert_eq!(bridge.post(2, &[2; 32], &[3; 32]), Ok(()));
    }

    #[test]
    fn only_a_proof_that_holds_and_continues_is_accepted() {
        let mut bridge = posted();
        let invalid = Proof { holds: false, ..proof(0, 1, 0, 2) };
        for (bad, why) in [
            (invalid, BridgeRefusal::InvalidProof),
            (proof(0, 1, 0, 7), BridgeRefusal::InvalidProof),
            (proof(0, 1, 9, 2), BridgeRefusal::WrongPreRoot),
            (proof(1, 1, 1, 2), BridgeRefusal::OutOfOrder),
            (proof(0, 2, 0, 3), BridgeRefusal::OutOfOrder),
        ] {
            assert_eq!(bridge.prove(&bad), Err(why), "{bad:?}");
        }
        assert_eq!(bridge.prove(&proof(0, 0, 0, 1)), Ok(()));
        assert_eq!(bridge.prove(&proof(1, 1, 1, 2)), Ok(()));
        assert_eq!(bridge.progress(), [2, 2, 0]);
    }

    #[test]
    fn a_frozen_rollup_takes_nothing_more_and_gives_deposits_back() {
        let mut bridge = posted();
        let kind = RequestKind::Deposit(Msat(40));
        let deadline = SimTime(5);
        bridge.request(Request { number: 0, account: 1, kind, deadline, is_final: false });
        assert!(!bridge.is_overdue(SimTime(4)) && bridge.is_overdue(SimTime(5)));
        assert_eq!(bridge.money(100, 0, 0), Ok(()));
        bridge.freeze(SimTime(5));
        assert_eq!(bridge.post(2, &[2; 32], &[3; 32]), Err(BridgeRefusal::Frozen));
        assert_eq!(bridge.prove(&proof(0, 0, 0, 1)), Err(BridgeRefusal::Frozen));
        bridge.escape(Msat(60));
        assert_eq!(bridge.money(40, 0, 0), Ok(()));
        assert!(bridge.money(41, 0, 0).is_err());
    }
}
