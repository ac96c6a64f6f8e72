//! Transactions that no block holds would wait for ever.

use super::{Bad, bad, check_all};

const GAS: [Bad; 4] = [
    bad(
        "E1",
        (2, "systems = [\"zk_rollup\"]\nzk_rollup.gas.verify = 16_777_216"),
        (3, 24),
        "zk_rollup.gas.verify",
        "fits no block: at most 16777216 fit",
    ),
    bad(
        "E2",
        (2, "systems = [\"optimistic_rollup\"]\noptimistic_rollup.step_gas = 16_777_000"),
        (3, 30),
        "optimistic_rollup.step_gas",
        "fits no block: at most 16777216 fit",
    ),
    bad(
        "E3",
        (2, "systems = [\"zk_rollup\"]\nethereum.gas_limit = 12_000_000"),
        (3, 22),
        "zk_rollup.seal.gas",
        "fits no block: at most 12000000 fit",
    ),
    bad(
        "E4",
        (2, "zk_rollup.one_transaction = true\nzk_rollup.aggregate = 100"),
        (2, 29),
        "zk_rollup.one_transaction",
        "100 batches can hold 12000000 bytes; one transaction carries 761856",
    ),
];

#[test]
fn what_fits_no_block_is_refused() {
    check_all(&GAS);
}
