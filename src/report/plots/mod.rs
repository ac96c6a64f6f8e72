//! Pictures of a finished run, made from its CSV files alone.
//!
//! Each file here turns a table into a [`chart::Chart`], plain data; only `canvas` knows the
//! plotting library.

mod architect;
mod attack;
mod axis;
mod blocks;
mod canvas;
mod chain;
mod chart;
mod closures;
mod depletion;
mod fate;
mod hops;
mod latency;
mod overlay;
mod payments;
mod read;
mod run;
mod saturation;
mod side_by_side;
mod spread;
mod success;
mod sweep;
mod sweep_table;
mod throughput;
mod welch;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use crate::report::error::OutputError;
use crate::report::folder::subfolder;
use crate::report::layout::{PLOTS, systems, title};
use crate::report::plots::chart::Picture;
use crate::report::plots::payments::Begun;
use crate::report::plots::run::{Plot, SystemRun};

/// The plots of each system's payments, in the order in which they are drawn. A new one: its file, and a line here.
const OF_PAYMENTS: [Begun; 3] =
    [("success_by_amount", success::begin), ("latency", latency::begin), ("hops", hops::begin)];

/// Those from other tables, drawn after them. A new one: its file, and a line here.
const OF_SYSTEM: [Plot; 8] = [
    ("throughput", throughput::picture),
    ("times", spread::picture),
    ("depletion", depletion::picture),
    ("success_through_attack", attack::picture),
    ("mempool", chain::mempool_picture),
    ("feerate", chain::feerate_picture),
    ("closures_by_cause", closures::picture),
    ("fate_of_frauds", fate::picture),
];

/// Draws every plot of every system in `run_dir`, as PNG and as SVG; returns their paths.
///
/// Pictures of an earlier drawing are replaced: they can always be made again. They are drawn on up to
/// `threads` threads, which changes nothing in them.
pub fn draw_plots(run_dir: &Path, threads: usize) -> Result<Vec<PathBuf>, OutputError> {
    let systems = systems(run_dir)?;
    let runs: Vec<SystemRun> = systems
        .iter()
        .map(|name| SystemRun {
            folder: run_dir.join(name),
            name: name.clone(),
            title: title(name),
            is_alone: systems.len() == 1,
        })
        .collect();
    let folder = subfolder(run_dir, PLOTS)?;
    let mut named = Vec::new();
    for run in &runs {
        let mut pictures = payments::pictures(run, &OF_PAYMENTS)?;
        for (name, picture) in OF_SYSTEM {
            pictures.extend(picture(run)?.map(|picture| (name, picture)));
        }
        let of_run = |(name, picture)| (format!("{}_{name}", run.name), picture);
        named.extend(pictures.into_iter().map(of_run));
    }
    if runs.len() > 1 {
        named.extend(compared(run_dir, &runs)?);
    }
    let maps = run_dir.join("architect_cells.csv");
    if maps.is_file() {
        let charts = architect::charts(&maps)?;
        named.extend(charts.into_iter().map(|(name, chart)| (name, Picture::One(chart))));
    }
    draw_named(&named, &folder, threads)
}

/// Draws what several finished runs have in common on one pair of axes, into `folder`; returns the paths.
///
/// # Errors
/// When a folder is no finished run, or the plots cannot be written.
pub fn draw_overlay(
    runs: &[PathBuf],
    folder: &Path,
    threads: usize,
) -> Result<Vec<PathBuf>, OutputError> {
    let charts = overlay::charts(runs)?;
    let named: Vec<_> =
        charts.into_iter().map(|(name, chart)| (name, Picture::One(chart))).collect();
    fs::create_dir_all(folder).map_err(|error| OutputError::io(folder, &error))?;
    draw_named(&named, &subfolder(folder, PLOTS)?, threads)
}

/// Draws the plots of the finished sweep in `dir`, as PNG and as SVG; returns their paths.
///
/// `figures` are names of figures as in `aggregate.csv`; none: the usual ones.
pub fn draw_sweep(
    dir: &Path,
    figures: &[String],
    threads: usize,
) -> Result<Vec<PathBuf>, OutputError> {
    let mut named = sweep::pictures(dir, figures)?;
    named.extend(welch::pictures(dir)?);
    let folder = subfolder(dir, PLOTS)?;
    draw_named(&named, &folder, threads)
}

