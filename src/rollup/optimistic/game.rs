//! The dispute about an assertion: bisection over roots, and one step that the chain executes itself.
//!
//! Asserter and challenger agree on the root before the assertion and disagree on the one after it. In each
//! round the asserter states the root in the middle, and the challenger, who has rebuilt every root from the
//! posted bytes, says on which side the error lies: first over the batches of the assertion, then over the
//! operations of one batch. What is left is one operation. For that one the chain gets the touched accounts
//! with their Merkle paths and computes the root that follows.
//!
//! The roots are real. The asserter's are right up to the operation where it cheats and made up from there.

use serde::{Deserialize, Serialize};

use crate::rollup::ledger::Account;
use crate::rollup::operation::{OPERATOR, Operation};
use crate::rollup::replay::Touch;
use crate::rollup::tree::{Hash, leaf, root_of};
use crate::units::Msat;

/// One side's roots over a range: index 0 before it, the last one after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RootRange {
    /// Roots rebuilt from the posted bytes.
    pub(super) right: Vec<Hash>,
    /// The step that the asserter gets wrong.
    pub(super) wrong_step: u64,
}

impl RootRange {
    /// What the asserter claims after `index` steps.
    pub(super) fn claimed(&self, index: u64) -> Hash {
        let right = self.right_root(index);
        if index <= self.wrong_step {
            return right;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(&right).update(b"claimed");
        *hasher.finalize().as_bytes()
    }

    pub(super) fn right_root(&self, index: u64) -> Hash {
        self.right[usize::try_from(index).expect("an index of a list in memory")]
    }

    const fn steps(&self) -> u64 {
        self.right.len() as u64 - 1
    }
}

/// A game under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Game {
    /// Over batches, then over the operations of one.
    levels: Vec<RootRange>,
    level: usize,
    /// Agreed after `low` steps, disputed after `high`.
    low: u64,
    high: u64,
    /// Moves made.
    pub(super) moves: u32,
    operation: Operation,
    touches: Vec<Touch>,
}

/// What a move leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextMove {
    /// The other side answers.
    Answer,
    /// One operation is left: the chain decides.
    Step,
}

impl Game {
    pub(super) fn new(
        batches: RootRange,
        operations: RootRange,
        operation: Operation,
        touches: Vec<Touch>,
    ) -> Self {
        let high = batches.steps();
        let levels = vec![batches, operations];
        Self { levels, level: 0, low: 0, high, moves: 0, operation, touches }
    }

    /// The next move: the asserter states the middle, the challenger chooses the half.
    pub(super) fn play(&mut self) -> NextMove {
        self.moves += 1;
        if self.high - self.low == 1 && self.level + 1 < self.levels.len() {
            self.level += 1;
            (self.low, self.high) = (0, self.levels[self.level].steps());
        }
        if self.high - self.low == 1 {
            return NextMove::Step;
        }
        // Two moves, one of each side, halve the range.
        if self.moves.is_multiple_of(2) {
            let middle = u64::midpoint(self.low, self.high);
            let level = &self.levels[self.level];
            if level.claimed(middle) == level.right_root(middle) {
                self.low = middle;
            } else {
                self.high = middle;
            }
        }
        NextMove::Answer
    }

    /// Whether one operation is left and both sides have said so.
    pub(super) fn is_decided(&self) -> bool {
        self.level + 1 == self.levels.len() && self.high - self.low == 1 && self.moves > 0
    }

    /// What the chain finds: whether the asserter's root follows from the one before it by this operation.
    pub(super) fn asserter_is_right(&self) -> bool {
        let level = &self.levels[self.level];
        let (before, after) = (level.claimed(self.low), level.claimed(self.high));
        step(&before, &self.operation, &self.touches) == Some(after)
    }
}

/// The root after one operation, from the root before it and the touched accounts alone; `None` when the
/// paths do not lead to that root or the accounts do not change as the operation says.
pub(super) fn step(before: &Hash, operation: &Operation, touches: &[Touch]) -> Option<Hash> {
    let mut root = *before;
    let mut expected = changes(operation).into_iter();
    for Touch { account, before, after, path } in touches {
        let (who, change) = expected.next()?;
        if who != *account || change.applied(before)? != *after {
            return None;
        }
        if root_of(*account, leaf(before.balance.0, before.nonce), path) != root {
            return None;
        }
        root = root_of(*account, leaf(after.balance.0, after.nonce), path);
    }
    expected.next().is_none().then_some(root)
}

