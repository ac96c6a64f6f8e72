//! `[zk_rollup]` and `[optimistic_rollup]`: the operator that both have, and their settlements.

use crate::rollup::{
    Authentication, DataLocation, Faults, FeeRule, GasModel, Layout, OperatorParams,
    OptimisticParams, Prover, Seal, Service, Users, ZkParams,
};
use crate::scenario::amount::{
    DELAY, DELAY_POSITIVE, MONEY, MONEY_POSITIVE, PerGas, RUN, RUN_POSITIVE, Rate,
};
use crate::scenario::choice::Alternative;
use crate::scenario::number::{Flag, Number, SHARE, Whole};
use crate::scenario::section::Section;
use crate::scenario::word::Word;
use crate::units::{Gas, SimDuration};

const LAYOUTS: [(&str, Layout); 5] = [
    ("seed", Layout::Seed),
    ("hermez", Layout::Hermez),
    ("zksync_lite", Layout::ZksyncLite),
    ("loopring", Layout::Loopring),
    ("signed", Layout::Signed),
];
const AUTHENTICATIONS: [(&str, Authentication); 2] =
    [("mac", Authentication::Mac), ("ed25519", Authentication::Ed25519)];
const DATA_LOCATIONS: [(&str, DataLocation); 2] =
    [("blobs", DataLocation::Blobs), ("calldata", DataLocation::Calldata)];

/// Accounts beyond which memory is gone: each takes about 170 bytes.
const MOST_ACCOUNTS: u32 = 1 << 26;
/// A part of a transaction's gas: at most what one transaction may use (EIP-7825).
const GAS: Whole<u64> = Whole(0..=16_777_216);
/// An amount of US dollars, or of ether.
const PRICE: Number = Number { low: 0.0, high: 1e9, above: false };
/// A margin, as a share.
const MARGIN: Number = Number { low: 0.0, high: 1_000.0, above: false };

/// Reads `[zk_rollup]`.
pub(super) fn zk(s: &mut Section<'_, '_>) -> ZkParams {
    let d = ZkParams::default();
    let operator = operator(s, &d.operator);
    let count = Whole(1..=1_000_u32);
    ZkParams {
        operator,
        commit_batches: s.or("commit_batches", &count, d.commit_batches),
        commit_within: s.or("commit_within", &DELAY, d.commit_within),
        execute_batches: s.or("execute_batches", &count, d.execute_batches),
        execute_within: s.or("execute_within", &DELAY, d.execute_within),
        execution_delay: s.or("execution_delay", &DELAY, d.execution_delay),
        witness_workers: s.or("witness_workers", &Whole(1..=10_000), d.witness_workers),
        witness_per_payment: s.or("witness_per_payment", &DELAY, d.witness_per_payment),
        provers: s.or("provers", &Whole(1..=1_000_000), d.provers),
        prover: s.choice("prover", &PROVERS, Some("seed")),
        aggregate: s.or("aggregate", &count, d.aggregate),
        arity: s.or("arity", &Whole(2..=1_000), d.arity),
        aggregation: s.or("aggregation", &DELAY, d.aggregation),
        aggregate_within: s.or("aggregate_within", &DELAY, d.aggregate_within),
        prover_failures: s.or("prover_failures", &FAILURES, d.prover_failures),
        prover_timeout: s.or("prover_timeout", &DELAY, d.prover_timeout),
        wrong_roots: s.or("wrong_roots", &FAILURES, d.wrong_roots),
    }
}

/// A job must have a chance to be done.
const FAILURES: Number = Number { low: 0.0, high: 0.99, above: false };

const PROVERS: [Alternative<Prover>; 4] = [
    ("seed", |s| {
        let d = Prover::default();
        let per_1000 = s.or("per_1000", &DELAY_POSITIVE, d.per_payment * 1_000);
        let usd_per_hour = s.or("usd_per_hour", &PRICE, d.usd_per_hour);
        Prover { usd_per_hour, ..Prover::seed(per_1000) }
    }),
    ("loopring", |s| {
        let d = Prover::loopring();
        Prover { usd_per_hour: s.or("usd_per_hour", &PRICE, d.usd_per_hour), ..d }
    }),
    ("groth16", |s| {
        let cores = s.or("cores", &Whole(1..=10_000_u32), 32);
        let d = Prover::groth16(cores);
        Prover { usd_per_hour: s.or("usd_per_hour", &PRICE, d.usd_per_hour), ..d }
    }),
    ("custom", |s| Prover {
        fixed: s.or("fixed", &DELAY, SimDuration::ZERO),
        per_payment: s.required("per_payment", &DELAY),
        usd_per_hour: s.or("usd_per_hour", &PRICE, Prover::default().usd_per_hour),
    }),
];