fn draw_named(
    named: &[(String, Picture)],
    folder: &Path,
    threads: usize,
) -> Result<Vec<PathBuf>, OutputError> {
    let share = named.len().div_ceil(threads.max(1)).max(1);
    let drawn: Vec<Result<Vec<PathBuf>, OutputError>> = thread::scope(|scope| {
        let workers: Vec<_> =
            named.chunks(share).map(|charts| scope.spawn(|| draw_all(charts, folder))).collect();
        workers.into_iter().map(|worker| worker.join().expect("drawing does not panic")).collect()
    });
    Ok(drawn.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
}

/// Charts with all systems of the run side by side.
fn compared(run_dir: &Path, runs: &[SystemRun]) -> Result<Vec<(String, Picture)>, OutputError> {
    let mut charts = side_by_side::charts(&run_dir.join("comparison.csv"))?;
    let folds: Vec<_> = runs.iter().map(spread::Fold::of).collect::<Result<_, _>>()?;
    charts.push(("systems_times", spread::times(&folds)));
    charts.push(("systems_price_by_amount", spread::price_by_amount(&folds)));
    Ok(charts.into_iter().map(|(name, chart)| (name.to_owned(), Picture::One(chart))).collect())
}

/// Draws the plot of `leyden saturate --capital` from its `capital.csv`, as PNG and as SVG.
///
/// # Errors
/// When the table cannot be read or the plot not be written.
pub fn draw_capital(dir: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let chart = saturation::capital(&dir.join("capital.csv"))?;
    let folder = subfolder(dir, PLOTS)?;
    Ok(canvas::draw(&Picture::One(chart), &folder, "capital")?.to_vec())
}

/// Draws the plot of `leyden saturate` from its `saturation.csv`, as PNG and as SVG.
///
/// # Errors
/// When the table cannot be read or the plot not be written.
pub fn draw_saturation(dir: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let chart = saturation::chart(&dir.join("saturation.csv"))?;
    let folder = subfolder(dir, PLOTS)?;
    Ok(canvas::draw(&Picture::One(chart), &folder, "saturation")?.to_vec())
}

/// Draws named charts one after another.
fn draw_all(pictures: &[(String, Picture)], folder: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let mut paths = Vec::new();
    for (name, picture) in pictures {
        paths.extend(canvas::draw(picture, folder, name)?);
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_run;

    #[test]
    fn a_finished_run_gets_five_plots_in_two_formats_and_can_be_drawn_again() {
        let dir = tempfile::tempdir().expect("a folder");
        test_run::write(dir.path(), 3_000);
        let paths = draw_plots(dir.path(), 1).expect("good files");
        let names: Vec<_> =
            paths.iter().map(|p| p.file_name().and_then(|n| n.to_str()).expect("text")).collect();
        assert_eq!(
            names,
            [
                "lightning_success_by_amount.png",
                "lightning_success_by_amount.svg",
                "lightning_latency.png",
                "lightning_latency.svg",
                "lightning_hops.png",
                "lightning_hops.svg",
                "lightning_throughput.png",
                "lightning_throughput.svg",
                "lightning_depletion.png",
                "lightning_depletion.svg",
            ]
        );
        let first: Vec<_> = paths.iter().map(|path| fs::read(path).expect("drawn")).collect();
        assert!(first.iter().all(|bytes| bytes.len() > 5_000));
        draw_plots(dir.path(), 3).expect("again");
        let again: Vec<_> = paths.iter().map(|path| fs::read(path).expect("drawn")).collect();
        assert!(first == again, "the same files give the same pictures");
        let left = fs::read_dir(dir.path().join(PLOTS)).expect("there").count();
        assert_eq!(left, paths.len(), "no part file is left");
    }

    #[test]
    fn a_run_without_payments_is_drawn_as_well() {
        let dir = tempfile::tempdir().expect("a folder");
        test_run::write(dir.path(), 0);
        assert_eq!(draw_plots(dir.path(), 2).expect("good files").len(), 8);
    }

    #[test]
    fn a_folder_without_a_run_is_refused_and_left_as_it_is() {
        let dir = tempfile::tempdir().expect("a folder");
        let error = draw_plots(dir.path(), 1).expect_err("empty");
        assert!(error.what.contains("payments.csv"), "{error}");
        assert_eq!(fs::read_dir(dir.path()).expect("there").count(), 0);
    }
}
