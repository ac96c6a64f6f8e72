//! Small cases of mempool, blocks and reorganisations, and random ones against the invariants.

use proptest::prelude::*;

use super::*;
use crate::engine::{EventQueue, Within};

/// A chain with blocks of 4,000 WU and no background; tags are numbers.
struct Bench {
    chain: Bitcoin<u32>,
    queue: EventQueue<BitcoinEvent>,
    now: SimTime,
    out: Outbox<u32>,
}

impl Bench {
    fn new(change: impl FnOnce(&mut BitcoinParams)) -> Self {
        let mut params = BitcoinParams {
            block_weight: Weight(4_000),
            coinbase_weight: Weight(0),
            background: Background::NONE,
            ..BitcoinParams::default()
        };
        change(&mut params);
        let mut bench = Self {
            chain: Bitcoin::new(params, Seeds::new(1, 0)),
            queue: EventQueue::default(),
            now: SimTime::ZERO,
            out: Outbox::default(),
        };
        bench.chain.start(&mut Within::new(SimTime::ZERO, &mut bench.queue, |event| event));
        bench
    }

    fn submit(&mut self, tx: Transaction<u32>) -> Result<TxId, Refused> {
        let result = self.chain.submit(tx, self.now, &mut self.out);
        assert_eq!(self.chain.check(), Ok(()));
        result
    }

    /// Mines the next block; the tags that it confirms, in order.
    fn mine(&mut self) -> Vec<u32> {
        let (now, event) = self.queue.pop().unwrap();
        self.now = now;
        self.out.notices.clear();
        let schedule = &mut Within::new(now, &mut self.queue, |event| event);
        self.chain.handle(event, schedule, &mut self.out);
        assert_eq!(self.chain.check(), Ok(()));
        let confirmed = |n: &Notice<u32>| matches!(n.fate, Fate::Confirmed(_)).then_some(n.tag);
        self.out.notices.iter().filter_map(confirmed).collect()
    }

    fn fates(&mut self) -> Vec<(u32, Fate)> {
        self.out.notices.drain(..).map(|notice| (notice.tag, notice.fate)).collect()
    }
}

/// A payment of 400 WU.
fn pay(tag: u32, fee: u64) -> Transaction<u32> {
    Transaction::payment(tag, Sat(1_000), Weight(400), Sat(fee))
}

/// Spends `output` of `value` into one output, after `fee`.
fn spend(tag: u32, output: OutPoint, value: u64, fee: u64) -> Transaction<u32> {
    Transaction {
        inputs: vec![Input { output, relative_lock: 0 }],
        outputs: vec![Sat(value - fee)],
        from_wallets: Sat::ZERO,
        to_wallets: Sat::ZERO,
        ..pay(tag, fee)
    }
}

const fn first_output(tx: TxId) -> OutPoint {
    OutPoint { tx, index: 0 }
}

#[test]
fn the_dearest_fit_into_a_block_and_equals_go_by_arrival() {
    let mut bench = Bench::new(|p| p.block_weight = Weight(1_200));
    for (tag, fee) in [(1, 100), (2, 300), (3, 100), (4, 200), (5, 100)] {
        bench.submit(pay(tag, fee)).unwrap();
    }
    assert_eq!(bench.mine(), [2, 4, 1]);
    assert_eq!(bench.mine(), [3, 5]);
    let row = bench.out.blocks[0];
    assert_eq!((row.height, row.weight, row.fees), (BlockHeight(900_001), Weight(1_200), Sat(600)));
    assert_eq!((row.own, row.waiting, row.waiting_count), (3, Weight(800), 2));
    assert_eq!((row.lowest, row.median), (Some(FeeRate(250)), Some(FeeRate(500))));
}

#[test]
fn a_child_pays_for_its_parent() {
    let mut bench = Bench::new(|p| p.block_weight = Weight(800));
    let utxo = bench.chain.introduce(Sat(10_000));
    let parent = bench.submit(spend(1, utxo, 10_000, 40)).unwrap();
    bench.submit(pay(2, 100)).unwrap();
    bench.submit(pay(3, 100)).unwrap();
    bench.submit(spend(4, first_output(parent), 9_960, 400)).unwrap();
    // Together 440 sat for 800 WU: more than 100 for 400 WU each.
    assert_eq!(bench.mine(), [1, 4]);
    assert_eq!(bench.mine(), [2, 3]);
}

