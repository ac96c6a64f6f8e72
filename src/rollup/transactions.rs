//! The largest transactions that a rollup's parameters can lead to: what no block holds would wait for ever.

use crate::chain::ethereum::{Calldata, Fork};
use crate::rollup::expected::{HEADER, commit_gas};
use crate::rollup::params::{DataLocation, OperatorParams, OptimisticParams, ZkParams};
use crate::units::Gas;

/// Key below the rollup's table, and the most gas of a transaction that it leads to.
pub(crate) type Largest = (&'static str, Gas);

/// Of a ZK-rollup.
pub(crate) fn largest_zk(params: &ZkParams, fork: Fork) -> Vec<Largest> {
    let (model, mut all) = (params.operator.gas, operator(&params.operator, fork));
    let proof = Calldata { zeros: 0, others: 288 };
    let work =
        if params.one_transaction { model.verify + params.operator.seal.gas } else { model.verify };
    all.push(("gas.verify", HEADER.and(proof).transaction_gas(work, fork)));
    all.push(("gas.escape", model.escape));
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

fn operator(params: &OperatorParams, fork: Fork) -> Vec<Largest> {
    let (seal, model) = (params.seal, params.gas);
    let (data, blobs) = match params.data_location {
        DataLocation::Blobs => (Calldata::default(), fork.blobs().max_blobs_per_tx),
        // A batch is closed when its calldata would take its share of the gas.
        DataLocation::Calldata => {
            (Calldata { zeros: 0, others: seal.bytes.min(seal.gas.0 / 40) }, 0)
        }
    };
    vec![
        ("gas.commit_batch", commit_gas(params, [1, blobs], data, fork)),
        ("seal.gas", HEADER.transaction_gas(seal.gas, fork)),
        ("gas.user_deposit", model.user_deposit),
        ("gas.user_exit", model.user_exit),
    ]
}
