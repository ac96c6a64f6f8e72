#![expect(clippy::cast_precision_loss, reason = "means and ratios")]

use super::*;
use crate::engine::{EventQueue, Within};
use crate::units::{SimDuration, Wei};

/// A chain with its own clock, for tests.
struct World {
    chain: Ethereum<u32>,
    queue: EventQueue<EthereumEvent>,
    now: SimTime,
    rows: Vec<EthereumBlockRow>,
    notices: Vec<(SimTime, Notice<u32>)>,
}

impl World {
    fn new(params: EthereumParams, seed: u64) -> Self {
        let chain = Ethereum::new(params, Seeds::new(seed, 0));
        let mut queue = EventQueue::default();
        chain.start(&mut Within::new(SimTime::ZERO, &mut queue, |event| event));
        Self { chain, queue, now: SimTime::ZERO, rows: Vec::new(), notices: Vec::new() }
    }

    fn quiet() -> EthereumParams {
        let background = Background::none();
        EthereumParams { missed_slots: 0.0, background, ..EthereumParams::default() }
    }

    fn run_until(&mut self, secs: u64) {
        let until = SimTime::ZERO + SimDuration::from_secs(secs);
        while self.queue.next_time().is_some_and(|at| at <= until) {
            let (at, event) = self.queue.pop().unwrap();
            self.now = at;
            let Self { chain, queue, rows, notices, .. } = self;
            let mut fresh = Vec::new();
            let mut schedule = Within::new(at, queue, |event| event);
            chain.handle(event, &mut schedule, &mut fresh, &mut |row| rows.push(*row));
            notices.extend(fresh.into_iter().map(|notice| (at, notice)));
        }
        self.now = until;
    }

    fn submit(&mut self, transaction: Transaction<u32>) -> Result<TxId, SubmitError> {
        let mut fresh = Vec::new();
        let result = self.chain.submit(transaction, self.now, &mut fresh);
        self.notices.extend(fresh.into_iter().map(|notice| (self.now, notice)));
        result
    }

    fn included(&self, tag: u32) -> Option<Receipt<u32>> {
        self.notices.iter().find_map(|(_, notice)| match notice {
            Notice::Included(receipt) if receipt.tag == tag => Some(*receipt),
            Notice::Included(_) | Notice::Final(_) | Notice::Evicted { .. } => None,
        })
    }

    fn final_at(&self, tag: u32) -> Option<SimTime> {
        self.notices.iter().find(|(_, notice)| *notice == Notice::Final(tag)).map(|(at, _)| *at)
    }
}

fn transfer(tag: u32, sender: u64, tip_gwei: u64) -> Transaction<u32> {
    Transaction {
        tag,
        sender,
        gas: TRANSACTION_GAS,
        max_fee: GasPrice(100_000_000_000),
        max_tip: GasPrice(tip_gwei * 1_000_000_000),
        blobs: 0,
        max_blob_fee: GasPrice(0),
    }
}

#[test]
fn a_transaction_is_in_the_next_block_and_pays_base_fee_and_tip() {
    let mut world = World::new(World::quiet(), 1);
    world.submit(transfer(7, 1, 2)).unwrap();
    world.run_until(60);
    let receipt = world.included(7).unwrap();
    assert_eq!((receipt.block, receipt.seen), (1, SimTime(13_900_000_000)));
    assert_eq!(receipt.gas_paid, Wei(21_000 * 3_000_000_000), "base fee 1 gwei, tip 2 gwei");
    assert_eq!(world.rows[0].gas_used, Gas(21_000));
    assert_eq!(world.rows[1].base_fee.0, 875_087_500, "1 gwei - 1/8 * (target - 21,000)/target");
}

#[test]
fn a_transaction_is_final_two_epochs_after_its_own_has_ended() {
    let mut world = World::new(World::quiet(), 1);
    // Slot 1, slot 31 (the last of epoch 0) and slot 32 (the first of epoch 1).
    for (tag, at) in [(1, 1), (31, 361), (32, 373)] {
        world.run_until(at);
        world.submit(transfer(tag, 1, 1)).unwrap();
    }
    world.run_until(3_000);
    let at = |tag| world.final_at(tag).unwrap().nanos() / 1_000_000_000;
    assert_eq!([at(1), at(31), at(32)], [1_152, 1_152, 1_536]);
}