#[test]
fn a_parent_that_is_taken_leaves_its_children_to_their_own_rates() {
    let mut bench = Bench::new(|p| p.block_weight = Weight(1_200));
    let utxo = bench.chain.introduce(Sat(10_000));
    let parent = bench.submit(spend(1, utxo, 10_000, 800)).unwrap();
    bench.submit(spend(2, first_output(parent), 9_200, 40)).unwrap();
    bench.submit(pay(3, 100)).unwrap();
    bench.submit(pay(4, 90)).unwrap();
    assert_eq!(bench.mine(), [1, 3, 4], "child 2 with its parent paid 840 for 800, alone 40");
}

#[test]
fn a_package_enters_although_the_parent_alone_is_below_the_minimum() {
    let mut bench = Bench::new(|_| {});
    let utxo = bench.chain.introduce(Sat(10_000));
    let parent = || spend(1, utxo, 10_000, 0);
    assert_eq!(
        bench.submit(parent()),
        Err(Refused::BelowMinimum { minimum: FeeRate(25) }),
        "100 sat/kvB"
    );
    let child = |fee| move |id| spend(2, first_output(id), 10_000, fee);
    let (now, out) = (bench.now, &mut bench.out);
    let refused = bench.chain.submit_package(parent(), child(19), now, out);
    assert!(refused.is_err(), "19 sat for 800 WU");
    bench.chain.submit_package(parent(), child(20), now, out).unwrap();
    assert_eq!(bench.mine(), [1, 2]);
}

#[test]
fn a_replacement_pays_for_what_it_pushes_out_and_for_itself() {
    let mut bench = Bench::new(|_| {});
    let utxo = bench.chain.introduce(Sat(10_000));
    let first = bench.submit(spend(1, utxo, 10_000, 100)).unwrap();
    bench.submit(spend(2, first_output(first), 9_900, 50)).unwrap();
    // 150 sat for both, and 25 sat per 1,000 WU for its own 400 WU.
    let short = bench.submit(spend(3, utxo, 10_000, 159));
    assert_eq!(short, Err(Refused::Replacement { needed: Sat(160) }));
    let by = bench.submit(spend(3, utxo, 10_000, 160)).unwrap();
    assert_eq!(bench.fates(), [(2, Fate::Replaced { by }), (1, Fate::Replaced { by })]);
    assert_eq!(bench.mine(), [3]);
    let again = bench.submit(spend(4, utxo, 10_000, 5_000));
    assert_eq!(again, Err(Refused::MissingInput(utxo)), "a confirmed spend stands");
}

#[test]
fn a_replacement_must_also_beat_the_feerate_and_bring_no_new_parents() {
    let mut bench = Bench::new(|_| {});
    let [utxo, other] = [(); 2].map(|()| bench.chain.introduce(Sat(10_000)));
    bench.submit(spend(1, utxo, 10_000, 100)).unwrap();
    let heavy = Transaction { weight: Weight(800), ..spend(2, utxo, 10_000, 200) };
    assert!(matches!(bench.submit(heavy), Err(Refused::Replacement { .. })));
    let waiting = bench.submit(spend(3, other, 10_000, 100)).unwrap();
    let mut both = spend(4, utxo, 10_000, 1_000);
    both.inputs.push(Input { output: first_output(waiting), relative_lock: 0 });
    both.outputs[0] += Sat(9_900);
    assert_eq!(bench.submit(both), Err(Refused::NewUnconfirmedInput));
}

#[test]
fn a_wallet_replaces_its_own_payment() {
    let mut bench = Bench::new(|_| {});
    let old = bench.submit(pay(1, 100)).unwrap();
    let (now, out) = (bench.now, &mut bench.out);
    assert!(bench.chain.replace(old, pay(2, 109), now, out).is_err());
    bench.chain.replace(old, pay(2, 110), now, out).unwrap();
    assert_eq!(bench.mine(), [2]);
}

