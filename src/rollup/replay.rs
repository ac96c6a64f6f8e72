//! The second implementation: rebuilds every state root from the posted bytes alone (invariant R4).
//!
//! It knows the genesis state, the layout's published description and the bytes, and shares no code with
//! the operator's side but the hash function and the leaf's form, which define the root: it decodes on its
//! own, keeps its own accounts, and its tree is another one, a complete binary tree in heap order whose
//! leaves are rehashed one by one.
//!
//! With witnesses it is also the statement that a validity proof attests ([`Replayer::verify`]): every
//! operation signed by its account under the account's next nonce, no account spending what it does not
//! hold, also not within the batch, and the claimed root the one that follows. A real circuit proves this
//! without showing the witnesses; here it is simply checked, and the time that proving takes is spent on
//! the prover pool.

use serde::{Deserialize, Serialize};

use crate::rollup::auth::Keys;
use crate::rollup::layout::{Layout, Witness};
use crate::rollup::ledger::Account;
use crate::rollup::operation::Operation;
use crate::rollup::tree::{Hash, join, leaf};
use crate::units::Msat;

/// Why a batch is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplayError {
    /// The bytes are not a batch.
    Undecodable,
    /// An operation names an account that does not exist.
    UnknownAccount,
    /// There are more or fewer witnesses than operations.
    MissingWitness,
    /// The signature is not the account's.
    ForgedSignature,
    /// The nonce is not the account's next.
    WrongNonce,
    /// The account does not hold what it spends.
    Overspend,
    /// A full exit that leaves something behind.
    PartialExit,
    /// The claimed root does not follow.
    WrongRoot,
}

/// State rebuilt from posted bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayer {
    layout: Layout,
    accounts: Vec<Account>,
    /// Heap order: the root at 1, children of `n` at `2n` and `2n + 1`; leaves from `width` on.
    nodes: Vec<Hash>,
    width: usize,
    /// Hashes of empty subtrees above the complete tree, up to the depth of the state.
    above: Vec<Hash>,
    /// Where it is asked for: every change with the path on which it was made.
    touches: Option<Vec<Touch>>,
}

/// An account before and after a change, with its Merkle path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// The account.
    pub account: u32,
    /// Before.
    pub before: Account,
    /// After.
    pub after: Account,
    /// The siblings from its leaf up to the root.
    pub path: Vec<Hash>,
}

impl Replayer {
    /// Starts from a known state.
    pub fn new(layout: Layout, depth: u8, accounts: Vec<Account>) -> Self {
        let width = accounts.len().next_power_of_two();
        let mut nodes = vec![[0; 32]; 2 * width];
        for (place, account) in accounts.iter().enumerate() {
            nodes[width + place] = leaf(account.balance.0, account.nonce);
        }
        for node in (1..width).rev() {
            nodes[node] = join(&nodes[2 * node], &nodes[2 * node + 1]);
        }
        let mut empty = [0; 32];
        let mut above = Vec::new();
        for height in 0..u32::from(depth) {
            if height >= width.trailing_zeros() {
                above.push(empty);
            }
            empty = join(&empty, &empty);
        }
        Self { layout, accounts, nodes, width, above, touches: None }
    }

    /// The root of the state.
    pub fn root(&self) -> Hash {
        let top = self.nodes.get(1).copied().unwrap_or_default();
        self.above.iter().fold(top, |hash, empty| join(&hash, empty))
    }

    /// All accounts.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Applies posted bytes; the root that follows.
    ///
    /// # Errors
    /// When the bytes are not a batch of allowed operations; the state is as before then.
    pub fn replay(&mut self, bytes: &[u8]) -> Result<Hash, ReplayError> {
        self.run(bytes, None, &mut |_| {})?;
        Ok(self.root())
    }

    /// The same, and the root after every single operation.
    ///
    /// # Errors
    /// As [`Replayer::replay`].
    #[cfg(test)]
    pub fn replay_stepwise(&mut self, bytes: &[u8]) -> Result<Vec<Hash>, ReplayError> {
        let mut roots = Vec::new();
        self.run(bytes, None, &mut |state| roots.push(state.root()))?;
        Ok(roots)
    }