/// How an account changes.
#[derive(Clone, Copy)]
enum Change {
    Gives(Msat),
    Signs(Msat),
    Gets(Msat),
}

impl Change {
    fn applied(self, before: &Account) -> Option<Account> {
        let Account { balance, nonce } = *before;
        Some(match self {
            Self::Gives(amount) => Account { balance: balance.checked_sub(amount)?, nonce },
            Self::Signs(amount) => {
                Account { balance: balance.checked_sub(amount)?, nonce: nonce + 1 }
            }
            Self::Gets(amount) => Account { balance: balance.checked_add(amount)?, nonce },
        })
    }
}

/// The accounts that an operation changes, in order.
fn changes(operation: &Operation) -> Vec<(u32, Change)> {
    let changes = match *operation {
        Operation::Payment { from, to, amount, fee } => vec![
            (from, Change::Signs(amount.saturating_add(fee))),
            (to, Change::Gets(amount)),
            (OPERATOR, Change::Gets(fee)),
        ],
        Operation::Withdrawal { from, amount, fee } => {
            vec![(from, Change::Signs(amount.saturating_add(fee))), (OPERATOR, Change::Gets(fee))]
        }
        Operation::Deposit { to, amount } => vec![(to, Change::Gets(amount))],
        Operation::Exit { from, amount } => vec![(from, Change::Gives(amount))],
    };
    let is_one = |(_, change): &(u32, Change)| !matches!(change, Change::Gets(Msat::ZERO));
    changes.into_iter().filter(is_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::layout::{Layout, Witness};
    use crate::rollup::replay::Replayer;

    fn replayer() -> Replayer {
        let accounts = [0, 500, 900, 0].map(|sat| Account { balance: Msat(sat * 1_000), nonce: 0 });
        Replayer::new(Layout::Seed, 20, accounts.to_vec())
    }

    fn pay(from: u32, to: u32, sat: u64) -> (Operation, Witness) {
        let amount = Msat(sat * 1_000);
        let operation = Operation::Payment { from, to, amount, fee: Msat(20) };
        (operation, Witness::default())
    }

    #[test]
    fn the_chain_executes_one_operation_from_paths_alone() {
        let state = replayer();
        let (operation, witness) = pay(1, 2, 100);
        let touches = state.touches_of(&operation).unwrap();
        assert_eq!(touches.len(), 3);
        let after = step(&state.root(), &operation, &touches).unwrap();
        let mut replayed = state.clone();
        assert_eq!(replayed.replay(&Layout::Seed.encode(&[(operation, witness)])), Ok(after));
        // Another amount, another account or a touched-up balance: not this operation.
        assert_eq!(step(&state.root(), &pay(1, 2, 101).0, &touches), None);
        let mut wrong = touches.clone();
        wrong[1].after.balance += Msat(1);
        assert_eq!(step(&state.root(), &operation, &wrong), None);
        assert_eq!(step(&[3; 32], &operation, &touches), None);
        assert_eq!(step(&state.root(), &operation, &touches[..2]), None);
    }

    #[test]
    fn bisection_finds_the_wrong_operation_and_the_chain_decides() {
        let batch: Vec<_> = (0..100).map(|k| pay(1 + k % 2, 2 - k % 2, 1)).collect();
        for wrong in [0, 1, 37, 98, 99] {
            let bytes = Layout::Seed.encode(&batch);
            let mut state = replayer();
            let mut right = vec![state.root()];
            let mut before = state.clone();
            right.extend(state.replay_stepwise(&bytes).unwrap());
            before.replay(&Layout::Seed.encode(&batch[..wrong])).unwrap();
            let operation = batch[wrong].0;
            let touches = before.touches_of(&operation).unwrap();
            let wrong_step = wrong as u64;
            let over = |right: &[Hash], wrong_step| RootRange { right: right.to_vec(), wrong_step };
            // Three batches, of which the second is the disputed one.
            let batches = over(&[[1; 32], right[0], right[100], [2; 32]], 1);
            let mut game = Game::new(batches, over(&right, wrong_step), operation, touches);
            while game.play() == NextMove::Answer {}
            assert_eq!((game.low, game.high), (wrong_step, wrong_step + 1));
            assert!(!game.asserter_is_right());
            assert!(game.moves <= 2 * (2 + 7) + 2, "{}", game.moves);
            // An honest asserter wins the same step.
            game.levels[1].wrong_step = 1_000;
            assert!(game.asserter_is_right());
        }
    }
}