#[test]
fn chains_end_at_25_and_one_small_child_more_is_carved_out() {
    let mut bench = Bench::new(|p| p.block_weight = Weight(400_000));
    let utxo = bench.chain.introduce(Sat(1_000_000));
    let mut root = spend(0, utxo, 1_000_000, 1_000);
    root.outputs = vec![Sat(30_000); 33];
    root.to_wallets = Sat(1_000_000 - 1_000 - 33 * 30_000);
    let root = bench.submit(root).unwrap();
    let child = |index| spend(9, OutPoint { tx: root, index }, 30_000, 100);
    for index in 0..24 {
        bench.submit(child(index)).unwrap();
    }
    let large = Transaction {
        weight: Weight(40_004),
        ..spend(9, OutPoint { tx: root, index: 24 }, 30_000, 2_000)
    };
    assert_eq!(bench.submit(large), Err(Refused::Package));
    bench.submit(child(24)).unwrap();
    assert_eq!(bench.submit(child(25)), Err(Refused::Package));
    let mut last = bench.submit(pay(1, 100)).unwrap();
    let utxo = bench.chain.introduce(Sat(100_000));
    for step in 0..25 {
        let (output, value) =
            if step == 0 { (utxo, 100_000) } else { (first_output(last), 100_000 - 100 * step) };
        last = bench.submit(spend(1, output, value, 100)).unwrap();
    }
    assert_eq!(bench.submit(spend(1, first_output(last), 97_500, 100)), Err(Refused::Package));
}

#[test]
fn version_3_has_one_small_child_and_a_dearer_sibling_takes_its_place() {
    let mut bench = Bench::new(|p| p.block_weight = Weight(400_000));
    let utxo = bench.chain.introduce(Sat(100_000));
    let truc = |tx: Transaction<u32>| Transaction { truc: true, ..tx };
    let mut root = truc(spend(1, utxo, 100_000, 100));
    root.outputs = vec![Sat(49_950); 2];
    let root = bench.submit(root).unwrap();
    let child = |tag, index, fee| spend(tag, OutPoint { tx: root, index }, 49_950, fee);
    assert_eq!(bench.submit(child(2, 0, 100)), Err(Refused::Truc), "all or none are version 3");
    let big = Transaction { weight: Weight(4_001), ..truc(child(2, 0, 1_000)) };
    assert_eq!(bench.submit(big), Err(Refused::Truc));
    let first = bench.submit(truc(child(2, 0, 100))).unwrap();
    assert_eq!(bench.submit(truc(spend(3, first_output(first), 49_850, 100))), Err(Refused::Truc));
    assert!(matches!(bench.submit(truc(child(4, 1, 109))), Err(Refused::Replacement { .. })));
    let by = bench.submit(truc(child(4, 1, 110))).unwrap();
    assert_eq!(bench.fates(), [(2, Fate::Replaced { by })]);
}

#[test]
fn locks_keep_a_transaction_out_until_the_block_that_can_hold_it() {
    let mut bench = Bench::new(|_| {});
    let utxo = bench.chain.introduce(Sat(10_000));
    let opening = bench.submit(spend(1, utxo, 10_000, 100)).unwrap();
    let delayed = || {
        let mut tx = spend(2, first_output(opening), 9_900, 100);
        tx.inputs[0].relative_lock = 2;
        tx
    };
    let first = |height| Err(Refused::NotYetFinal { first: BlockHeight(height) });
    assert_eq!(bench.submit(delayed()), first(900_003), "mined at 900,001 at the earliest");
    assert_eq!(bench.mine(), [1]);
    assert_eq!(bench.submit(delayed()), first(900_003));
    let timed = || Transaction { lock_height: BlockHeight(900_002), ..pay(3, 100) };
    assert_eq!(bench.submit(timed()), first(900_003), "above the lock, not at it");
    assert!(bench.mine().is_empty());
    bench.submit(delayed()).unwrap();
    bench.submit(timed()).unwrap();
    assert_eq!(bench.mine(), [2, 3]);
}

#[test]
fn a_full_mempool_drops_the_cheapest_and_asks_more_until_that_fades() {
    let mut bench = Bench::new(|p| p.relay.mempool_weight = Weight(1_200));
    for (tag, fee) in [(1, 100), (2, 40), (3, 80)] {
        bench.submit(pay(tag, fee)).unwrap();
    }
    bench.submit(pay(4, 60)).unwrap();
    assert_eq!(bench.fates(), [(2, Fate::Evicted)]);
    // 40 sat for 400 WU are 100 sat/kw, and 25 more.
    assert_eq!(bench.chain.minimum(bench.now), FeeRate(125));
    assert_eq!(bench.submit(pay(5, 49)), Err(Refused::BelowMinimum { minimum: FeeRate(125) }));
    assert_eq!(bench.submit(pay(5, 50)), Err(Refused::MempoolFull), "it is the cheapest itself");
    let later = |bench: &Bench, hours: u64| bench.now + SimDuration::from_secs(hours * 3_600);
    assert_eq!(bench.chain.minimum(later(&bench, 12)), FeeRate(150), "no block was found yet");
    bench.mine();
    assert_eq!(bench.chain.minimum(later(&bench, 3)), FeeRate(75), "the mempool is empty");
    assert_eq!(bench.chain.minimum(later(&bench, 12)), FeeRate(25), "below half of the increment");
}