    /// Checks the statement of a validity proof and, if it holds, applies the batch.
    ///
    /// # Errors
    /// The first thing that does not hold; the state is as before then.
    pub fn verify(
        &mut self,
        bytes: &[u8],
        keys: &Keys,
        witnesses: &[Witness],
        claimed: &Hash,
    ) -> Result<(), ReplayError> {
        let before = self.run(bytes, Some((keys, witnesses)), &mut |_| {})?;
        if self.root() == *claimed {
            return Ok(());
        }
        self.restore(&before);
        Err(ReplayError::WrongRoot)
    }

    fn run(
        &mut self,
        bytes: &[u8],
        signed: Option<(&Keys, &[Witness])>,
        each: &mut dyn FnMut(&Self),
    ) -> Result<Vec<(u32, Account)>, ReplayError> {
        let mut journal = Vec::new();
        let mut done = || {
            let operations = decode(self.layout, bytes)?;
            if signed.is_some_and(|(_, witnesses)| witnesses.len() != operations.len()) {
                return Err(ReplayError::MissingWitness);
            }
            for (place, operation) in operations.iter().enumerate() {
                if let (Some((keys, witnesses)), Some(signer)) = (signed, operation.signer()) {
                    self.check_signature(keys, operation, signer, &witnesses[place])?;
                }
                self.apply(operation, &mut journal)?;
                each(self);
            }
            Ok(())
        };
        match done() {
            Ok(()) => Ok(journal),
            Err(refusal) => {
                self.restore(&journal);
                Err(refusal)
            }
        }
    }

    fn check_signature(
        &self,
        keys: &Keys,
        operation: &Operation,
        signer: u32,
        witness: &Witness,
    ) -> Result<(), ReplayError> {
        let account = self.accounts.get(signer as usize).ok_or(ReplayError::UnknownAccount)?;
        if witness.nonce != account.nonce {
            return Err(ReplayError::WrongNonce);
        }
        if !keys.verify(signer, &operation.message(witness.nonce), &witness.signature) {
            return Err(ReplayError::ForgedSignature);
        }
        Ok(())
    }

    fn apply(
        &mut self,
        operation: &Operation,
        journal: &mut Vec<(u32, Account)>,
    ) -> Result<(), ReplayError> {
        match *operation {
            Operation::Payment { from, to, amount, fee } => {
                self.take(from, amount.saturating_add(fee), 1, journal)?;
                self.give(to, amount, journal)?;
                self.give(0, fee, journal)
            }
            Operation::Withdrawal { from, amount, fee } => {
                self.take(from, amount.saturating_add(fee), 1, journal)?;
                self.give(0, fee, journal)
            }
            Operation::Deposit { to, amount } => self.give(to, amount, journal),
            Operation::Exit { from, amount } => {
                let held = self.accounts.get(from as usize).ok_or(ReplayError::UnknownAccount)?;
                if held.balance > amount {
                    return Err(ReplayError::PartialExit);
                }
                self.take(from, amount, 0, journal)
            }
        }
    }

    fn take(
        &mut self,
        from: u32,
        amount: Msat,
        nonces: u32,
        journal: &mut Vec<(u32, Account)>,
    ) -> Result<(), ReplayError> {
        let held = *self.accounts.get(from as usize).ok_or(ReplayError::UnknownAccount)?;
        let balance = held.balance.checked_sub(amount).ok_or(ReplayError::Overspend)?;
        journal.push((from, held));
        self.put(from, Account { balance, nonce: held.nonce + nonces });
        Ok(())
    }

    fn give(
        &mut self,
        to: u32,
        amount: Msat,
        journal: &mut Vec<(u32, Account)>,
    ) -> Result<(), ReplayError> {
        let held = *self.accounts.get(to as usize).ok_or(ReplayError::UnknownAccount)?;
        if amount > Msat::ZERO {
            journal.push((to, held));
            self.put(to, Account { balance: held.balance + amount, ..held });
        }
        Ok(())
    }

