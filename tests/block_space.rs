//! Block space against theory: the queue for it, two classes of fees, and the clock of blocks.
//!
//! Closed forms A10, A11 and A15. Settings: no background transactions, all transactions of one weight, ten to a
//! block, blocks a second apart on average, all that waits can be taken (`Template::Continuous`).
//! Each check has two parts: not wrong (3.659 standard errors over 30 replications, the 99.9 % point of
//! Student's t with 29 degrees of freedom), and precise enough (the 95 % half-width, 2.045 standard
//! errors).

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic too")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "statistics"
)]
#![allow(clippy::print_stdout, reason = "figures for whoever runs it with --nocapture")]
#![allow(clippy::disallowed_methods, reason = "theory may use the platform's logarithms")]

use leyden::chain::bitcoin::{
    Background, Bitcoin, BitcoinEvent, BitcoinParams, Fate, Outbox, Transaction,
};
use leyden::engine::{EventQueue, Seeds, Within};
use leyden::units::{Sat, SimDuration, SimTime, Weight};

const REPLICATIONS: u32 = 30;
/// Transactions to a block.
const ROOM: u64 = 10;
const WEIGHT: Weight = Weight(400);

/// Mean and standard error over the replications.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

fn assert_agrees(what: &str, values: &[f64], theory: f64, precision: f64) {
    let (mean, error) = mean_and_error(values);
    let half_width = 2.045 * error / theory;
    println!("{what}: {mean:.6} for {theory:.6}, half-width {:.2} %", half_width * 100.0);
    assert!((mean - theory).abs() <= 3.659 * error, "{what}: {mean} is not {theory}, s.e. {error}");
    assert!(half_width <= precision, "{what}: the half-width is {half_width}");
}

/// When a transaction arrived, and its class.
type Tag = (SimTime, u8);

fn chain(seeds: Seeds) -> Bitcoin<Tag> {
    let params = BitcoinParams {
        block_interval: SimDuration::from_secs(1),
        block_weight: Weight(WEIGHT.0 * ROOM),
        coinbase_weight: Weight(0),
        background: Background::NONE,
        ..BitcoinParams::default()
    };
    Bitcoin::new(params, seeds)
}

/// Time averages of what waits, and the mean waiting times, of two classes of transactions; the first
/// pays more.
struct Averages {
    waiting: [f64; 2],
    wait: [f64; 2],
}

/// Runs `blocks` seconds with Poisson arrivals at `rates` per second; the first tenth is left out.
fn run(seeds: Seeds, rates: [f64; 2], blocks: u64) -> Averages {
    let mut chain = chain(seeds);
    let mut queue: EventQueue<BitcoinEvent> = EventQueue::default();
    let mut out = Outbox::default();
    let mut arrivals = ["one", "two"].map(|name| seeds.stream(name));
    let gap = |class: usize, arrivals: &mut [leyden::engine::Source; 2]| {
        SimDuration::from_secs_f64(arrivals[class].exponential() / rates[class])
    };
    let mut next = [0, 1].map(|class| SimTime::ZERO + gap(class, &mut arrivals));
    chain.start(&mut Within::new(SimTime::ZERO, &mut queue, |event| event));
    let (from, end) = (SimTime(blocks * 100_000_000), SimTime(blocks * 1_000_000_000));
    let (mut count, mut area, mut last) = ([0_u64; 2], [0.0; 2], SimTime::ZERO);
    let (mut waited, mut confirmed) = ([0.0; 2], [0_u64; 2]);
    loop {
        let class = usize::from(next[1] < next[0]);
        let block = queue.next_time().unwrap();
        let now = next[class].min(block);
        if now > end {
            break;
        }
        if now > from {
            for (area, &count) in area.iter_mut().zip(&count) {
                *area += count as f64 * now.since(last.max(from)).as_secs_f64();
            }
        }
        last = now;
        if next[class] <= block {
            let (fee, tag) = if class == 0 { (Sat(200), (now, 0)) } else { (Sat(100), (now, 1)) };
            chain.submit(Transaction::payment(tag, Sat(1), WEIGHT, fee), now, &mut out).unwrap();
            count[class] += 1;
            next[class] = now + gap(class, &mut arrivals);
            continue;
        }
        let (_, event) = queue.pop().unwrap();
        chain.handle(event, &mut Within::new(now, &mut queue, |event| event), &mut out);
        for notice in out.notices.drain(..) {
            assert!(matches!(notice.fate, Fate::Confirmed(_)));
            let (arrived, class) = (notice.tag.0, usize::from(notice.tag.1));
            count[class] -= 1;
            if arrived > from {
                waited[class] += now.since(arrived).as_secs_f64();
                confirmed[class] += 1;
            }
        }
        out.blocks.clear();
    }
    let span = end.since(from).as_secs_f64();
    let mean = |class: usize| waited[class] / confirmed[class] as f64;
    Averages { waiting: area.map(|area| area / span), wait: [mean(0), mean(1)] }
}

