//! Transactions that no block holds would wait for ever.

use super::{Bad, bad, check_all};

const GAS: [Bad; 7] = [
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
    bad(
        "E5",
        (2, "systems = [\"zk_rollup\"]\nzk_rollup.one_transaction = true\nzk_rollup.aggregate = 2"),
        (3, 29),
        "zk_rollup.one_transaction",
        "fits no block: at most 16777216 fit",
    ),
    bad(
        "E6",
        (2, "systems = [\"zk_rollup\"]\nzk_rollup.gas.withdrawal = 16_760_000"),
        (3, 28),
        "zk_rollup.gas.withdrawal",
        "fits no block: at most 16777216 fit",
    ),
    bad(
        "E7",
        (
            2,
            "systems = [\"ethereum\"]\nethereum.gas_limit = 30_000_000\nethereum.wallets.gas = 16_777_217",
        ),
        (4, 24),
        "ethereum.wallets.gas",
        "16777216",
    ),
];

#[test]
fn what_fits_no_block_is_refused() {
    check_all(&GAS);
}