    fn restore(&mut self, journal: &[(u32, Account)]) {
        for (account, state) in journal.iter().rev() {
            self.put(*account, *state);
        }
    }

    /// The changes that one operation would make, each with the path at that moment.
    ///
    /// # Errors
    /// When the operation is not allowed.
    pub fn touches_of(&self, operation: &Operation) -> Result<Vec<Touch>, ReplayError> {
        let mut copy = self.clone();
        copy.touches = Some(Vec::new());
        copy.apply(operation, &mut Vec::new())?;
        Ok(copy.touches.take().unwrap_or_default())
    }

    /// The operations that posted bytes hold.
    ///
    /// # Errors
    /// When the bytes are not a batch.
    pub fn operations(&self, bytes: &[u8]) -> Result<Vec<Operation>, ReplayError> {
        decode(self.layout, bytes)
    }

    /// Applies one operation.
    ///
    /// # Errors
    /// When it is not allowed.
    pub fn replay_one(&mut self, operation: &Operation) -> Result<Hash, ReplayError> {
        self.apply(operation, &mut Vec::new())?;
        Ok(self.root())
    }

    /// The siblings from an account's leaf up to the root.
    fn path(&self, account: u32) -> Vec<Hash> {
        let mut node = self.width + account as usize;
        let mut path = Vec::new();
        while node > 1 {
            path.push(self.nodes[node ^ 1]);
            node /= 2;
        }
        path.extend(&self.above);
        path
    }

    /// Sets an account and hashes its path.
    fn put(&mut self, account: u32, state: Account) {
        if self.touches.is_some() {
            let path = self.path(account);
            let before = self.accounts[account as usize];
            let touch = Touch { account, before, after: state, path };
            self.touches.get_or_insert_default().push(touch);
        }
        self.accounts[account as usize] = state;
        let mut node = self.width + account as usize;
        self.nodes[node] = leaf(state.balance.0, state.nonce);
        while node > 1 {
            node /= 2;
            self.nodes[node] = join(&self.nodes[2 * node], &self.nodes[2 * node + 1]);
        }
    }
}

/// Reads posted bytes by the layout's description.
fn decode(layout: Layout, bytes: &[u8]) -> Result<Vec<Operation>, ReplayError> {
    let mut operations = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let [kind, high, low] = *rest.first_chunk::<3>().ok_or(ReplayError::Undecodable)?;
        let count = usize::from(high) << 8 | usize::from(low);
        let size = size_of_item(layout, kind).ok_or(ReplayError::Undecodable)?;
        let items = rest.get(3..3 + count * size).ok_or(ReplayError::Undecodable)?;
        for item in items.chunks_exact(size) {
            operations.push(read(layout, kind, item).ok_or(ReplayError::Undecodable)?);
        }
        rest = &rest[3 + count * size..];
    }
    Ok(operations)
}

/// Published sizes of payment, deposit, withdrawal and full exit.
const fn size_of_item(layout: Layout, kind: u8) -> Option<usize> {
    let sizes = match layout {
        Layout::Seed => [12, 11, 13, 11],
        Layout::Hermez => [14, 12, 14, 12],
        Layout::ZksyncLite => [20, 60, 60, 110],
        Layout::Loopring => [22, 38, 67, 67],
        Layout::Signed => [110, 12, 110, 12],
    };
    if kind >= 1 && kind <= 4 { Some(sizes[kind as usize - 1]) } else { None }
}

fn read(layout: Layout, kind: u8, item: &[u8]) -> Option<Operation> {
    if kind == 1 {
        return payment(layout, item);
    }
    let wide = if matches!(layout, Layout::Seed) { 3 } else { 4 };
    let account = u32::try_from(number(item, 0, wide)).ok()?;
    let amount = Msat(number(item, wide, 8));
    Some(match kind {
        2 => Operation::Deposit { to: account, amount },
        3 => {
            let fee = match layout {
                Layout::Hermez => decimal(number(item, wide + 8, 1))?,
                _ => decimal(number(item, wide + 8, 2))?,
            };
            Operation::Withdrawal { from: account, amount, fee: Msat(fee) }
        }
        _ => Operation::Exit { from: account, amount },
    })
}

