//! Posts the data of batches: which batches go into one transaction, and what each pays of it.

use std::collections::VecDeque;

use crate::chain::ethereum::{Calldata, Receipt, blobs_for};
use crate::rollup::core::Core;
use crate::rollup::events::Tag;
use crate::rollup::expected::commit_gas;
use crate::rollup::l1_sender::{BLOB_SENDER, OPERATOR_SENDER};
use crate::rollup::params::{DataLocation, MOST_BYTES};
use crate::rollup::pricing::Stage;
use crate::units::{Gas, SimTime};

/// Posts the first batches of the queue, as many as fit one transaction.
pub(super) fn post(core: &mut Core, queue: &mut VecDeque<u64>, most_batches: u32, now: SimTime) {
    let market = core.chain.market();
    let in_blobs = core.operator.params.data_location == DataLocation::Blobs;
    let most_bytes = if in_blobs { MOST_BYTES } else { u64::MAX };
    let most_gas = core.operator.params.seal.gas;
    let (mut last, mut count, mut bytes) = (None, 0, 0);
    let (mut data, mut gas) = (Calldata::default(), Gas::ZERO);
    while let Some(number) = queue.front().copied() {
        let Some(batch) = core.batches.get(&number) else {
            queue.pop_front();
            continue;
        };
        let more = bytes + batch.data.bytes();
        let blobs = if in_blobs { blobs_for(more) } else { 0 };
        let with = if in_blobs { data } else { data.and(batch.data) };
        let more_gas = commit_gas(&core.operator.params, [count + 1, blobs], with, market.fork);
        let is_full = more > most_bytes || count >= u64::from(most_batches) || more_gas > most_gas;
        if count > 0 && is_full {
            break;
        }
        queue.pop_front();
        (bytes, count, last) = (more, count + 1, Some(number));
        (data, gas) = (with, more_gas);
    }
    let Some(last) = last else { return };
    let blobs = if in_blobs { blobs_for(bytes) } else { 0 };
    let sender = if blobs > 0 { BLOB_SENDER } else { OPERATOR_SENDER };
    core.send(Tag::Commit { first: last + 1 - count, last }, sender, gas, blobs, now);
    if in_blobs {
        core.blobs.sent(bytes, blobs);
    }
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