/// Reads `[optimistic_rollup]`.
pub(super) fn optimistic(s: &mut Section<'_, '_>) -> OptimisticParams {
    let d = OptimisticParams::default();
    OptimisticParams {
        operator: operator(s, &d.operator),
        post_within: s.or("post_within", &DELAY, d.post_within),
        post_batches: s.or("post_batches", &Whole(1..=1_000), d.post_batches),
        assert_every: s.or("assert_every", &DELAY_POSITIVE, d.assert_every),
        window: s.or("window", &DELAY, d.window),
        bond_eth: s.or("bond_eth", &PRICE, d.bond_eth),
        reward_share: s.or("reward_share", &SHARE, d.reward_share),
        assertion_gas: Gas(s.or("assertion_gas", &GAS, d.assertion_gas.get())),
        move_gas: Gas(s.or("move_gas", &GAS, d.move_gas.get())),
        step_gas: Gas(s.or("step_gas", &GAS, d.step_gas.get())),
        watchers: s.or("watchers", &Whole(0..=1_000), d.watchers),
        watcher_online: s.or("watcher_online", &SHARE, d.watcher_online),
        react: s.or("react", &DELAY, d.react),
        answer: s.or("answer", &DELAY, d.answer),
        false_roots: s.or("false_roots", &SHARE, d.false_roots),
        theft: s.or("theft", &MONEY_POSITIVE, d.theft),
    }
}

fn operator(s: &mut Section<'_, '_>, d: &OperatorParams) -> OperatorParams {
    let accounts = s.or("accounts", &Whole(1..=MOST_ACCOUNTS), d.accounts);
    let depth = s.or("depth", &Whole(20..=32), d.depth);
    let layout = s.or("layout", &Word(&LAYOUTS), d.layout);
    s.rule(&["accounts", "depth"], u64::from(accounts) <= 1 << depth, || {
        format!("a tree of depth {depth} has {} leaves", 1_u64 << depth)
    });
    s.rule(&["accounts", "layout"], u64::from(accounts) <= layout.most_accounts(), || {
        format!("this layout can name {} accounts", layout.most_accounts())
    });
    OperatorParams {
        accounts,
        depth,
        idle_balance: s.or("idle_balance", &MONEY, d.idle_balance),
        layout,
        authentication: s.or("authentication", &Word(&AUTHENTICATIONS), d.authentication),
        latency: s.or("latency", &DELAY, d.latency),
        service: s.choice("service", &SERVICES, Some("fixed")),
        mempool: s.or("mempool", &Whole(1..=u32::MAX), d.mempool),
        soft_block: s.or("soft_block", &DELAY, d.soft_block),
        seal: s.table("seal", seal),
        fee: s.choice("fee", &FEE_RULES, Some("cost_plus")),
        data_location: s.or("posting", &Word(&DATA_LOCATIONS), d.data_location),
        gas: s.table("gas", gas),
        tip: s.or("tip", &PerGas, d.tip),
        resend_after: s.or("resend_after", &DELAY_POSITIVE, d.resend_after),
        users: s.table("users", users),
        faults: s.table("faults", faults),
        replay: s.or("replay", &Flag, d.replay),
    }
}

const SERVICES: [Alternative<Service>; 2] = [
    ("fixed", |s| Service::Fixed(s.or("time", &DELAY, SimDuration(50_000)))),
    ("exponential", |s| Service::Exponential(s.required("mean", &DELAY))),
];

const FEE_RULES: [Alternative<FeeRule>; 2] = [
    ("fixed", |s| FeeRule::Fixed(s.required("value", &MONEY))),
    ("cost_plus", |s| FeeRule::CostPlus { margin: s.or("margin", &MARGIN, 0.1) }),
];

fn seal(s: &mut Section<'_, '_>) -> Seal {
    let d = Seal::default();
    Seal {
        operations: s.or("operations", &Whole(1..=65_535), d.operations),
        // Six blobs, what one transaction carries.
        bytes: s.or("bytes", &Whole(200..=761_856), d.bytes),
        gas: Gas(s.or("gas", &Whole(200_000..=16_777_216), d.gas.get())),
        age: s.or("age", &DELAY_POSITIVE, d.age),
        from_open: s.or("from_open", &Flag, d.from_open),
    }
}

fn gas(s: &mut Section<'_, '_>) -> GasModel {
    let d = GasModel::default();
    let mut read = |key, default: Gas| Gas(s.or(key, &GAS, default.get()));
    GasModel {
        commit_batch: read("commit_batch", d.commit_batch),
        verify: read("verify", d.verify),
        execute_batch: read("execute_batch", d.execute_batch),
        withdrawal: read("withdrawal", d.withdrawal),
        deposit: read("deposit", d.deposit),
        user_deposit: read("user_deposit", d.user_deposit),
        user_exit: read("user_exit", d.user_exit),
        escape: read("escape", d.escape),
    }
}

fn users(s: &mut Section<'_, '_>) -> Users {
    let d = Users::default();
    Users {
        deposits: s.or("deposits", &Rate, d.deposits),
        deposit_amount: s.or("deposit_amount", &MONEY_POSITIVE, d.deposit_amount),
        withdrawals: s.or("withdrawals", &Rate, d.withdrawals),
        forced_share: s.or("forced_share", &SHARE, d.forced_share),
        deadline: s.or("deadline", &DELAY_POSITIVE, d.deadline),
    }
}

fn faults(s: &mut Section<'_, '_>) -> Faults {
    let halt = s.optional("halt", &RUN, "the operator does not stop");
    let resume = s.optional("resume", &RUN_POSITIVE, "once stopped, it does not come back");
    s.rule(&["resume", "halt"], resume.is_none() || halt < resume, || {
        "the operator comes back after it has stopped".to_owned()
    });
    s.rule(&["resume"], resume.is_none() || halt.is_some(), || {
        "the operator does not stop; give `halt` too".to_owned()
    });
    Faults {
        halt,
        resume,
        censored_share: s.or("censored_share", &SHARE, 0.0),
        ignores_requests: s.or("ignores_requests", &Flag, false),
    }
}
