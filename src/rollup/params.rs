//! Parameters of both rollups, with their defaults and sources.

use serde::{Deserialize, Serialize};

use crate::rollup::auth::Authentication;
use crate::rollup::layout::Layout;
use crate::units::{Gas, GasPrice, Msat, SimDuration};

/// What both rollups have: accounts, sequencer, batches, users, faults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatorParams {
    /// Accounts in the state; the first is the operator's, then one per node, the rest are idle. Default
    /// 2^20 (the seed article). There are never fewer than nodes and the operator need.
    pub accounts: u32,
    /// Depth of the state tree. Default 24 (zkSync Lite, `docs/protocol.md`).
    pub depth: u8,
    /// What each idle account holds, so that its leaf is not empty. Default 1,000 sat, an assumption
    /// without influence on anything but the size of the tree.
    pub idle_balance: Msat,
    /// How payments are written into posted data.
    pub layout: Layout,
    /// How payments are authenticated.
    pub authentication: Authentication,
    /// One-way delay between a user and the operator. Default 75 ms: `StarkEx` answers in 100–200 ms.
    pub latency: SimDuration,
    /// Time the sequencer spends on a payment. Default 50 µs, one check of an elliptic-curve signature
    /// (30–60 µs).
    pub service: Service,
    /// Payments that may wait for the sequencer. Default 100,000, an assumption.
    pub mempool: u32,
    /// Payments are soft-confirmed at the end of such an interval; zero: at once. Default 1 s (zkSync Era's blocks),
    /// 2 s for the optimistic rollup (OP Stack).
    pub soft_block: SimDuration,
    /// When a batch is closed.
    pub seal: Seal,
    /// What a payment costs its payer.
    pub fee: FeeRule,
    /// Where data is posted.
    pub data_location: DataLocation,
    /// Gas of the operator's transactions.
    pub gas: GasModel,
    /// What the operator tips per gas. Default 0.1 gwei, an assumption.
    pub tip: GasPrice,
    /// A transaction that has waited so long is sent again with higher fees. Default 6 min (zkSync Lite:
    /// 30 blocks).
    pub resend_after: SimDuration,
    /// Deposits, withdrawals and forced exits beside the payments.
    pub users: Users,
    /// What the operator does wrong.
    pub faults: Faults,
    /// Whether every batch is rebuilt from its posted bytes by the second implementation. Default true.
    pub replay: bool,
}

impl Default for OperatorParams {
    fn default() -> Self {
        Self {
            accounts: 1 << 20,
            depth: 24,
            idle_balance: Msat(1_000_000),
            layout: Layout::Seed,
            authentication: Authentication::Mac,
            latency: SimDuration::from_millis(75),
            service: Service::Fixed(SimDuration(50_000)),
            mempool: 100_000,
            soft_block: SimDuration::from_secs(1),
            seal: Seal::default(),
            fee: FeeRule::CostPlus { margin: 0.1 },
            data_location: DataLocation::Blobs,
            gas: GasModel::default(),
            tip: GasPrice(100_000_000),
            resend_after: SimDuration::from_secs(360),
            users: Users::default(),
            faults: Faults::default(),
            replay: true,
        }
    }
}

/// Time that the sequencer spends on one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Service {
    /// Always the same: the sequencer is an M/D/1 queue under Poisson arrivals.
    Fixed(SimDuration),
    /// Exponential with this mean: M/M/1.
    Exponential(SimDuration),
}

/// When a batch is closed: whatever comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Operations. Default 1,000 (the seed article).
    pub operations: u32,
    /// Bytes; the batch is closed at 95 % of it. Default 120,000 (zkSync Era).
    pub bytes: u64,
    /// Gas of the transactions that it needs; closed at 95 %. Default 15,000,000 (zkSync Era).
    pub gas: Gas,
    /// Age of its first operation. Default 60 s, an assumption.
    pub age: SimDuration,
    /// Whether the age counts from the end of the batch before instead. Default false.
    pub from_open: bool,
}

impl Default for Seal {
    fn default() -> Self {
        Self {
            operations: 1_000,
            bytes: 120_000,
            gas: Gas(15_000_000),
            age: SimDuration::from_secs(60),
            from_open: false,
        }
    }
}

/// What a payment costs its payer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum FeeRule {
    /// Always the same.
    Fixed(Msat),
    /// What the operator expects it to cost, and this share more. Default 10 %, an assumption.
    CostPlus {
        /// The share.
        margin: f64,
    },
}

/// Where posted data goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DataLocation {
    /// Blobs (EIP-4844): 15 of 25 rollups in May 2026 (growthepie).
    #[default]
    Blobs,
    /// Calldata: Loopring alone in May 2026.
    Calldata,
}

