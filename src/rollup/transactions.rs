//! The largest transactions that a rollup's parameters can lead to: what no block holds would wait for ever.

use crate::chain::ethereum::{Calldata, Fork, POINT_EVALUATION_GAS, blobs_for};
use crate::rollup::expected::{HEADER, commit_gas};
use crate::rollup::params::{DataLocation, OperatorParams, OptimisticParams, ZkParams};
use crate::units::Gas;

/// Key below the rollup's table, and the most gas of a transaction that it leads to.
pub(crate) type Largest = (&'static str, Gas);

/// Calldata of a proof: 256 bytes of Groth16 on BN254 and its public input.
pub(super) const PROOF: Calldata = Calldata { zeros: 0, others: 288 };

/// Of a ZK-rollup.
pub(crate) fn largest_zk(params: &ZkParams, fork: Fork) -> Vec<Largest> {
    let mut all = operator(&params.operator, fork);
    all.push(("gas.verify", PROOF.transaction_gas(params.operator.gas.verify, fork)));
    if params.one_transaction {
        all.push(("one_transaction", joint(params, fork)));
    }
    all
}

/// Of an optimistic rollup.
pub(crate) fn largest_optimistic(params: &OptimisticParams, fork: Fork) -> Vec<Largest> {
    let mut all = operator(&params.operator, fork);
    let data = Calldata { zeros: 0, others: 256 };
    for (key, gas) in [
        ("assertion_gas", params.assertion_gas),
        ("move_gas", params.move_gas),
        ("step_gas", params.step_gas),
    ] {
        all.push((key, data.transaction_gas(gas, fork)));
    }
    all
}

/// A batch is closed before its share of the transactions takes more than `seal.gas`, but never before its
/// first operation; batches go together as long as their transaction takes no more than that either.
fn operator(params: &OperatorParams, fork: Fork) -> Vec<Largest> {
    let (seal, model) = (params.seal, params.gas);
    let (data, blobs) = match params.data_location {
        DataLocation::Blobs => (Calldata::default(), blobs_for(seal.bytes)),
        DataLocation::Calldata => {
            (Calldata { zeros: 0, others: seal.bytes.min(seal.gas.0 / 40) }, 0)
        }
    };
    let payout = |operation| HEADER.transaction_gas(model.execute_batch + operation, fork);
    vec![
        ("gas.commit_batch", commit_gas(params, [1, blobs], data, fork)),
        ("seal.gas", HEADER.transaction_gas(seal.gas, fork)),
        ("gas.withdrawal", payout(model.withdrawal)),
        ("gas.deposit", payout(model.deposit)),
        ("gas.user_deposit", model.user_deposit),
        ("gas.user_exit", model.user_exit),
        ("gas.escape", model.escape),
    ]
}

/// The transaction that carries data, proof and payouts of as many batches as a proof covers.
fn joint(params: &ZkParams, fork: Fork) -> Gas {
    let (batches, seal) = (u64::from(params.aggregate), params.operator.seal);
    let headers = Calldata { zeros: HEADER.zeros * batches, others: HEADER.others * batches };
    let blobs = match params.operator.data_location {
        DataLocation::Blobs => blobs_for(seal.bytes.saturating_mul(batches)),
        DataLocation::Calldata => 0,
    };
    let openings = Gas(POINT_EVALUATION_GAS.0 * blobs);
    let work = Gas(seal.gas.0.saturating_mul(batches)) + params.operator.gas.verify + openings;
    headers.and(PROOF).transaction_gas(work, fork)
}
