//! Events of both rollups, in the order of a batch's life, and the tags of their transactions.

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::EthereumEvent;

/// What a transaction on the chain is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tag {
    /// Posts the data of batches.
    Commit {
        /// First batch.
        first: u64,
        /// Last batch.
        last: u64,
    },
    /// Brings the proof of batches.
    Prove {
        /// First batch.
        first: u64,
        /// Last batch.
        last: u64,
    },
    /// Pays out batches.
    Execute {
        /// First batch.
        first: u64,
        /// Last batch.
        last: u64,
    },
    /// Posts data, proof and payouts of batches at once.
    Settle {
        /// First batch.
        first: u64,
        /// Last batch.
        last: u64,
    },
    /// Asserts a root.
    Assert(u64),
    /// A move of the game about an assertion.
    Move(u64),
    /// A user's deposit.
    Deposit(u64),
    /// A user's request for a forced exit.
    Exit(u64),
    /// A user exits from a frozen rollup.
    Escape(u32),
}

/// Events of the core that both rollups share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CoreEvent {
    /// The sequencer is done with an operation.
    Executed,
    /// Answers reach wallets.
    Responses,
    /// A batch has reached its age.
    Age(u64),
    /// Something happens on the chain.
    Chain(EthereumEvent),
    /// A user deposits.
    Deposit,
    /// A user withdraws.
    Withdraw,
    /// A request on the chain may be overdue.
    Deadline,
    /// Bids of waiting transactions are reviewed.
    Bids,
    /// The operator stops.
    Halt,
    /// The operator is back.
    Resume,
}

impl CoreEvent {
    /// Kind and entity, for the fingerprint of a run.
    pub(super) const fn fingerprint(self) -> (u16, u64) {
        match self {
            Self::Executed => (1, 0),
            Self::Responses => (2, 0),
            Self::Age(batch) => (3, batch),
            Self::Chain(EthereumEvent::Slot) => (4, 0),
            Self::Chain(EthereumEvent::Seen) => (5, 0),
            Self::Deposit => (6, 0),
            Self::Withdraw => (7, 0),
            Self::Deadline => (8, 0),
            Self::Bids => (9, 0),
            Self::Halt => (10, 0),
            Self::Resume => (11, 0),
        }
    }
}

/// Events of the ZK-rollup, in the order of a batch's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ZkEvent {
    /// An event of the common core.
    Core(CoreEvent),
    /// A batch must be committed.
    CommitDue(u64),
    /// The witness of a batch is ready.
    Witnessed(u64),
    /// A prover is done with a job.
    Proved(u32),
    /// A prover has died over a job.
    Lost(u32),
    /// Proofs from this batch on have waited long enough to be joined.
    JoinDue(u64),
    /// Batches may be paid out.
    Executable {
        /// First batch.
        first: u64,
        /// Last batch.
        last: u64,
    },
    /// A batch must be paid out.
    ExecuteDue(u64),
}

const _: () =
    assert!(size_of::<ZkEvent>() <= 24, "events are copied through the queue all the time");

impl ZkEvent {
    /// Kind and entity, for the fingerprint of a run.
    pub(super) fn fingerprint(self) -> (u16, u64) {
        match self {
            Self::Core(event) => event.fingerprint(),
            Self::CommitDue(number) => (20, number),
            Self::Witnessed(number) => (21, number),
            Self::Proved(job) => (22, u64::from(job)),
            Self::Lost(job) => (23, u64::from(job)),
            Self::JoinDue(first) => (24, first),
            Self::Executable { first, .. } => (25, first),
            Self::ExecuteDue(number) => (26, number),
        }
    }
}

/// Events of the optimistic rollup, in the order of a batch's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OptimisticEvent {
    /// An event of the common core.
    Core(CoreEvent),
    /// A batch must be posted.
    PostDue(u64),
    /// It is time for an assertion.
    Assert,
    /// A watcher has found an assertion wrong.
    React(u64),
    /// The other side of a game has thought about its answer.
    Answer(u64),
    /// The window of an assertion is over.
    WindowOver(u64),
    /// A window after a request was not served: everybody may leave.
    Freeze,
}

const _: () =
    assert!(size_of::<OptimisticEvent>() <= 24, "events are copied through the queue all the time");

impl OptimisticEvent {
    /// Kind and entity, for the fingerprint of a run.
    pub(super) const fn fingerprint(self) -> (u16, u64) {
        match self {
            Self::Core(event) => event.fingerprint(),
            Self::PostDue(number) => (30, number),
            Self::Assert => (31, 0),
            Self::React(number) => (32, number),
            Self::Answer(number) => (33, number),
            Self::WindowOver(number) => (34, number),
            Self::Freeze => (35, 0),
        }
    }
}
