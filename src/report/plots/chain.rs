//! What waits for block space through a run, and what it pays.

use std::path::Path;

use crate::report::error::OutputError;
use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{BLUE, Chart, GREY, Marks, ORANGE, Series, grouped};
use crate::report::plots::table::{self, Block};

/// Weight units in a million of them, and sat per 1,000 vB in a sat per vB.
const MILLION: f64 = 1e6;
const PER_KVB: f64 = 1_000.0;

/// Mempool and feerates, or nothing where there are no blocks. `attack`: when the first attack began.
pub(super) fn charts(
    blocks: &Path,
    attack: f64,
    system: &str,
) -> Result<Option<[Chart; 2]>, OutputError> {
    let blocks = if blocks.is_file() { table::blocks(blocks)? } else { Vec::new() };
    Ok((!blocks.is_empty())
        .then(|| [mempool(&blocks, attack, system), feerate(&blocks, attack, system)]))
}

fn mempool(blocks: &[Block], attack: f64, system: &str) -> Chart {
    let highest = blocks.iter().map(|block| block.waiting_wu).fold(0.0, f64::max);
    let y = Axis::linear("Waiting after each block (million WU)", highest / MILLION);
    let x = time(blocks);
    let line = blocks.iter().map(|b| (x.place(b.time_s), y.place(b.waiting_wu / MILLION)));
    let own = |b: &Block| (x.place(b.time_s), y.place(b.own_wu / MILLION));
    let series = vec![
        series(
            "of this network, in the block",
            GREY,
            Marks::Line(blocks.iter().map(own).collect()),
        ),
        series("all that waits", BLUE, Marks::Line(line.collect())),
        series("the attack starts", ORANGE, Marks::Vertical(x.place(attack))),
    ];
    Chart { title: format!("{system}: mempool"), subtitle: count(blocks), x, y, series }
}

fn feerate(blocks: &[Block], attack: f64, system: &str) -> Chart {
    let highest = blocks.iter().filter_map(|block| block.median).fold(0.0, f64::max);
    let y = Axis::linear("Feerate (sat/vB)", highest / PER_KVB);
    let x = time(blocks);
    let line = |of: fn(&Block) -> Option<f64>| {
        let points = blocks.iter().filter_map(|b| Some((x.place(b.time_s), of(b)? / PER_KVB)));
        Marks::Line(points.map(|(at, rate)| (at, y.place(rate))).collect())
    };
    let series = vec![
        series("median of the block", GREY, line(|b| b.median)),
        series("cheapest package in the block", BLUE, line(|b| b.lowest)),
        series("the attack starts", ORANGE, Marks::Vertical(x.place(attack))),
    ];
    Chart { title: format!("{system}: feerate"), subtitle: count(blocks), x, y, series }
}

fn time(blocks: &[Block]) -> Axis {
    Axis::time("Virtual time", blocks.last().map_or(0.0, |block| block.time_s))
}

fn count(blocks: &[Block]) -> String {
    format!("n = {} blocks", grouped(blocks.len() as u64))
}

fn series(label: &str, colour: crate::report::plots::chart::Colour, marks: Marks) -> Series {
    Series { label: label.to_owned(), colour, marks }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_charts_show_every_block_and_the_attack() {
        let block = |time_s: f64, lowest| Block {
            time_s,
            waiting_wu: 2e6,
            own_wu: 1e5,
            lowest,
            median: Some(9_000.0),
        };
        let blocks = [block(600.0, None), block(1_200.0, Some(1_000.0))];
        let chart = feerate(&blocks, 700.0, "Lightning");
        let Marks::Line(points) = &chart.series[1].marks else { panic!("a line") };
        assert_eq!(points.len(), 1, "an empty block has no cheapest package");
        assert!((points[0].1 - 1.0).abs() < 1e-9);
        assert_eq!(mempool(&blocks, 700.0, "Lightning").series.len(), 3);
    }
}