#[test]
fn finality_takes_12_8_to_19_2_minutes_and_16_in_the_mean() {
    let mut world = World::new(World::quiet(), 1);
    for tag in 0..3_200_u32 {
        world.run_until(u64::from(tag) * 12);
        world.submit(transfer(tag, 1, 1)).unwrap();
    }
    world.run_until(3_200 * 12 + 2_000);
    let waits: Vec<f64> = (0..3_200)
        .map(|tag| world.final_at(tag).unwrap().since(world.included(tag).unwrap().seen))
        .map(|wait| wait.as_secs_f64() + 1.9)
        .collect();
    let (low, high) = waits.iter().fold((f64::MAX, 0.0_f64), |(l, h), w| (l.min(*w), h.max(*w)));
    assert!(low >= 12.8 * 60.0 && high <= 19.2 * 60.0 + 1e-6, "{low} {high}");
    let mean = waits.iter().sum::<f64>() / 3_200.0;
    assert!((mean - (16.0 * 60.0 + 6.0)).abs() < 1e-6, "slots are half a slot off: {mean}");
}

#[test]
fn the_higher_tip_goes_first_and_a_sender_keeps_its_order() {
    let params = EthereumParams {
        gas_limit: Gas(42_000),
        gas_limit_target: Some(Gas(42_000)),
        ..World::quiet()
    };
    let mut world = World::new(params, 1);
    for (tag, sender, tip) in [(0, 1, 1), (1, 1, 50), (2, 2, 9), (3, 3, 9), (4, 4, 10)] {
        world.submit(transfer(tag, sender, tip)).unwrap();
    }
    world.run_until(60);
    let order: Vec<_> = (0..5).map(|tag| world.included(tag).unwrap().block).collect();
    // 4 and 2, then 3 and 0 (its sender's first), then 1.
    assert_eq!(order, [2, 3, 1, 2, 1]);
}

#[test]
fn blocks_keep_their_limits_and_the_base_fee_finds_its_level() {
    let mut world = World::new(EthereumParams::default(), 3);
    for tag in 0..2_000_u32 {
        world.run_until(u64::from(tag) * 12);
        let mut blob = transfer(tag, 1, 1);
        blob.gas = Gas(200_000);
        (blob.blobs, blob.max_blob_fee) = (3, GasPrice(10_000_000_000));
        world.submit(blob).unwrap();
    }
    world.run_until(2_000 * 12 + 100);
    assert!(world.rows.iter().all(|row| row.gas_used <= row.gas_limit && row.blobs <= 21));
    let late = &world.rows[500..];
    let n = f64::from(u32::try_from(late.len()).unwrap());
    let mean = late.iter().map(|row| row.gas_used.0 as f64 / 30e6).sum::<f64>() / n;
    assert!((mean - 1.0).abs() < 0.02, "EIP-1559 holds blocks at half the limit: {mean}");
    let base = late.iter().map(|row| row.base_fee.0 as f64 / 1e9).sum::<f64>() / n;
    assert!((0.4..1.6).contains(&base), "near the median price of 1 gwei: {base}");
    let missed = 2_008.0 - world.rows.len() as f64;
    assert!((0.0..16.0).contains(&missed), "5 slots of 2,000 are missed in the mean: {missed}");
    assert!((0..2_000).all(|tag| world.included(tag).is_some()));
}

#[test]
fn scarce_blobs_become_dearer_until_demand_gives_way() {
    let background = Background { blob_share: 3.0, ..Background::default() };
    let mut world = World::new(EthereumParams { background, ..EthereumParams::default() }, 5);
    world.run_until(12 * 3_000);
    let late = &world.rows[2_000..];
    let blobs = late.iter().map(|row| row.blobs as f64).sum::<f64>() / late.len() as f64;
    assert!((blobs - 14.0).abs() < 0.3, "the target of BPO2: {blobs}");
    assert!(late.iter().all(|row| row.blob_fee > GasPrice::GWEI), "a third is above 1.43 sigma");
}

