//! Parameters of both rollups, with their defaults and sources.

use serde::{Deserialize, Serialize};

use crate::declare::amount::{
    DELAY, DELAY_POSITIVE, MONEY, MONEY_POSITIVE, PerGas, RUN, RUN_POSITIVE, Rate,
};
use crate::declare::number::{Flag, Number, SHARE, Whole, gas};
use crate::declare::text_kinds::Word;
use crate::declare::{Section, choices, params, words};
use crate::rollup::auth::Authentication;
use crate::rollup::layout::Layout;
use crate::rollup::prover::Prover;
use crate::units::{Gas, GasPrice, Msat, SimDuration};

/// Accounts beyond which memory is gone: each takes about 170 bytes.
const MOST_ACCOUNTS: u32 = 1 << 26;
/// The most gas that one transaction may use (EIP-7825).
const MOST_GAS: u64 = 16_777_216;
/// Bytes in the six blobs that one transaction carries (EIP-7594).
pub(super) const MOST_BYTES: u64 = 761_856;
/// An amount of ether.
const PRICE: Number = Number { low: 0.0, high: 1e9, above: false };
/// A margin, as a share.
const MARGIN: Number = Number { low: 0.0, high: 1_000.0, above: false };
/// A job must have a chance to be done.
const FAILURES: Number = Number { low: 0.0, high: 0.99, above: false };
/// Batches that go together.
const BATCHES: Whole<u32> = Whole(1..=1_000);

params! {
    /// What both rollups have: accounts, sequencer, batches, users, faults.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct OperatorParams: Default {
        /// Accounts in the state: the operator's, one per node, the rest idle. There are never fewer than
        /// nodes and the operator need. Source: 2^20, the original article.
        accounts: u32 = or(1 << 20, Whole(1..=MOST_ACCOUNTS)),
        /// Depth of the state tree. Source: zkSync Lite, `protocol.md`.
        depth: u8 = or(24, Whole(20..=32)),
        /// What each idle account holds, so that its leaf is not empty. Source: an assumption without
        /// influence on anything but the size of the tree.
        idle_balance: Msat = or(Msat(1_000_000), MONEY),
        /// How payments are written into posted data.
        layout: Layout = or(Layout::Seed, Word::ANY),
        /// How payments are authenticated.
        authentication: Authentication = or(Authentication::Mac, Word::ANY),
        /// One-way delay between a user and the operator. Source: StarkEx answers in 100–200 ms.
        latency: SimDuration = or(SimDuration::from_millis(75), DELAY),
        /// Time that the sequencer spends on a payment.
        service: Service = choice("fixed"),
        /// Most payments that wait for the sequencer. Source: an assumption.
        mempool: u32 = or(100_000, Whole(1..=u32::MAX)),
        /// Payments are soft-confirmed at the end of such an interval; zero: at once. Source: 1 s, zkSync
        /// Era's blocks; 2 s for the optimistic rollup, OP Stack.
        soft_block: SimDuration = or(SimDuration::from_secs(1), DELAY),
        /// When a batch is closed: whatever limit is reached first.
        seal: Seal = table(),
        /// What a payment costs its payer.
        fee: FeeRule = choice("cost_plus"),
        /// Where data is posted.
        data_location: DataLocation as "posting" = or(DataLocation::Blobs, Word::ANY),
        /// What stands at the address that data is posted to. Source: a contract for the ZK-rollup, as
        /// zkSync's; an account for the optimistic rollup, OP Stack's batch inbox.
        inbox: Inbox = or(Inbox::Contract, Word::ANY),
        /// Gas of the operator's transactions, beside what data costs.
        gas: GasModel = table(),
        /// What the operator tips per gas. Source: an assumption.
        tip: GasPrice = or(GasPrice(100_000_000), PerGas),
        /// Time after which a transaction that still waits is sent again with higher fees. Source: zkSync
        /// Lite, 30 blocks.
        resend_after: SimDuration = or(SimDuration::from_secs(360), DELAY_POSITIVE),
        /// Deposits, withdrawals and forced exits beside the payments.
        users: Users = table(),
        /// What the operator does wrong.
        faults: Faults = table(),
        /// Whether every batch is rebuilt from its posted bytes by the second implementation.
        replay: bool = or(true, Flag),
    }
    check check_accounts;
}