fn payment(layout: Layout, item: &[u8]) -> Option<Operation> {
    let (from, to, amount, fee) = match layout {
        Layout::Seed => (
            number(item, 0, 3),
            number(item, 3, 3),
            number(item, 6, 4).checked_mul(1_000)?,
            decimal(number(item, 10, 2))?,
        ),
        Layout::Hermez => (
            number(item, 0, 4),
            number(item, 4, 4),
            decimal(number(item, 8, 5))?,
            decimal(number(item, 13, 1))?,
        ),
        Layout::ZksyncLite => (
            number(item, 1, 4),
            number(item, 9, 4),
            decimal(number(item, 13, 5))?,
            decimal(number(item, 18, 2))?,
        ),
        Layout::Loopring => (
            number(item, 1, 4),
            number(item, 5, 4),
            decimal(number(item, 11, 3))?,
            decimal(number(item, 16, 2))?,
        ),
        Layout::Signed => (
            number(item, 0, 4),
            number(item, 4, 4),
            decimal(number(item, 8, 5))?,
            decimal(number(item, 13, 2))?,
        ),
    };
    let [from, to] = [u32::try_from(from).ok()?, u32::try_from(to).ok()?];
    Some(Operation::Payment { from, to, amount: Msat(amount), fee: Msat(fee) })
}