#[test]
fn the_background_is_the_same_whoever_uses_the_chain() {
    let mut empty = World::new(EthereumParams::default(), 9);
    let mut used = World::new(EthereumParams::default(), 9);
    used.submit(transfer(1, 1, 1)).unwrap();
    empty.run_until(24);
    used.run_until(24);
    assert_eq!(used.rows[0].gas_used - empty.rows[0].gas_used, TRANSACTION_GAS);
}

#[test]
fn what_a_node_refuses_is_refused() {
    let params = EthereumParams { pool: 2, ..World::quiet() };
    let mut world = World::new(params, 1);
    let mut large = transfer(1, 1, 1);
    large.gas = Gas(16_777_217);
    assert_eq!(world.submit(large), Err(SubmitError::TooMuchGas));
    let mut blobs = transfer(1, 1, 1);
    blobs.blobs = 7;
    assert_eq!(world.submit(blobs), Err(SubmitError::TooManyBlobs), "EIP-7594: 6 a transaction");
    for tag in [1, 2] {
        world.submit(transfer(tag, u64::from(tag), 1)).unwrap();
    }
    assert_eq!(world.submit(transfer(3, 3, 1)), Err(SubmitError::Underpriced));
    let dearer = Transaction { max_fee: GasPrice(200_000_000_000), ..transfer(4, 4, 1) };
    world.submit(dearer).unwrap();
    assert_eq!(
        world.notices,
        [(SimTime::ZERO, Notice::Evicted { id: TxId(1), tag: 2 })],
        "the youngest of the cheap"
    );
}

#[test]
fn a_cheap_transaction_waits_until_it_is_repriced() {
    let mut world = World::new(World::quiet(), 1);
    let cheap = Transaction { max_fee: GasPrice(1), ..transfer(1, 1, 1) };
    let id = world.submit(cheap).unwrap();
    world.run_until(100);
    assert_eq!(world.included(1), None);
    let fee = GasPrice(50_000_000_000);
    assert!(world.chain.reprice(1, id, fee, GasPrice(1_100_000_000), GasPrice(0)));
    world.run_until(120);
    assert_eq!(world.included(1).unwrap().block, 9);
    assert!(!world.chain.reprice(1, id, fee, GasPrice(2_000_000_000), GasPrice(0)));
}

#[test]
fn a_replacement_raises_cap_and_tip_by_a_tenth_and_for_blobs_doubles_them() {
    let wei = |fees: [u64; 3]| fees.map(GasPrice);
    let mut world = World::new(World::quiet(), 1);
    let mut plain = Transaction { max_fee: GasPrice(1_000), ..transfer(1, 1, 1) };
    plain.max_tip = GasPrice(100);
    let mut blob = Transaction { blobs: 1, max_blob_fee: GasPrice(10), ..plain };
    (blob.tag, blob.sender) = (2, 2);
    let [one, two] = [plain, blob].map(|transaction| world.submit(transaction).unwrap());
    let mut takes = |sender, id, fees: [u64; 3]| {
        let [fee, tip, blob_fee] = wei(fees);
        world.chain.reprice(sender, id, fee, tip, blob_fee)
    };
    for short in [[1_100, 109, 0], [1_099, 110, 0], [2_000, 100, 0]] {
        assert!(!takes(1, one, short), "{short:?}");
    }
    assert!(takes(1, one, [1_100, 110, 0]));
    assert!(!takes(1, one, [1_100, 110, 0]), "measured from the last bid");
    for short in [[2_000, 200, 19], [2_000, 199, 20], [1_999, 200, 20]] {
        assert!(!takes(2, two, short), "{short:?}");
    }
    assert!(takes(2, two, [2_000, 200, 20]));
}