fn check_accounts(read: &OperatorParams, s: &mut Section<'_, '_>) {
    let OperatorParams { accounts, depth, layout, .. } = *read;
    s.rule(&["accounts", "depth"], u64::from(accounts) <= 1 << depth, || {
        format!("a tree of depth {depth} has {} leaves", 1_u64 << depth)
    });
    s.rule(&["accounts", "layout"], u64::from(accounts) <= layout.most_accounts(), || {
        format!("this layout can name {} accounts", layout.most_accounts())
    });
}

choices! {
    /// Time that the sequencer spends on one operation.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Service {
        /// Always the same: the sequencer is an M/D/1 queue under Poisson arrivals.
        Fixed(
            /// Time per operation. Source: one check of an elliptic-curve signature, 30–60 µs.
            time: SimDuration = or(SimDuration(50_000), DELAY),
        ) = "fixed",
        /// Exponential: M/M/1.
        Exponential(
            /// Mean time per operation.
            mean: SimDuration = required(DELAY),
        ) = "exponential",
    }
}

params! {
    /// When a batch is closed: whatever comes first.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Seal: Default {
        /// Most operations of a batch. Source: the original article.
        operations: u32 = or(1_000, Whole(1..=65_535)),
        /// Most bytes of a batch, which is closed at 95 % of it; six blobs, what one transaction carries,
        /// at most. Source: zkSync Era.
        bytes: u64 = or(120_000, Whole(200..=761_856)),
        /// Most gas of the transactions that a batch needs; it is closed at 95 % of it. Source: zkSync Era.
        gas: Gas = or(Gas(15_000_000), gas(200_000, MOST_GAS)),
        /// Largest age of the first operation of a batch. Source: an assumption.
        age: SimDuration = or(SimDuration::from_secs(60), DELAY_POSITIVE),
        /// Whether the age counts from the end of the batch before instead.
        from_open: bool = or(false, Flag),
    }
}

choices! {
    /// What a payment costs its payer.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub enum FeeRule {
        /// Always the same.
        Fixed(
            /// The fee of every payment.
            value: Msat = required(MONEY),
        ) = "fixed",
        /// What the operator expects the payment to cost, and a margin; how well it keeps: `docs/validation.md`.
        CostPlus {
            /// The margin, as a share of the cost. Source: an assumption.
            margin: f64 = or(0.1, MARGIN),
        } = "cost_plus",
    }
}

words! {
    /// Where posted data goes.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum DataLocation {
        /// Blobs (EIP-4844): 15 of 25 rollups in May 2026 (growthepie).
        Blobs = "blobs",
        /// Calldata: Loopring alone in May 2026.
        Calldata = "calldata",
    }
}

words! {
    /// What stands at the address that data is posted to.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Inbox {
        /// A contract: it notes each batch (`gas.commit_batch`) and opens each blob at a point (50,000 gas,
        /// EIP-4844).
        Contract = "contract",
        /// An account without code: posting takes the 21,000 gas of a transaction and nothing else.
        Account = "account",
    }
}

params! {
    /// Gas of the operator's transactions, beside what data costs.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct GasModel: Default {
        /// Gas to post a batch. Source: zkSync Lite, `gas_counter.rs`.
        commit_batch: Gas = or(Gas(51_000), gas(0, MOST_GAS)),
        /// Gas to verify a proof, whatever it covers. Source: Groth16 with one public input takes 181,000 +
        /// 6,150 + 4,000 for calldata, snarkjs's verifier 214,000.
        verify: Gas = or(Gas(220_000), gas(0, MOST_GAS)),
        /// Gas to pay out a batch. Source: zkSync Lite, `gas_counter.rs`.
        execute_batch: Gas = or(Gas(10_000), gas(0, MOST_GAS)),
        /// Gas to pay out a withdrawal. Source: zkSync Lite, `gas_counter.rs`.
        withdrawal: Gas = or(Gas(30_000), gas(0, MOST_GAS)),
        /// Gas to note a deposit as credited. Source: zkSync Lite, `gas_counter.rs`.
        deposit: Gas = or(Gas(100), gas(0, MOST_GAS)),
        /// Gas of a user's deposit. Source: Loopring's guide.
        user_deposit: Gas = or(Gas(60_000), gas(0, MOST_GAS)),
        /// Gas of a user's request for a forced exit. Source: like a deposit; both append to the queue.
        user_exit: Gas = or(Gas(60_000), gas(0, MOST_GAS)),
        /// Gas of a user's exit after the operator is gone: a proof of the balance and a payout. Source:
        /// verification and payout together.
        escape: Gas = or(Gas(300_000), gas(0, MOST_GAS)),
    }
}