/// A10 and A11 in one: two classes of 4 /s each share blocks of ten; the first sees only itself, both
/// together are the queue without classes. `precision`: half-widths of the fast and of the slow class.
fn two_classes(blocks: u64, precision: [f64; 2]) {
    let runs: Vec<Averages> =
        (0..REPLICATIONS).map(|r| run(Seeds::new(10, r), [4.0, 4.0], blocks)).collect();
    let [fast, slow] = precision;
    let of = |value: fn(&Averages) -> f64| runs.iter().map(value).collect::<Vec<f64>>();
    assert_agrees("L, 8 /s", &of(|a| a.waiting[0] + a.waiting[1]), 23.378_153, slow);
    assert_agrees("L1", &of(|a| a.waiting[0]), 4.671_486, fast);
    assert_agrees("W1", &of(|a| a.wait[0]), 1.167_871, fast);
    assert_agrees("L2", &of(|a| a.waiting[1]), 18.706_668, slow);
    assert_agrees("W2", &of(|a| a.wait[1]), 4.676_667, slow);
}

#[test]
fn waiting_for_block_space_is_the_bulk_queue_and_priority_is_the_difference_of_two() {
    two_classes(6_000, [0.02, 0.06]);
}

/// The same to one per cent: 48 million transactions.
#[test]
#[ignore = "takes minutes; run it with --release"]
fn the_queue_for_block_space_agrees_to_one_per_cent() {
    two_classes(200_000, [0.01, 0.01]);
}

/// A15: the time of the sixth block is Erlang, gaps are exponential, blocks in an hour are Poisson.
#[test]
fn the_block_clock_is_a_poisson_process() {
    let mut chain = Bitcoin::<()>::new(
        BitcoinParams { background: Background::NONE, ..BitcoinParams::default() },
        Seeds::new(15, 0),
    );
    let mut queue: EventQueue<BitcoinEvent> = EventQueue::default();
    let mut out = Outbox::default();
    chain.start(&mut Within::new(SimTime::ZERO, &mut queue, |event| event));
    let mut times = vec![0.0];
    while times.len() <= 120_000 {
        let (now, event) = queue.pop().unwrap();
        chain.handle(event, &mut Within::new(now, &mut queue, |event| event), &mut out);
        times.push(now.as_secs_f64());
        out.blocks.clear();
    }
    // 20,000 sixth confirmations: standard errors 10.4 s of the mean, and about 9 s of the deviation
    // (kurtosis 4 of Erlang-6: sd / sqrt(2 n) * sqrt(1.5)).
    let sixth: Vec<f64> =
        times.chunks_exact(6).zip(times[6..].chunks(6)).map(|(a, b)| b[0] - a[0]).collect();
    let (mean, error) = mean_and_error(&sixth);
    let deviation = error * (sixth.len() as f64).sqrt();
    println!("sixth confirmation after {mean:.1} s, deviation {deviation:.1} s");
    assert!((mean - 3_600.0).abs() < 3.3 * error, "{mean}");
    assert!((deviation - 1_469.7).abs() < 3.3 * 9.0, "{deviation}");
    // Chi-squared over 50 equally likely bins of the gaps: 49 degrees of freedom, 85.4 at 99.9 %.
    let mut bins = [0_u32; 50];
    for pair in times.windows(2) {
        let upper_tail = (-(pair[1] - pair[0]) / 600.0).exp();
        bins[((upper_tail * 50.0) as usize).min(49)] += 1;
    }
    let expected = (times.len() - 1) as f64 / 50.0;
    let chi = bins.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum::<f64>();
    println!("chi-squared {chi:.1}");
    assert!(chi < 85.4, "{chi}");
    // Hours without a block: e^-6 = 0.002479 of them.
    let hours = (times[times.len() - 1] / 3_600.0) as usize;
    let mut found = vec![0_u32; hours];
    for &time in &times[1..] {
        let hour = (time / 3_600.0) as usize;
        if hour < hours {
            found[hour] += 1;
        }
    }
    let empty = found.iter().filter(|&&blocks| blocks == 0).count() as f64 / hours as f64;
    println!("{empty:.6} of the hours are empty");
    let error = (0.002_479_f64 * 0.997_521 / hours as f64).sqrt();
    assert!((empty - 0.002_479).abs() < 3.3 * error, "{empty}");
}