/// A big-endian number of `width` bytes at `at`.
fn number(item: &[u8], at: usize, width: usize) -> u64 {
    item[at..at + width].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A decimal float: the lower five bits are the power of ten.
fn decimal(code: u64) -> Option<u64> {
    let mut value = code / 32;
    for _ in 0..code % 32 {
        value = value.checked_mul(10)?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Seeds;
    use crate::rollup::auth::Authentication;
    use crate::rollup::ledger::Ledger;
    use crate::rollup::tree::Tree;

    const LAYOUTS: [Layout; 5] =
        [Layout::Seed, Layout::Hermez, Layout::ZksyncLite, Layout::Loopring, Layout::Signed];

    struct Case {
        ledger: Ledger,
        replayer: Replayer,
        keys: Keys,
        layout: Layout,
    }

    impl Case {
        fn new(layout: Layout) -> Self {
            let balances = [0, 1_000_000, 500_000, 0, 7_000].map(Msat);
            let ledger = Ledger::new(balances.into_iter());
            let replayer = Replayer::new(layout, 24, ledger.accounts().to_vec());
            let keys = Keys::new(Authentication::Mac, Seeds::new(1, 0));
            Self { ledger, replayer, keys, layout }
        }

        fn root(&self) -> Hash {
            let leaves = self.ledger.accounts().iter().map(|a| leaf(a.balance.0, a.nonce));
            Tree::of(24, leaves).root()
        }

        fn signed(&self, operation: Operation, nonce: u32) -> (Operation, Witness) {
            let signature = operation
                .signer()
                .map(|signer| self.keys.sign(signer, &operation.message(nonce)))
                .unwrap_or_default();
            (operation, Witness { nonce, signature })
        }

        fn pay(&self, from: u32, to: u32, amount: u64, nonce: u32) -> (Operation, Witness) {
            let amount = self.layout.amount(Msat(amount)).unwrap();
            let fee = self.layout.fee(Msat(20)).unwrap();
            self.signed(Operation::Payment { from, to, amount, fee }, nonce)
        }

        /// Verifies a batch with this claim.
        fn verify(
            &mut self,
            batch: &[(Operation, Witness)],
            claimed: &Hash,
        ) -> Result<(), ReplayError> {
            let bytes = self.layout.encode(batch);
            let witnesses: Vec<_> = batch.iter().map(|(_, witness)| *witness).collect();
            self.replayer.verify(&bytes, &self.keys, &witnesses, claimed)
        }
    }

    #[test]
    fn both_sides_agree_on_the_root_in_every_layout() {
        for layout in LAYOUTS {
            let mut case = Case::new(layout);
            assert_eq!(case.replayer.root(), case.root(), "{layout:?}: genesis");
            let batch = [
                (Operation::Deposit { to: 3, amount: Msat(9_000) }, Witness::default()),
                case.pay(1, 2, 123_456, 0),
                case.pay(1, 3, 5_000, 1),
                case.pay(2, 1, 77_000, 0),
                case.signed(
                    Operation::Withdrawal { from: 2, amount: Msat(1_000), fee: Msat(20) },
                    1,
                ),
                case.pay(3, 4, 2_000, 0),
                (Operation::Exit { from: 4, amount: Msat(9_000) }, Witness::default()),
            ];
            for (operation, witness) in &batch {
                case.ledger.apply_signed(operation, witness.nonce).unwrap();
            }
            let root = case.root();
            let mut blind = case.replayer.clone();
            assert_eq!(blind.replay(&layout.encode(&batch)), Ok(root), "{layout:?}");
            assert_eq!(case.verify(&batch, &root), Ok(()), "{layout:?}");
            let steps = Case::new(layout).replayer.replay_stepwise(&layout.encode(&batch)).unwrap();
            assert_eq!((steps.len(), steps[6]), (7, root));
            let total: u128 =
                case.replayer.accounts().iter().map(|a| u128::from(a.balance.0)).sum();
            assert_eq!(total, case.ledger.total());
        }
    }

    #[test]
    fn a_forged_signature_is_refused() {
        let mut case = Case::new(Layout::Seed);
        let mut stolen = case.pay(1, 2, 1_000, 0);
        case.ledger.apply_signed(&stolen.0, 0).unwrap();
        let root = case.root();
        assert_eq!(case.verify(&[stolen], &root), Ok(()), "signed, it is good");
        let mut case = Case::new(Layout::Seed);
        stolen.1.signature.first[3] ^= 1;
        assert_eq!(case.verify(&[stolen], &root), Err(ReplayError::ForgedSignature));
        assert_eq!(case.verify(&[], &root), Err(ReplayError::WrongRoot));
    }

    #[test]
    fn a_replayed_nonce_is_refused() {
        let mut case = Case::new(Layout::Seed);
        let (payment, witness) = case.pay(1, 2, 1_000, 0);
        case.ledger.apply_signed(&payment, 0).unwrap();
        case.ledger.apply_signed(&payment, 1).unwrap();
        let root = case.root();
        let replayed = [(payment, witness), (payment, witness)];
        assert_eq!(case.verify(&replayed, &root), Err(ReplayError::WrongNonce));
        let fresh = case.pay(1, 2, 1_000, 1);
        assert_eq!(case.verify(&[(payment, witness), fresh], &root), Ok(()));
    }

    #[test]
    fn an_overspend_inside_a_batch_is_refused() {
        let mut case = Case::new(Layout::Seed);
        let batch = [case.pay(4, 2, 6_000, 0), case.pay(4, 3, 6_000, 1)];
        let before = case.replayer.clone();
        assert_eq!(case.verify(&batch, &[0; 32]), Err(ReplayError::Overspend));
        assert!(case.replayer == before, "a refused batch changes nothing");
    }

    #[test]
    fn a_wrong_root_is_refused_and_changes_nothing() {
        let mut case = Case::new(Layout::Seed);
        let batch = [case.pay(1, 2, 1_000, 0)];
        let before = case.replayer.clone();
        assert_eq!(case.verify(&batch, &[7; 32]), Err(ReplayError::WrongRoot));
        assert!(case.replayer == before);
    }

    #[test]
    fn bytes_that_are_no_batch_are_refused() {
        let mut case = Case::new(Layout::Seed);
        for bytes in [&[1][..], &[9, 0, 0], &[1, 0, 1, 5], &[0, 0, 0]] {
            assert_eq!(case.replayer.replay(bytes), Err(ReplayError::Undecodable));
        }
        let unknown = [2, 0, 1, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0, 1];
        assert_eq!(case.replayer.replay(&unknown), Err(ReplayError::UnknownAccount));
        let partial = [4, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];
        assert_eq!(case.replayer.replay(&partial), Err(ReplayError::PartialExit));
    }
}
