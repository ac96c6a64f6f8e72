//! Settlement in one transaction, as in the seed article: data, proof and payouts of proven batches together.
//!
//! The contract does in one call what `commit`, `prove` and `execute` do in three; if the proof is refused the
//! whole transaction has no effect, and is sent again.

use crate::chain::ethereum::{Calldata, Fork, POINT_EVALUATION_GAS, Receipt, blobs_for};
use crate::rollup::bridge::{BridgeRefusal, Proof};
use crate::rollup::core::Core;
use crate::rollup::events::Tag;
use crate::rollup::expected::{ExpectedBatches, HEADER};
use crate::rollup::l1_sender::{BLOB_SENDER, OPERATOR_SENDER};
use crate::rollup::params::{DataLocation, ZkParams};
use crate::rollup::pricing::{Share, Stage};
use crate::rollup::transactions::PROOF;
use crate::rollup::zk::pipeline::Pipeline;
use crate::rows::Rows;
use crate::units::{Gas, SimTime};

/// What the transaction carries.
#[derive(Clone, Copy)]
struct Content {
    batches: u64,
    data: Calldata,
    /// Paying out.
    execution: Gas,
}

impl Content {
    fn blobs(self, params: &ZkParams) -> u64 {
        match params.operator.data_location {
            DataLocation::Blobs => blobs_for(self.data.bytes()),
            DataLocation::Calldata => 0,
        }
    }

    fn gas(self, params: &ZkParams, fork: Fork) -> Gas {
        let Self { batches, data, execution } = self;
        let model = params.operator.gas;
        let headers = Calldata { zeros: HEADER.zeros * batches, others: HEADER.others * batches };
        let calldata = match params.operator.data_location {
            DataLocation::Blobs => headers.and(PROOF),
            DataLocation::Calldata => headers.and(PROOF).and(data),
        };
        let openings = Gas(POINT_EVALUATION_GAS.0 * self.blobs(params));
        let checks = Gas(model.commit_batch.0 * batches) + model.verify;
        calldata.transaction_gas(checks + openings + execution, fork)
    }
}

/// A batch's expected share.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate for a quote"
)]
pub(super) fn expected_share(params: &ZkParams, expected: &ExpectedBatches, fork: Fork) -> Share {
    let batches = u64::from(params.aggregate);
    let bytes = expected.size * params.operator.layout.payment_bytes() as f64 * batches as f64;
    let content = Content {
        batches,
        data: Calldata { zeros: 0, others: bytes as u64 },
        execution: Gas(params.operator.gas.execute_batch.0 * batches),
    };
    let of = batches as f64;
    Share { gas: content.gas(params, fork).0 as f64 / of, blobs: content.blobs(params) as f64 / of }
}

impl Pipeline {
    /// Sends the proofs that are there, each with the data and the payouts of its batches.
    pub(super) fn settle(&mut self, core: &mut Core, now: SimTime) {
        while let Some((&first, &last)) = self.proofs.first_key_value() {
            if first != self.next_prove || core.operator.halted {
                return;
            }
            self.proofs.pop_first();
            self.next_prove = last + 1;
            let content = self.content(core, [first, last]);
            let blobs = content.blobs(&self.params);
            let gas = content.gas(&self.params, core.chain.market().fork);
            if blobs > 0 {
                core.blobs.sent(content.data.bytes(), blobs);
            }
            let sender = if blobs > 0 { BLOB_SENDER } else { OPERATOR_SENDER };
            core.send(Tag::Settle { first, last }, sender, gas, blobs, now);
        }
    }

    fn content(&self, core: &Core, [first, last]: [u64; 2]) -> Content {
        let model = self.params.operator.gas;
        let (mut data, mut execution) = (Calldata::default(), Gas::ZERO);
        for batch in (first..=last).filter_map(|number| core.batches.get(&number)) {
            data = data.and(batch.data);
            execution += model.execution(batch.outgoing.len(), batch.credited.len());
        }
        Content { batches: last + 1 - first, data, execution }
    }

    /// The transaction stands in a block: its batches are posted, proven and paid out, or nothing is.
    pub(super) fn settled(
        &mut self,
        receipt: &Receipt<Tag>,
        [first, last]: [u64; 2],
        core: &mut Core,
        rows: &mut dyn Rows,
    ) {
        let [posted, _, _] = core.bridge.progress();
        let is_wrong = self.claims_wrong_root(first);
        let follows = first > posted;
        if follows || is_wrong {
            let refusal =
                if follows { BridgeRefusal::OutOfOrder } else { BridgeRefusal::InvalidProof };
            return self.refuse(refusal, is_wrong && !follows, receipt, [first, last], core);
        }
        let blobs = self.content(core, [first, last]).blobs(&self.params);
        let ends = core.batches.get(&first).zip(core.batches.get(&last));
        let Some((before_root, root)) = ends.map(|(one, other)| (one.before_root, other.root))
        else {
            return;
        };
        let mut holds = true;
        for batch in (first..=last).filter_map(|number| core.batches.get(&number)) {
            core.bridge
                .post(batch.number, &batch.before_root, &batch.root)
                .expect("R3: batches are posted in order, each where the last ended");
            holds &= batch.attested;
        }
        core.bridge
            .prove(&Proof { first, last, before_root, root, holds })
            .expect("R7: a right proof in its turn is accepted");
        for number in first..=last {
            let Some(batch) = core.batches.get_mut(&number) else { continue };
            core.bridge.execute(batch).expect("R6: batches are paid out once, in order, proven");
            [batch.posted, batch.proven, batch.executed] = [Some(receipt.seen); 3];
        }
        core.charge(receipt, [first, last], Stage::Commit, blobs, false);
        for number in first..=last {
            core.finish_batch(number, rows);
        }
    }
}