params! {
    /// What users do beside paying. Times are drawn, so that a workload stays what it is.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Users: Default {
        /// Rate of deposits.
        deposits: f64 = or(0.0, Rate),
        /// What a deposit brings. Source: an assumption.
        deposit_amount: Msat = or(Msat(100_000_000), MONEY_POSITIVE),
        /// Rate of withdrawals, each of a random share of a random account.
        withdrawals: f64 = or(0.0, Rate),
        /// Share of withdrawals that are asked for on the chain, as forced full exits.
        forced_share: f64 = or(0.0, SHARE),
        /// A request on the chain must be in a batch by then. If not, a ZK-rollup stops and everybody may
        /// leave; the nodes of an optimistic rollup include it on their own. Source: 14 days, zkSync Lite;
        /// 12 h for the optimistic rollup, OP Stack's sequencing window of 3,600 blocks.
        deadline: SimDuration = or(SimDuration::from_secs(14 * 86_400), DELAY_POSITIVE),
    }
}

params! {
    /// What the operator does wrong.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Faults: Default {
        /// When the operator stops: no payments, no batches, no transactions.
        halt: Option<SimDuration> = optional(RUN, "the operator does not stop"),
        /// When the operator comes back.
        resume: Option<SimDuration> =
            optional(RUN_POSITIVE, "once stopped, it does not come back"),
        /// Share of accounts whose payments and withdrawals the operator refuses.
        censored_share: f64 = or(0.0, SHARE),
        /// Whether the operator also ignores requests on the chain of the accounts that it refuses.
        ignores_requests: bool = or(false, Flag),
    }
    check check_halt;
}

fn check_halt(read: &Faults, s: &mut Section<'_, '_>) {
    let Faults { halt, resume, .. } = *read;
    s.rule(&["resume", "halt"], resume.is_none() || halt < resume, || {
        "the operator comes back after it has stopped".to_owned()
    });
    s.rule(&["resume"], resume.is_none() || halt.is_some(), || {
        "the operator does not stop; give `halt` too".to_owned()
    });
}

params! {
    /// A rollup with validity proofs.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct ZkParams: Default {
        /// What both rollups have.
        operator: OperatorParams = flatten(),
        /// Batches in one commit transaction. Source: zkSync Lite.
        commit_batches: u32 = or(10, BATCHES),
        /// A closed batch is committed at the latest so long after. Source: a slot.
        commit_within: SimDuration = or(SimDuration::from_secs(12), DELAY),
        /// Batches in one execute transaction. Source: zkSync Era.
        execute_batches: u32 = or(45, BATCHES),
        /// A proven batch is executed at the latest so long after it may be. Source: zkSync Era.
        execute_within: SimDuration = or(SimDuration::from_secs(10), DELAY),
        /// Time between the proof's acceptance and the payout. Source: none in most rollups; zkSync Era
        /// waits 3 h (ZIP-2).
        execution_delay: SimDuration = or(SimDuration::ZERO, DELAY),
        /// Whether one transaction carries data, proof and payouts of a batch, which is then posted once it is
        /// proven; the keys of commit and execute transactions have no effect. Source: zkSync sends
        /// three transactions, the seed article's operator one.
        one_transaction: bool = or(false, Flag),
        /// Workers that generate witnesses. Source: zkSync Lite.
        witness_workers: u32 = or(4, Whole(1..=10_000)),
        /// Time to generate the witness of a payment. Source: 1.7–2.0 ms, measured
        /// in November 2026: 50 Poseidon hashes of 33 µs in Rust, one core.
        witness_per_payment: SimDuration = or(SimDuration(1_800_000), DELAY),
        /// Provers at work at once. Source: an assumption.
        provers: u32 = or(8, Whole(1..=1_000_000)),
        /// How long a proof takes, and what it costs.
        prover: Prover = choice("seed"),
        /// Batches whose proofs are joined into one before the chain sees it.
        aggregate: u32 = or(1, BATCHES),
        /// Proofs joined at once by one aggregation step. Source: zkSync Lite has 1, 4 and 8.
        arity: u32 = or(4, Whole(2..=1_000)),
        /// Time of one level of aggregation. Source: an assumption.
        aggregation: SimDuration = or(SimDuration::from_secs(60), DELAY),
        /// Longest time that a proof waits for others to be joined with. Source: an assumption.
        aggregate_within: SimDuration = or(SimDuration::from_secs(60), DELAY),
        /// Probability that a prover dies over a proof.
        prover_failures: f64 = or(0.0, FAILURES),
        /// Time after which a dead prover is noticed and its job given to another. Source: zkSync Lite.
        prover_timeout: SimDuration = or(SimDuration::from_secs(60), DELAY),
        /// Share of the proofs sent to the chain that claim another root than the right one. The contract
        /// refuses them, and the proof is sent again.
        wrong_roots: f64 = or(0.0, FAILURES),
    }
    check check_joint;
}

