//! What waits for block space through a run, and what it pays.

use serde::Deserialize;

use crate::outcome::AttackKind;
use crate::report::error::OutputError;
use crate::report::plots::axis::Axis;
use crate::report::plots::blocks::{Block, blocks};
use crate::report::plots::chart::{
    BLUE, Chart, Colour, GREY, Marks, ORANGE, Picture, Series, grouped,
};
use crate::report::plots::read;
use crate::report::plots::run::SystemRun;

/// Weight units in a million of them, and sat per 1,000 vB in a sat per vB.
const MILLION: f64 = 1e6;
const PER_KVB: f64 = 1_000.0;

/// A feerate of a block, if it has one.
type Rate = fn(&Block) -> Option<f64>;

/// Points of a line at most: more than that cannot be told apart.
const POINTS: usize = 240;

/// A row of `attacks.csv`.
#[derive(Debug, Deserialize)]
struct Attempt {
    kind: AttackKind,
    #[serde(deserialize_with = "read::finite")]
    start_s: f64,
}

/// What draws a chart: the blocks, when the first attack on the chain began, the system.
type Draw = fn(&[Block], f64, &str) -> Chart;

/// What waits for block space, where an attack goes to the chain.
pub(super) fn mempool_picture(run: &SystemRun) -> Result<Option<Picture>, OutputError> {
    picture(run, mempool)
}

/// What block space costs, where an attack goes to the chain.
pub(super) fn feerate_picture(run: &SystemRun) -> Result<Option<Picture>, OutputError> {
    picture(run, feerate)
}

fn picture(run: &SystemRun, draw: Draw) -> Result<Option<Picture>, OutputError> {
    let Some(attack) = first_on_chain(run)? else { return Ok(None) };
    let blocks = blocks(run)?;
    if blocks.is_empty() {
        return Ok(None);
    }
    let each = blocks.len().div_ceil(POINTS);
    let mut subtitle = format!("n = {} blocks", grouped(blocks.len() as u64));
    if each > 1 {
        subtitle = format!("{subtitle}; each point is the mean of {each}");
    }
    let chart = draw(&means(&blocks, each), attack, &run.title);
    Ok(Some(Picture::One(Chart { subtitle, ..chart })))
}

/// When the first attack began that goes to the chain: with a channel, or a commitment.
fn first_on_chain(run: &SystemRun) -> Result<Option<f64>, OutputError> {
    const KINDS: [AttackKind; 3] =
        [AttackKind::RevokedBroadcast, AttackKind::FloodAndLoot, AttackKind::MassExit];
    let attempts: Vec<Attempt> = read::all_if_there(&run.table("attacks.csv"))?;
    let on_chain = attempts.iter().filter(|attempt| KINDS.contains(&attempt.kind));
    Ok(on_chain.map(|attempt| attempt.start_s).reduce(f64::min))
}

/// The means of `each` blocks that follow each other, at the time of the last.
fn means(blocks: &[Block], each: usize) -> Vec<Block> {
    let mean = |blocks: &[Block], of: fn(&Block) -> Option<f64>| {
        let values: Vec<f64> = blocks.iter().filter_map(of).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let merge = |blocks: &[Block]| {
        let last = blocks.last()?;
        Some(Block {
            height: last.height,
            time_s: last.time_s,
            waiting_wu: mean(blocks, |b| Some(b.waiting_wu))?,
            own_wu: mean(blocks, |b| Some(b.own_wu))?,
            lowest: mean(blocks, |b| b.lowest),
            median: mean(blocks, |b| b.median),
        })
    };
    blocks.chunks(each.max(1)).filter_map(merge).collect()
}

fn mempool(blocks: &[Block], attack: f64, system: &str) -> Chart {
    let highest = blocks.iter().map(|b| b.waiting_wu.max(b.own_wu)).fold(0.0, f64::max);
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
    Chart { title: format!("{system}: mempool"), subtitle: String::new(), x, y, series }
}

fn feerate(blocks: &[Block], attack: f64, system: &str) -> Chart {
    let highest = blocks.iter().filter_map(|block| block.median).fold(0.0, f64::max);
    let y = Axis::linear("Feerate (sat/vB)", highest / PER_KVB);
    let x = time(blocks);
    let mut all = Vec::new();
    let lines: [(&str, Colour, Rate); 2] = [
        ("median of the block", GREY, |block| block.median),
        ("cheapest package in the block", BLUE, |block| block.lowest),
    ];
    for (label, colour, of) in lines {
        // Where blocks are empty the line is broken; the legend names its first piece.
        let pieces = blocks.chunk_by(|one, next| of(one).is_some() == of(next).is_some());
        let pieces = pieces.filter(|piece| of(&piece[0]).is_some());
        for (place, piece) in pieces.enumerate() {
            let point = |b: &Block| Some((x.place(b.time_s), y.place(of(b)? / PER_KVB)));
            let points: Vec<_> = piece.iter().filter_map(point).collect();
            let marks = if points.len() == 1 { Marks::Dots(points) } else { Marks::Line(points) };
            all.push(series(if place == 0 { label } else { "" }, colour, marks));
        }
    }
    all.push(series("the attack starts", ORANGE, Marks::Vertical(x.place(attack))));
    Chart { title: format!("{system}: feerate"), subtitle: String::new(), x, y, series: all }
}

fn time(blocks: &[Block]) -> Axis {
    Axis::time("Virtual time", blocks.last().map_or(0.0, |block| block.time_s))
}

fn series(label: &str, colour: Colour, marks: Marks) -> Series {
    Series { label: label.to_owned(), colour, marks }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_charts_show_every_block_and_the_attack() {
        let block = |time_s: f64, lowest| Block {
            height: time_s / 600.0,
            time_s,
            waiting_wu: 2e6,
            own_wu: 1e5,
            lowest,
            median: Some(9_000.0),
        };
        let blocks = [block(600.0, None), block(1_200.0, Some(1_000.0))];
        let chart = feerate(&blocks, 700.0, "Lightning");
        let Marks::Dots(points) = &chart.series[1].marks else { panic!("a piece of one point") };
        assert_eq!(points.len(), 1, "an empty block has no cheapest package");
        assert!((points[0].1 - 1.0).abs() < 1e-9);
        let rates = [Some(1.0), Some(1.0), None, Some(1.0), Some(1.0)];
        let broken: Vec<_> = rates.map(|rate| block(600.0, rate)).to_vec();
        let labels = feerate(&broken, 0.0, "Lightning").series.into_iter().map(|s| s.label);
        let label = "cheapest package in the block";
        let expected = ["median of the block", label, "", "the attack starts"];
        assert_eq!(labels.collect::<Vec<_>>(), expected);
        assert_eq!(mempool(&blocks, 700.0, "Lightning").series.len(), 3);
        // In one point: the mean, of those that have one.
        let merged = means(&blocks, 2);
        assert_eq!(merged.len(), 1);
        assert!(merged[0].lowest.is_some_and(|lowest| (lowest - 1_000.0).abs() < 1e-9));
        assert!((merged[0].time_s - 1_200.0).abs() < 1e-9);
        assert_eq!(means(&blocks, 1).len(), 2);
    }
}
