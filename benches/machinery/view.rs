//! The network compiled for searching, `lightning_2026` of so many nodes.

use divan::{Bencher, black_box};
use leyden::engine::Seeds;
use leyden::ids::ChannelId;
use leyden::network::{self, Generator, Network};
use leyden::routing::View;

const SIZES: [u32; 2] = [2_000, 17_324];

fn made(nodes: u32) -> Network {
    network::generate(&Generator::Lightning2026 { nodes }, Seeds::new(42, 0))
}

#[divan::bench(args = SIZES, sample_count = 20, sample_size = 1)]
fn compile(bencher: Bencher, nodes: u32) {
    let network = made(nodes);
    bencher.bench_local(|| View::compile(black_box(&network)));
}

/// A channel changes its fee.
#[divan::bench(args = SIZES, sample_size = 1_000)]
fn update_in_place(bencher: Bencher, nodes: u32) {
    let mut network = made(nodes);
    let mut view = View::compile(&network);
    let mut source = Seeds::new(3, 0).stream("changes");
    let channels = network.channel_count() as u64;
    bencher.bench_local(|| {
        let channel = ChannelId(u32::try_from(source.below(channels)).unwrap());
        let fee = u32::try_from(source.below(2_000)).unwrap();
        for policy in network.channel_mut(channel).policies.iter_mut().flatten() {
            policy.fee_base_msat = fee;
        }
        view.update(&network, channel);
    });
}
