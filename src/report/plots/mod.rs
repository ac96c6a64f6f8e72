//! Pictures of a finished run, made from its CSV files alone.
//!
//! Each file here turns a table into a [`chart::Chart`], plain data; only `canvas` knows the
//! plotting library.

mod architect;
mod attack;
mod axis;
mod canvas;
mod chain;
mod chart;
mod closures;
mod depletion;
mod fate;
mod latency;
mod overlay;
mod saturation;
mod side_by_side;
mod spread;
mod success;
mod sweep;
mod sweep_table;
mod table;
mod throughput;
mod welch;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use crate::report::error::OutputError;
use crate::report::folder::{PLOTS, subfolder};
use crate::report::plots::chart::{Chart, Picture};

/// Draws every plot of every system in `run_dir`, as PNG and as SVG; returns their paths.
///
/// Pictures of an earlier drawing are replaced: they can always be made again. They are drawn on up to
/// `threads` threads, which changes nothing in them.
pub fn draw_plots(run_dir: &Path, threads: usize) -> Result<Vec<PathBuf>, OutputError> {
    let systems = systems(run_dir)?;
    let mut named = Vec::new();
    let folder = subfolder(run_dir, PLOTS)?;
    for system in &systems {
        let payments = run_dir.join(system).join("payments.csv");
        let timeseries = run_dir.join(system).join("timeseries.csv");
        let title = title(system);
        let (success, latency) = payment_charts(&payments, &title)?;
        let mut charts = vec![("success_by_amount", success), ("latency", latency)];
        let samples = table::samples(&timeseries)?;
        charts.push(("throughput", throughput::chart(&samples, &title)));
        if systems.len() == 1 && system != "lightning" {
            // Beside other systems it has its place in the chart of all.
            let fold = endings(run_dir, system)?;
            charts.push(("times", spread::times(&[fold])));
        }
        if samples.iter().any(|sample| sample.depleted_share.is_some()) {
            charts.push(("depletion", depletion::chart(&samples, &title)));
        }
        let attacks = run_dir.join(system).join("attacks.csv");
        let attacked = attack::chart(&payments, &attacks, &title)?;
        charts.extend(attacked.map(|chart| ("success_through_attack", chart)));
        charts.extend(on_chain(run_dir, system, &title)?);
        let blocks = run_dir.join(system).join("blocks.csv");
        let fate = fate::picture(&attacks, &blocks, &title)?;
        named.extend(fate.map(|picture| (format!("{system}_fate_of_frauds"), picture)));
        let end_s = samples.last().map_or(0.0, |sample| sample.t_s);
        let closures = run_dir.join(system).join("closures.csv");
        let closed = closures::chart(&closures, end_s, &title)?;
        charts.extend(closed.map(|chart| ("closures_by_cause", chart)));
        let whole = |(name, chart)| (format!("{system}_{name}"), Picture::One(chart));
        named.extend(charts.into_iter().map(whole));
    }
    if systems.len() > 1 {
        let compared = compared(run_dir, &systems)?;
        named.extend(compared.into_iter().map(|(name, chart)| (name, Picture::One(chart))));
    }
    let maps = run_dir.join("architect.csv");
    if maps.is_file() {
        let charts = architect::charts(&maps)?;
        named.extend(charts.into_iter().map(|(name, chart)| (name, Picture::One(chart))));
    }
    draw_named(&named, &folder, threads)
}

/// What attacks on the chain look like from it.
fn on_chain(
    run_dir: &Path,
    system: &str,
    title: &str,
) -> Result<Vec<(&'static str, Chart)>, OutputError> {
    let attacks = run_dir.join(system).join("attacks.csv");
    let mut charts = Vec::new();
    let first = if attacks.is_file() { table::first_on_chain(&attacks)? } else { None };
    let Some(first) = first else { return Ok(charts) };
    let blocks = chain::charts(&run_dir.join(system).join("blocks.csv"), first, title)?;
    if let Some([mempool, feerate]) = blocks {
        charts.extend([("mempool", mempool), ("feerate", feerate)]);
    }
    Ok(charts)
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
fn compared(run_dir: &Path, systems: &[String]) -> Result<Vec<(String, Chart)>, OutputError> {
    let mut charts = side_by_side::charts(&run_dir.join("comparison.csv"))?;
    let folds: Vec<_> =
        systems.iter().map(|system| endings(run_dir, system)).collect::<Result<_, _>>()?;
    charts.push(("systems_times", spread::times(&folds)));
    charts.push(("systems_price_by_amount", spread::price_by_amount(&folds)));
    Ok(charts.into_iter().map(|(name, chart)| (name.to_owned(), chart)).collect())
}

/// How the payments of a system ended.
fn endings(run_dir: &Path, system: &str) -> Result<spread::Fold, OutputError> {
    let mut fold = spread::Fold::new(title(system));
    table::endings(&run_dir.join(system).join("payments.csv"), |ending| fold.add(&ending))?;
    Ok(fold)
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

/// The colour of the system at a place.
fn colour_of(place: usize) -> chart::Colour {
    use chart::{AMBER, BLUE, GREEN, ORANGE, PURPLE, SKY};
    [BLUE, ORANGE, GREEN, AMBER, PURPLE, SKY][place % 6]
}

/// Draws named charts one after another.
fn draw_all(pictures: &[(String, Picture)], folder: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let mut paths = Vec::new();
    for (name, picture) in pictures {
        paths.extend(canvas::draw(picture, folder, name)?);
    }
    Ok(paths)
}

/// Both charts over payments, in one pass over the file.
fn payment_charts(path: &Path, title: &str) -> Result<(Chart, Chart), OutputError> {
    let mut success = success::Fold::default();
    let mut latency = latency::Fold::default();
    table::payments(path, |payment| {
        if payment.measured {
            success.add(&payment);
            latency.add(&payment);
        }
    })?;
    Ok((success.chart(title), latency.chart(title)))
}

/// The folders in `run_dir` that hold payments, in order of their names; at least one.
pub(super) fn systems(run_dir: &Path) -> Result<Vec<String>, OutputError> {
    let failed = |error: &std::io::Error| OutputError::io(run_dir, error);
    let mut names = Vec::new();
    for entry in fs::read_dir(run_dir).map_err(|error| failed(&error))? {
        let entry = entry.map_err(|error| failed(&error))?;
        if entry.path().join("payments.csv").is_file() {
            names.extend(entry.file_name().to_str().map(str::to_owned));
        }
    }
    names.sort_unstable();
    if names.is_empty() {
        let what = "it is not a run: no folder in it has a payments.csv";
        return Err(OutputError::bad_data(run_dir, what));
    }
    Ok(names)
}

/// A name as people write it: `optimistic_rollup` is `Optimistic rollup`, `zk_rollup` is `ZK-rollup`.
pub(super) fn title(system: &str) -> String {
    if system == "zk_rollup" {
        return "ZK-rollup".to_owned();
    }
    let mut words = system.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_run;

    #[test]
    fn a_finished_run_gets_four_plots_in_two_formats_and_can_be_drawn_again() {
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

    #[test]
    fn names_of_systems_become_titles() {
        assert_eq!(title("zk_rollup"), "ZK-rollup");
        assert_eq!(title("optimistic_rollup"), "Optimistic rollup");
    }
}