#[test]
fn a_node_keeps_sixteen_blob_transactions_of_an_account_and_any_number_of_others() {
    let mut world = World::new(World::quiet(), 1);
    let blob = |tag| Transaction { blobs: 1, max_blob_fee: GasPrice::GWEI, ..transfer(tag, 1, 1) };
    for tag in 0..16 {
        world.submit(blob(tag)).unwrap();
    }
    assert_eq!(world.submit(blob(16)), Err(SubmitError::AccountLimit));
    world.submit(Transaction { sender: 2, ..blob(17) }).unwrap();
    for tag in 18..60 {
        world.submit(transfer(tag, 3, 1)).unwrap();
    }
    world.run_until(20);
    assert!(world.included(0).is_some());
    world.submit(blob(60)).unwrap();
}

#[test]
fn a_full_pool_never_makes_a_gap_in_the_nonces_of_the_newcomer() {
    let mut world = World::new(EthereumParams { pool: 2, ..World::quiet() }, 1);
    let priced = |tag, sender, max_fee| Transaction {
        max_fee: GasPrice(max_fee),
        ..transfer(tag, sender, 0)
    };
    world.submit(priced(1, 1, 10)).unwrap();
    world.submit(priced(2, 2, 30)).unwrap();
    // The cheapest is its own earlier transaction, and the other pays more.
    assert_eq!(world.submit(priced(3, 1, 20)), Err(SubmitError::Underpriced));
    world.submit(priced(4, 1, 40)).unwrap();
    assert_eq!(world.notices, [(SimTime::ZERO, Notice::Evicted { id: TxId(1), tag: 2 })]);
}

#[test]
fn blobs_go_by_tip_and_not_by_the_cap_that_is_burnt() {
    // Others want more blobs than there are, and would all pay the blob fee.
    let background = Background {
        blob_share: 4.0,
        blob_median_price: GasPrice(1_000 * 1_000_000_000),
        blob_sigma: 0.1,
        sigma: 0.1,
        ..Background::default()
    };
    let params = EthereumParams { background, ..EthereumParams::default() };
    let wait = |tip: u64, cap: u64| {
        let mut world = World::new(params.clone(), 3);
        world.run_until(300);
        let mut blob = transfer(1, 1, 0);
        blob.max_tip = GasPrice(tip);
        (blob.blobs, blob.max_blob_fee) = (1, GasPrice(cap * 1_000_000_000));
        world.submit(blob).unwrap();
        world.run_until(900);
        world.included(1).map(|receipt| receipt.seen.since(receipt.since).as_secs_f64())
    };
    // Background tips are near 5 % of 1 gwei.
    assert!(wait(50_000_000_000, 2_000).unwrap() < 24.0, "a high tip takes the next block");
    assert_eq!(wait(1_000, 1_000_000), None, "a high cap without a tip does not");
}

#[test]
fn the_rules_of_a_fork_hold_by_the_time_of_the_block() {
    let start_unix_s = Fork::Bpo2.mainnet_unix_s() - 600;
    for seed in 0..8 {
        let params = EthereumParams {
            missed_slots: 0.7,
            fork: ForkSchedule::Mainnet { start_unix_s },
            ..EthereumParams::default()
        };
        let mut world = World::new(params, seed);
        world.run_until(1_200);
        for row in &world.rows {
            let most = if row.at.nanos() < 600_000_000_000 { 15 } else { 21 };
            assert_eq!(row.max_blobs, most, "seed {seed}, block at {:?}", row.at);
        }
    }
}

#[test]
fn a_saved_chain_goes_on_the_same() {
    let mut world = World::new(EthereumParams::default(), 11);
    for tag in 0..50 {
        world.submit(transfer(tag, u64::from(tag % 7), 1)).unwrap();
    }
    world.run_until(20);
    let saved = postcard::to_allocvec(&world.chain).unwrap();
    let again: Ethereum<u32> = postcard::from_bytes(&saved).unwrap();
    assert!(again == world.chain);
    let mut other = World::new(EthereumParams::default(), 11);
    (other.chain, other.now) = (again, world.now);
    other.queue = EventQueue::default();
    world.queue = EventQueue::default();
    for world in [&mut world, &mut other] {
        world.chain.start(&mut Within::new(world.now, &mut world.queue, |event| event));
        world.rows.clear();
        world.run_until(3_000);
    }
    assert!(world.rows == other.rows && world.rows.len() > 200);
}
