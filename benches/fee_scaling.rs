//! Time of the fee search (`cheapest`) per fresh query, and how it grows with the network.
//!
//!     cargo bench --bench fee_scaling -- [--nodes N,N,..] [--seeds N] [--queries N] [--everybody] [FILE...]
//!
//! Every query is asked once, of a search that is warm but has not seen the query: amounts are
//! log-uniform from 1 sat to 1,000,000 sat, ends are uniform in the network's core (`--everybody`: among
//! all nodes), every payer can spend the capacity of its enabled channels, and limits are those of a run
//! (20 channels, 2,016 blocks, fees up to 5 %, but 50 sat at least; see `[lightning]`).
//! Times are CPU time of this thread. The mean is taken over one pass without inner clocks, median and
//! 99th percentile over a second pass of as many other queries.
//!
//! FILE is a network in any format that Leyden reads. Then come generated ones (`lightning_2026`), one per
//! size and seed, and the slope of log time over log nodes by least squares with Student's 95 % interval.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench is run by hand")]

mod common;

use std::path::PathBuf;

use leyden::engine::Seeds;
use leyden::ids::NodeId;
use leyden::math;
use leyden::network::{self, Generator, Network, ReadOptions};
use leyden::routing::{Beliefs, Cheapest, Query};
use rustix::time::{ClockId, clock_gettime};

use crate::common::{Asker, question};

/// What to do.
struct Options {
    nodes: Vec<u32>,
    seeds: u64,
    queries: usize,
    everybody: bool,
    files: Vec<PathBuf>,
}

impl Options {
    fn read() -> Self {
        let nodes = vec![8_000, 16_000, 32_000, 64_000];
        let mut options =
            Self { nodes, seeds: 5, queries: 20_000, everybody: false, files: Vec::new() };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().expect("a flag stands before its value");
            match argument.as_str() {
                "--nodes" => {
                    let list = value();
                    let sizes = list.split(',').filter(|size| !size.is_empty());
                    options.nodes = sizes.map(|size| size.parse().expect("a number")).collect();
                }
                "--seeds" => options.seeds = value().parse().expect("a number"),
                "--queries" => options.queries = value().parse().expect("a number"),
                "--everybody" => options.everybody = true,
                "--bench" => {}
                flag if flag.starts_with('-') => panic!("no such flag: {flag}"),
                file => options.files.push(file.into()),
            }
        }
        options
    }
}

fn main() {
    let options = Options::read();
    println!("network                       nodes channels    mean  median     p99  routed  (us)");
    for file in &options.files {
        let network = network::read(file, ReadOptions::default()).unwrap().network;
        measure(&file.file_name().unwrap().to_string_lossy(), &network, &options);
    }
    let mut points = Vec::new();
    for &nodes in &options.nodes {
        for seed in 0..options.seeds {
            let generator = Generator::Lightning2026 { nodes };
            let network = network::generate(&generator, Seeds::new(42 + seed, 0));
            let mean = measure(&format!("lightning_2026, seed {}", 42 + seed), &network, &options);
            points.push((math::ln(f64::from(nodes)), math::ln(mean)));
        }
    }
    if let Some((slope, half)) = slope(&points) {
        println!("log mean time over log nodes: slope {slope:.3}, 95 % within {half:.3}");
    }
}

/// Prints a line; the mean in microseconds.
fn measure(name: &str, network: &Network, options: &Options) -> f64 {
    let among: Vec<NodeId> =
        if options.everybody { network.node_ids().collect() } else { network::core(network) };
    let mut asker = Asker::new(network, Cheapest);
    let mut ask = |query: &Query| asker.ask(query, &Beliefs::none());
    let mut source = Seeds::new(99, 0).stream("questions");
    let mut draw =
        || -> Vec<Query> { (0..options.queries).map(|_| question(&among, &mut source)).collect() };
    let (warm, first, second) = (draw(), draw(), draw());
    for query in &warm[..warm.len().min(1_000)] {
        ask(query);
    }
    let start = nanos();
    let routed = first.iter().filter(|query| ask(query)).count();
    let mean = micros(nanos() - start) / count(first.len());
    let mut times: Vec<f64> = second
        .iter()
        .map(|query| {
            let start = nanos();
            ask(query);
            micros(nanos() - start)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let quantile = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    let (median, p99) = (quantile(50), quantile(99));
    let (nodes, channels) = (network.node_count(), network.channel_count());
    println!(
        "{name:<27} {nodes:>7} {channels:>8} {mean:>7.2} {median:>7.2} {p99:>7.1} {routed:>7}"
    );
    mean
}

/// Slope of a line through `points` by least squares, and half its 95 % interval.
fn slope(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    /// Student's t at 97.5 % for 1 to 30 degrees of freedom (any table), then the normal's.
    const STUDENT: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
        2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
        2.052, 2.048, 2.045, 2.042,
    ];
    let freedom = points.len().checked_sub(2).filter(|&freedom| freedom > 0)?;
    let size = count(points.len());
    let middle_x = points.iter().map(|(x, _)| x).sum::<f64>() / size;
    let middle_y = points.iter().map(|(_, y)| y).sum::<f64>() / size;
    let square: f64 = points.iter().map(|(x, _)| (x - middle_x) * (x - middle_x)).sum();
    let mixed: f64 = points.iter().map(|(x, y)| (x - middle_x) * (y - middle_y)).sum();
    let slope = mixed / square;
    let rest = |&(x, y): &(f64, f64)| y - middle_y - slope * (x - middle_x);
    let error: f64 = points.iter().map(|point| rest(point) * rest(point)).sum();
    let student = STUDENT.get(freedom - 1).copied().unwrap_or(1.96);
    Some((slope, student * (error / count(freedom) / square).sqrt()))
}

/// CPU time of this thread.
fn nanos() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec).unwrap()
}

#[expect(clippy::cast_precision_loss, reason = "below 2^53 ns, a hundred days")]
const fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1e3
}

#[expect(clippy::cast_precision_loss, reason = "a count of points or queries")]
const fn count(number: usize) -> f64 {
    number as f64
}