/// Gas of the operator's transactions, beside what data costs. Defaults: zkSync Lite's model
/// (`gas_counter.rs`) but for the verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GasModel {
    /// To post a batch. Default 51,000.
    pub commit_batch: Gas,
    /// To verify a proof, whatever it covers. Default 220,000: Groth16 with one public input takes
    /// 181,000 + 6,150 + 4,000 for calldata, snarkjs's verifier 214,000.
    pub verify: Gas,
    /// To pay out a batch. Default 10,000.
    pub execute_batch: Gas,
    /// To pay out a withdrawal. Default 30,000.
    pub withdrawal: Gas,
    /// To note a deposit as credited. Default 100.
    pub deposit: Gas,
    /// A user's deposit. Default 60,000 (Loopring's guide).
    pub user_deposit: Gas,
    /// A user's request for a forced exit. Default 60,000, like a deposit: both append to the queue.
    pub user_exit: Gas,
    /// A user's exit after the operator is gone: a proof of the balance and a payout. Default 300,000,
    /// verification and payout together.
    pub escape: Gas,
}

impl Default for GasModel {
    fn default() -> Self {
        Self {
            commit_batch: Gas(51_000),
            verify: Gas(220_000),
            execute_batch: Gas(10_000),
            withdrawal: Gas(30_000),
            deposit: Gas(100),
            user_deposit: Gas(60_000),
            user_exit: Gas(60_000),
            escape: Gas(300_000),
        }
    }
}

/// What users do beside paying. Times are drawn, so that a workload stays what it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Users {
    /// Deposits per second. Default 0.
    pub deposits: f64,
    /// What a deposit brings. Default 100,000 sat, an assumption.
    pub deposit_amount: Msat,
    /// Withdrawals per second, each of a random share of a random account. Default 0.
    pub withdrawals: f64,
    /// Share of withdrawals that are asked for on the chain, as forced full exits. Default 0.
    pub forced_share: f64,
    /// A request on the chain must be in a batch by then, or the rollup stops and everybody may leave.
    /// Default 14 days (zkSync Lite).
    pub deadline: SimDuration,
}

impl Default for Users {
    fn default() -> Self {
        Self {
            deposits: 0.0,
            deposit_amount: Msat(100_000_000),
            withdrawals: 0.0,
            forced_share: 0.0,
            deadline: SimDuration::from_secs(14 * 86_400),
        }
    }
}

/// What the operator does wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Faults {
    /// When it stops: no payments, no batches, no transactions. Default never.
    pub halt: Option<SimDuration>,
    /// When it comes back. Default never.
    pub resume: Option<SimDuration>,
    /// Share of accounts whose payments and withdrawals it refuses. Default 0.
    pub censored_share: f64,
    /// Whether it also ignores their requests on the chain.
    pub ignores_requests: bool,
}

/// Everything under `[zk_rollup]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZkParams {
    /// What both rollups have.
    pub operator: OperatorParams,
    /// Batches in one commit transaction. Default 10 (zkSync Lite).
    pub commit_batches: u32,
    /// A closed batch is committed at the latest so long after. Default 12 s, a slot.
    pub commit_within: SimDuration,
    /// Batches in one execute transaction. Default 45 (zkSync Era).
    pub execute_batches: u32,
    /// A proven batch is executed at the latest so long after it may be. Default 10 s (zkSync Era).
    pub execute_within: SimDuration,
    /// Between the proof's acceptance and the payout. Default 0; zkSync Era waits 3 h (ZIP-2).
    pub execution_delay: SimDuration,
    /// Workers that generate witnesses. Default 4 (zkSync Lite).
    pub witness_workers: u32,
    /// Time to generate the witness of a payment. Default 1.8 ms (1.7–2.0 ms measured
    /// in November 2026: 50 Poseidon hashes of 33 µs in Rust, one core).
    pub witness_per_payment: SimDuration,
    /// Provers at work at once. Default 8, an assumption.
    pub provers: u32,
    /// How long a proof takes.
    pub prover: Prover,
    /// Batches whose proofs are joined into one before the chain sees it. Default 1.
    pub aggregate: u32,
    /// Proofs joined at once by one aggregation step. Default 4 (zkSync Lite has 1, 4 and 8).
    pub arity: u32,
    /// Time of one level of aggregation. Default 60 s, an assumption.
    pub aggregation: SimDuration,
    /// Proofs wait so long at most for others to be joined with. Default 60 s, an assumption.
    pub aggregate_within: SimDuration,
    /// Probability that a prover dies over a proof. Default 0.
    pub prover_failures: f64,
    /// When a dead prover is noticed and its job given to another. Default 60 s (zkSync Lite).
    pub prover_timeout: SimDuration,
    /// Share of the proofs sent to the chain that claim another root than the right one. The contract refuses
    /// them, and the proof is sent again. Default 0.
    pub wrong_roots: f64,
}

impl Default for ZkParams {
    fn default() -> Self {
        Self {
            operator: OperatorParams::default(),
            commit_batches: 10,
            commit_within: SimDuration::from_secs(12),
            execute_batches: 45,
            execute_within: SimDuration::from_secs(10),
            execution_delay: SimDuration::ZERO,
            witness_workers: 4,
            witness_per_payment: SimDuration(1_800_000),
            provers: 8,
            prover: Prover::default(),
            aggregate: 1,
            arity: 4,
            aggregation: SimDuration::from_secs(60),
            aggregate_within: SimDuration::from_secs(60),
            prover_failures: 0.0,
            prover_timeout: SimDuration::from_secs(60),
            wrong_roots: 0.0,
        }
    }
}