/// All batches of one proof must fit one transaction that carries their data too.
fn check_joint(read: &ZkParams, s: &mut Section<'_, '_>) {
    let ZkParams { one_transaction, aggregate, execution_delay, .. } = *read;
    let bytes = u64::from(aggregate).saturating_mul(read.operator.seal.bytes);
    s.rule(
        &["one_transaction", "aggregate", "seal.bytes"],
        !one_transaction || bytes <= MOST_BYTES,
        || {
            format!(
                "{aggregate} batches can hold {bytes} bytes; one transaction carries {MOST_BYTES}"
            )
        },
    );
    let at_once = !one_transaction || execution_delay == SimDuration::ZERO;
    s.rule(&["one_transaction", "execution_delay"], at_once, || {
        "what is paid out in the same transaction cannot be paid out later".to_owned()
    });
}

impl GasModel {
    /// To pay out a batch with so many withdrawals and deposits.
    pub(super) const fn execution(&self, withdrawals: usize, deposits: usize) -> Gas {
        let each = self.withdrawal.0 * withdrawals as u64 + self.deposit.0 * deposits as u64;
        Gas(self.execute_batch.0 + each)
    }
}

params! {
    /// A rollup with challenges.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct OptimisticParams: Default {
        /// What both rollups have.
        operator: OperatorParams = flatten(OperatorParams {
            layout: Layout::Signed,
            soft_block: SimDuration::from_secs(2),
            inbox: Inbox::Account,
            users: Users { deadline: SimDuration::from_secs(12 * 3_600), ..Users::default() },
            ..OperatorParams::default()
        }),
        /// Closed batches are posted at the latest so long after. Source: an assumption.
        post_within: SimDuration = or(SimDuration::from_secs(300), DELAY),
        /// Most batches in one transaction. Source: an assumption.
        post_batches: u32 = or(50, BATCHES),
        /// Time between two assertions of the root. Source: Arbitrum's order of
        /// magnitude (docs.arbitrum.io, parameters of BoLD).
        assert_every: SimDuration = or(SimDuration::from_secs(3_600), DELAY_POSITIVE),
        /// Time in which an assertion can be challenged. Source: OP Stack, 7 days.
        window: SimDuration = or(SimDuration::from_secs(7 * 86_400), DELAY),
        /// What the asserter stakes and loses if wrong, and a challenger stakes too, in ether. Source: OP
        /// Stack, at the root of the game.
        bond_eth: f64 = or(0.08, PRICE),
        /// Share of a lost bond that the winner gets; the rest is burnt. Source: OP Stack.
        reward_share: f64 = or(1.0, SHARE),
        /// Gas of an assertion. Source: an assumption.
        assertion_gas: Gas = or(Gas(300_000), gas(0, MOST_GAS)),
        /// Gas of one move of a challenge. Source: OP Stack's bond formula.
        move_gas: Gas = or(Gas(400_000), gas(0, MOST_GAS)),
        /// Gas of the last step of a challenge, which the chain executes itself. Source: an assumption.
        step_gas: Gas = or(Gas(1_000_000), gas(0, MOST_GAS)),
        /// Number of watchers. Source: an assumption.
        watchers: u32 = or(3, Whole(0..=1_000)),
        /// Probability that a watcher is online during a window. Source: an assumption.
        watcher_online: f64 = or(0.9, SHARE),
        /// Time from an assertion to the first move of a watcher that is online. Source: an assumption.
        react: SimDuration = or(SimDuration::from_secs(3_600), DELAY),
        /// Time from one move to the answer of the other side. Source: an assumption; each side's clock
        /// has 3.5 days.
        answer: SimDuration = or(SimDuration::from_secs(600), DELAY),
        /// Share of assertions that claim a wrong root.
        false_roots: f64 = or(0.0, SHARE),
        /// What a wrong root that nobody challenges lets the operator take from the bridge. Source: an
        /// assumption.
        theft: Msat = or(Msat(100_000_000_000), MONEY_POSITIVE),
    }
}