#[test]
fn a_template_made_at_the_last_block_holds_nothing_younger() {
    let mut bench = Bench::new(|p| p.template = Template::AtBlock);
    bench.mine();
    bench.now = bench.now + SimDuration(1);
    bench.submit(pay(1, 100)).unwrap();
    assert!(bench.mine().is_empty());
    assert_eq!(bench.mine(), [1]);
}

#[test]
fn a_block_undone_leaves_no_trace() {
    let mut bench = Bench::new(|p| {
        p.background = Background::steady(1.5, FeeRate(100), 0.5, 1.0);
        p.block_weight = Weight(20_000);
        // So unlikely that it does not happen here: blocks are remembered all the same.
        p.reorgs = Reorgs { probability: 1e-12, deepest: 3 };
    });
    let utxo = bench.chain.introduce(Sat(100_000));
    let parent = bench.submit(spend(1, utxo, 100_000, 5_000)).unwrap();
    let middle = bench.submit(spend(2, first_output(parent), 95_000, 4_000)).unwrap();
    bench.submit(spend(3, first_output(middle), 91_000, 10)).unwrap();
    bench.mine();
    for _ in 0..20 {
        bench.chain.catch_up(bench.now, &mut bench.out);
        let before = bench.chain.clone();
        let content = bench.chain.pool.pack(Weight(20_000), bench.now);
        bench.chain.connect(&content, bench.now, &mut bench.out);
        bench.chain.undo(&mut bench.out);
        // The oldest block remembered may have gone; all else is as before (L7).
        bench.chain.recent.clone_from(&before.recent);
        assert!(bench.chain == before, "undo(do(state)) is not the state");
        bench.mine();
    }
}

#[test]
fn a_reorganisation_brings_transactions_back_and_confirms_them_again() {
    let mut bench = Bench::new(|p| {
        p.reorgs = Reorgs { probability: 0.5, deepest: 3 };
        p.block_weight = Weight(800);
    });
    let (mut undone, mut heights) = (0, Vec::new());
    for tag in 0..200 {
        bench.submit(pay(tag, 100)).unwrap();
        bench.mine();
        undone += bench.out.notices.iter().filter(|n| n.fate == Fate::Undone).count();
        heights.extend(bench.out.blocks.drain(..).map(|row| row.height.0));
    }
    assert!(undone > 50, "{undone}");
    assert!(heights.windows(2).all(|pair| pair[1] <= pair[0] + 1), "no height is skipped");
    assert!(heights.windows(2).any(|pair| pair[1] <= pair[0]), "a branch was replaced");
    let waiting = bench.chain.own_waiting() as u64;
    assert_eq!(bench.chain.sums().fees, Sat(100) * (200 - waiting), "each is paid for once");
}

#[test]
fn estimates_follow_the_mempool_and_the_recent_blocks() {
    let mut bench = Bench::new(|p| p.block_weight = Weight(800));
    let estimate =
        |bench: &mut Bench, target| bench.chain.estimate(target, bench.now, &mut Outbox::default());
    assert_eq!(estimate(&mut bench, 1), FeeRate(25), "an empty mempool asks for the minimum");
    for fee in [400, 300, 200, 100] {
        bench.submit(pay(0, fee)).unwrap();
    }
    // Two fit: the third pays 500 sat/kw.
    let next = estimate(&mut bench, 1).0;
    assert!((501..=532).contains(&next), "{next}");
    assert_eq!(estimate(&mut bench, 2), FeeRate(25));
    bench.mine();
    assert_eq!(estimate(&mut bench, 2), FeeRate(750), "the last block was full from there on");
}

