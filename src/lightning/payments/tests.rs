//! The payments alone: their steps called by hand, what they owe others read off.

use crate::channel::Add;
use crate::ids::{NodeId, PartId};
use crate::lightning::event::Event;
use crate::lightning::owed::Obligation;
use crate::lightning::testing::{Bench, DIRECTIONS};
use crate::outcome::{OnionError, Outcome};
use crate::units::{BlockHeight, Msat, SimTime};
use crate::workload::Demand;

const PART: PartId = PartId(0);

fn demand() -> Demand {
    let amount = Msat(100_000_000);
    Demand { id: 7, payer: NodeId(0), payee: NodeId(2), amount, at: SimTime::ZERO }
}

#[test]
fn a_payment_goes_hop_by_hop_to_its_payee_and_its_preimage_back() {
    let mut bench = Bench::line();
    bench.step(|payments, lent, cx| payments.pay(&demand(), lent, cx));
    let in_flight = |bench: &mut Bench| {
        bench.step(|_, lent, _| DIRECTIONS.map(|d| lent.core.channels.in_flight(d).get()))
    };
    // The forwarder takes 1,000 msat.
    assert_eq!(in_flight(&mut bench), [100_001_000, 0]);
    bench.step(|payments, lent, cx| payments.received(PART, 0, lent, cx));
    assert_eq!(in_flight(&mut bench), [100_001_000, 100_000_000]);
    bench.step(|payments, lent, cx| payments.received(PART, 1, lent, cx));
    bench.step(|payments, lent, cx| payments.preimage_arrived(PART, 1, lent, cx));
    bench.step(|payments, lent, cx| payments.preimage_arrived(PART, 0, lent, cx));
    assert_eq!(in_flight(&mut bench), [0, 0]);
    assert!(bench.step(|payments, _, _| payments.is_empty()));
    let ended: Vec<_> = bench.rows.payments.iter().map(|row| (row.id, row.outcome)).collect();
    assert_eq!(ended, [(7, Outcome::Settled)]);
    let earned = bench.step(|_, lent, _| lent.books.ledger.node(NodeId(1)).fees_earned);
    assert_eq!(earned, Msat(1_000));
    let rests = |n: usize| Obligation::CloseIfAtRest { channel: DIRECTIONS[n].channel() };
    assert_eq!(bench.owed(), [rests(1), rests(0)]);
}

#[test]
fn a_failure_at_the_payer_asks_for_another_plan_once_its_channel_had_time_to_close() {
    let mut bench = Bench::line();
    bench.step(|payments, lent, cx| payments.pay(&demand(), lent, cx));
    // The forwarder has nothing left to send.
    bench.step(|_, lent, cx| {
        let add = Add {
            amount: Msat(500_000_000),
            lock: [0; 32],
            cltv_expiry: BlockHeight(499_999_999),
            tag: 1 << 40,
        };
        let channels = &mut lent.core.channels;
        channels.offer(DIRECTIONS[1], add, &mut cx.within(Event::Dance)).unwrap();
    });
    bench.step(|payments, lent, cx| payments.received(PART, 0, lent, cx));
    assert!(bench.owed().is_empty(), "the failure is on its way");
    bench.step(|payments, lent, cx| payments.failure_arrived(PART, 0, lent, cx));
    let channel = DIRECTIONS[0].channel();
    let expected = [Obligation::CloseIfAtRest { channel }, Obligation::Advance { part: PART }];
    assert_eq!(bench.owed(), expected);
    bench.step(|payments, lent, cx| payments.advance(PART, lent, cx));
    let row = bench.rows.payments[0];
    assert_eq!((row.outcome, row.attempts), (Outcome::Failed, 1));
    assert_eq!(row.last_error, Some(OnionError::TemporaryChannelFailure));
}