/// Time and price of one proof: `fixed + per_payment * n`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prover {
    /// Whatever the batch holds.
    pub fixed: SimDuration,
    /// For each operation.
    pub per_payment: SimDuration,
    /// Price of an hour of one prover, in US dollars.
    pub usd_per_hour: f64,
}

impl Prover {
    /// So long for a batch of 1,000. Default 3 min, within the seed article's 1–10 min; $2 an hour, an
    /// assumption for a server with 32 cores.
    pub const fn seed(per_1000: SimDuration) -> Self {
        let per_payment = SimDuration(per_1000.0 / 1_000);
        Self { fixed: SimDuration::ZERO, per_payment, usd_per_hour: 2.0 }
    }

    /// Loopring on a server of 2020: 130,000 constraints a payment at 640,000 a second, $0.0001 a payment
    /// (2,048 in 7 min; Loopring's DESIGN.md). Its circuit is that of a trade.
    pub const fn loopring() -> Self {
        let per_payment = SimDuration(130_000 * 1_000_000_000 / 640_000);
        Self { fixed: SimDuration::ZERO, per_payment, usd_per_hour: 1.76 }
    }

    /// Groth16 on these cores: 31,384 constraints a payment at 25,000 a core-second (measured in November 2026
    /// with ark-groth16 0.6 over BN254, extrapolated from 16 payments), $0.05 a core-hour, an assumption.
    pub fn groth16(cores: u32) -> Self {
        let core_ns = 31_384 * 1_000_000_000_u64 / 25_000;
        let per_payment = SimDuration(core_ns / u64::from(cores));
        Self { fixed: SimDuration::ZERO, per_payment, usd_per_hour: 0.05 * f64::from(cores) }
    }

    /// How long a batch of `operations` takes.
    pub const fn time(&self, operations: u64) -> SimDuration {
        SimDuration(self.fixed.0.saturating_add(self.per_payment.0.saturating_mul(operations)))
    }

    /// What so much time of one prover costs, in US dollars.
    pub fn usd(&self, time: SimDuration) -> f64 {
        time.as_secs_f64() / 3_600.0 * self.usd_per_hour
    }
}

impl Default for Prover {
    fn default() -> Self {
        Self::seed(SimDuration::from_secs(180))
    }
}

/// Everything under `[optimistic_rollup]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimisticParams {
    /// What both rollups have.
    pub operator: OperatorParams,
    /// Closed batches are posted at the latest so long after. Default 5 min, an assumption.
    pub post_within: SimDuration,
    /// Batches in one transaction. Default 50, an assumption.
    pub post_batches: u32,
    /// Time between two assertions of the root. Default 1 h (Arbitrum's order:
    /// docs.arbitrum.io, parameters of BoLD).
    pub assert_every: SimDuration,
    /// Time in which an assertion can be challenged. Default 7 days (OP Stack).
    pub window: SimDuration,
    /// What the asserter stakes and loses if wrong, and a challenger stakes too. Default 0.08 ETH (OP Stack,
    /// at the root of the game), here in ether.
    pub bond_eth: f64,
    /// Share of a lost bond that the winner gets; the rest is burnt. Default 1 (OP Stack).
    pub reward_share: f64,
    /// Gas of an assertion. Default 300,000, an assumption.
    pub assertion_gas: Gas,
    /// Gas of one move of a challenge. Default 400,000 (OP Stack's bond formula).
    pub move_gas: Gas,
    /// Gas of the last step, which the chain executes itself. Default 1,000,000, an assumption.
    pub step_gas: Gas,
    /// Watchers. Default 3, an assumption.
    pub watchers: u32,
    /// Probability that a watcher is online during a window. Default 0.9, an assumption.
    pub watcher_online: f64,
    /// From an assertion to the first move of a watcher that is online. Default 1 h, an assumption.
    pub react: SimDuration,
    /// From one move to the answer of the other side. Default 10 min, an assumption; each side's clock has
    /// 3.5 days.
    pub answer: SimDuration,
    /// Share of assertions that claim a wrong root. Default 0.
    pub false_roots: f64,
    /// What a wrong root that nobody challenges lets the operator take from the bridge. Default 1 BTC, an
    /// assumption.
    pub theft: Msat,
}

impl Default for OptimisticParams {
    fn default() -> Self {
        Self {
            operator: OperatorParams {
                layout: Layout::Signed,
                soft_block: SimDuration::from_secs(2),
                ..OperatorParams::default()
            },
            post_within: SimDuration::from_secs(300),
            post_batches: 50,
            assert_every: SimDuration::from_secs(3_600),
            window: SimDuration::from_secs(7 * 86_400),
            bond_eth: 0.08,
            reward_share: 1.0,
            assertion_gas: Gas(300_000),
            move_gas: Gas(400_000),
            step_gas: Gas(1_000_000),
            watchers: 3,
            watcher_online: 0.9,
            react: SimDuration::from_secs(3_600),
            answer: SimDuration::from_secs(600),
            false_roots: 0.0,
            theft: Msat(100_000_000_000),
        }
    }
}