#[test]
fn two_chains_with_one_seed_see_the_same_background_whatever_their_owners_do() {
    let seen = |own: bool| {
        let mut bench = Bench::new(|p| {
            p.background = Background::steady(0.9, FeeRate(1_000), 0.9, 1.0);
            p.block_weight = Weight(400_000);
        });
        for tag in 0..30 {
            if own {
                bench.submit(pay(tag, 4_000)).unwrap();
            }
            bench.mine();
        }
        let rows = bench.out.blocks;
        rows.iter().map(|r| (r.at, r.transactions - r.own)).collect::<Vec<_>>()
    };
    let (alone, shared) = (seen(false), seen(true));
    assert!(alone.iter().zip(&shared).all(|(a, b)| a.0 == b.0), "block times differ");
    let total = |rows: &[(SimTime, u64)]| rows.iter().map(|row| row.1).sum::<u64>();
    assert!(total(&alone).abs_diff(total(&shared)) < 20, "background only wait a little longer");
}

#[test]
fn looking_at_the_mempool_shows_what_waits_then_and_changes_nothing() {
    let run = |looks: bool| {
        let mut bench = Bench::new(|p| {
            p.background = Background::steady(1.3, FeeRate(1_000), 0.9, 1.0);
            p.block_weight = Weight(400_000);
            p.relay.mempool_weight = Weight(900_000);
        });
        let (mut fates, mut growth) = (Vec::new(), Vec::new());
        for tag in 0..60 {
            // Little enough that some are evicted.
            let _refused = bench.submit(pay(tag, 120));
            fates.append(&mut bench.fates());
            let (from, to) = (bench.now, bench.queue.next_time().unwrap());
            let before = bench.chain.market().1;
            for tenth in 1..10 * u64::from(looks) {
                bench.chain.observe(SimTime(from.nanos() + to.since(from).0 / 10 * tenth));
            }
            growth.push(bench.chain.market().1.0.abs_diff(before.0));
            bench.mine();
            fates.append(&mut bench.fates());
        }
        (bench.out.blocks, fates, growth)
    };
    let ((blocks, fates, still), (seen_blocks, seen_fates, growth)) = (run(false), run(true));
    assert!(fates.iter().any(|(_, fate)| *fate == Fate::Evicted));
    assert!(blocks == seen_blocks && fates == seen_fates);
    assert!(still.iter().all(|grown| *grown == 0), "nobody looked");
    assert!(growth.iter().filter(|grown| **grown > 10_000).count() > 20);
}

#[test]
fn a_transaction_heavier_than_the_room_in_a_block_is_refused() {
    let mut bench = Bench::new(|p| p.coinbase_weight = Weight(3_601));
    assert_eq!(bench.submit(pay(1, 1_000)), Err(Refused::TooHeavy));
    let mut bench = Bench::new(|p| p.coinbase_weight = Weight(3_600));
    bench.submit(pay(1, 1_000)).unwrap();
    assert_eq!(bench.mine(), [1]);
}

#[derive(Clone, Debug)]
enum Step {
    Pay(u64),
    Spend(prop::sample::Index, u64, bool),
    Mine,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (10_u64..500).prop_map(Step::Pay),
        (any::<prop::sample::Index>(), 10_u64..900, any::<bool>())
            .prop_map(|(output, fee, truc)| Step::Spend(output, fee, truc)),
        Just(Step::Mine),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn random_transactions_and_blocks_keep_all_invariants(
        steps in prop::collection::vec(step(), 1..150),
        reorgs in any::<bool>(),
    ) {
        let mut bench = Bench::new(|p| {
            p.relay.mempool_weight = Weight(24_000);
            p.background = Background::steady(1.0, FeeRate(300), 0.9, 1.0);
            if reorgs {
                p.reorgs = Reorgs { probability: 0.3, deepest: 3 };
            }
        });
        let mut outputs: Vec<(OutPoint, u64)> =
            (0..4).map(|_| (bench.chain.introduce(Sat(100_000)), 100_000)).collect();
        for step in steps {
            match step {
                Step::Pay(fee) => drop(bench.submit(pay(0, fee))),
                Step::Spend(index, fee, truc) => {
                    let (output, value) = outputs[index.index(outputs.len())];
                    if value > fee {
                        let tx = Transaction { truc, ..spend(0, output, value, fee) };
                        if let Ok(id) = bench.submit(tx) {
                            outputs.push((first_output(id), value - fee));
                        }
                    }
                }
                // Every block is checked for conservation, locks and packing while it is made.
                Step::Mine => drop(bench.mine()),
            }
        }
        let bytes = postcard::to_allocvec(&bench.chain).unwrap();
        let again: Bitcoin<u32> = postcard::from_bytes(&bytes).unwrap();
        prop_assert!(again == bench.chain);
    }
}
