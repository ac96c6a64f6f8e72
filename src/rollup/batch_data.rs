//! Posts the data of batches: which batches go into one transaction, and what each pays of it.

use std::collections::VecDeque;

use crate::chain::ethereum::{Calldata, Receipt, USABLE_BYTES_PER_BLOB, blobs_for};
use crate::rollup::core::Core;
use crate::rollup::events::Tag;
use crate::rollup::expected::commit_gas;
use crate::rollup::l1_sender::{BLOB_SENDER, OPERATOR_SENDER};
use crate::rollup::params::DataLocation;
use crate::rollup::pricing::Stage;
use crate::units::SimTime;

/// Gas of a byte of calldata that is not zero, where the floor binds (EIP-7623).
const GAS_PER_BYTE: u64 = 40;

/// Posts the first batches of the queue, as many as fit one transaction. Returns the number of blobs.
pub(super) fn post(
    core: &mut Core,
    queue: &mut VecDeque<u64>,
    most_batches: u32,
    now: SimTime,
) -> u64 {
    let market = core.chain.market();
    let data_location = core.operator.params.data_location;
    let most_bytes = match data_location {
        DataLocation::Blobs => market.fork.blobs().max_blobs_per_tx * USABLE_BYTES_PER_BLOB,
        DataLocation::Calldata => core.operator.params.seal.gas.0 / GAS_PER_BYTE,
    };
    let (mut last, mut count, mut bytes, mut data) = (None, 0, 0, Calldata::default());
    while let Some(number) = queue.front().copied() {
        let Some(batch) = core.batches.get(&number) else {
            queue.pop_front();
            continue;
        };
        let more = bytes + batch.data.bytes();
        if count > 0 && (more > most_bytes || count >= u64::from(most_batches)) {
            break;
        }
        queue.pop_front();
        (bytes, count, last) = (more, count + 1, Some(number));
        if data_location == DataLocation::Calldata {
            data = data.and(batch.data);
        }
    }
    let Some(last) = last else { return 0 };
    let blobs = if data_location == DataLocation::Blobs { blobs_for(bytes) } else { 0 };
    let gas = commit_gas(&core.operator.params, [count, blobs], data, market.fork);
    let sender = if blobs > 0 { BLOB_SENDER } else { OPERATOR_SENDER };
    core.send(Tag::Commit { first: last + 1 - count, last }, sender, gas, blobs, now);
    blobs
}

/// The data of batches stands in a block.
pub(super) fn posted(core: &mut Core, receipt: &Receipt<Tag>, [first, last]: [u64; 2]) {
    let bytes: u64 =
        (first..=last).filter_map(|n| core.batches.get(&n)).map(|b| b.data.bytes()).sum();
    let in_blobs = core.operator.params.data_location == DataLocation::Blobs;
    let blobs = if in_blobs { blobs_for(bytes) } else { 0 };
    for number in first..=last {
        let Some(batch) = core.batches.get_mut(&number) else { continue };
        core.bridge
            .post(number, &batch.before_root, &batch.root)
            .expect("R3: batches are posted in order, each where the last ended");
        batch.posted = Some(receipt.seen);
    }
    core.charge(receipt, [first, last], Stage::Commit, blobs, false);
}
