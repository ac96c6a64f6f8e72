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

use std::path::{Path, PathBuf};
use std::thread;

use crate::report::error::OutputError;
use crate::report::file::FileMark;
use crate::report::folder::subfolder;
use crate::report::layout::{PLOTS, systems, title};
use crate::report::owner::OwnedFolder;
use crate::report::plots::chart::Picture;
use crate::report::plots::payments::Begun;
use crate::report::plots::run::{Plot, SystemRun};

/// Longest name of a picture, in bytes: file systems take 255 with what comes behind it.
const NAME_BYTES_MAX: usize = 200;

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

/// Draws every plot of every system in the folder of a run, as PNG and as SVG.
///
/// Pictures of an earlier drawing are replaced: they can always be made again. They are drawn on up to
/// `threads` threads, which changes nothing in them.
pub fn draw_plots(owned: &mut OwnedFolder, threads: usize) -> Result<Vec<FileMark>, OutputError> {
    let run_dir = &owned.path().to_owned();
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
    draw_named(&named, owned, threads)
}

/// Draws what several finished runs have in common on one pair of axes.
///
/// # Errors
/// When a folder is no finished run, or the plots cannot be written.
pub fn draw_overlay(
    runs: &[PathBuf],
    owned: &mut OwnedFolder,
    threads: usize,
) -> Result<Vec<FileMark>, OutputError> {
    let charts = overlay::charts(runs)?;
    let named: Vec<_> =
        charts.into_iter().map(|(name, chart)| (name, Picture::One(chart))).collect();
    draw_named(&named, owned, threads)
}

/// Draws the plots of a finished sweep, as PNG and as SVG.
///
/// `figures` are names of figures as in `aggregate.csv`; none: the usual ones.
pub fn draw_sweep(
    owned: &mut OwnedFolder,
    figures: &[String],
    threads: usize,
) -> Result<Vec<FileMark>, OutputError> {
    let mut named = sweep::pictures(owned.path(), figures)?;
    named.extend(welch::pictures(owned.path())?);
    draw_named(&named, owned, threads)
}

/// Notes the pictures down in the notice of the folder, and draws them.
fn draw_named(
    named: &[(String, Picture)],
    owned: &mut OwnedFolder,
    threads: usize,
) -> Result<Vec<FileMark>, OutputError> {
    for (name, _) in named {
        refuse_odd(name, owned.path())?;
    }
    subfolder(owned.path(), PLOTS)?;
    let files: Vec<String> = named
        .iter()
        .flat_map(|(name, _)| {
            ["part.png", "png", "svg.part", "svg"].map(|end| format!("{PLOTS}/{name}.{end}"))
        })
        .collect();
    owned.will_write(files.iter().map(String::as_str))?;
    let dir = owned.path();
    let share = named.len().div_ceil(threads.max(1)).max(1);
    let drawn: Vec<Result<Vec<FileMark>, OutputError>> = thread::scope(|scope| {
        let workers: Vec<_> =
            named.chunks(share).map(|charts| scope.spawn(|| draw_all(charts, dir))).collect();
        workers.into_iter().map(|worker| worker.join().expect("drawing does not panic")).collect()
    });
    Ok(drawn.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
}

/// Names of systems and figures come from tables, which somebody may have altered: none becomes a path.
fn refuse_odd(name: &str, dir: &Path) -> Result<(), OutputError> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-' || b == b'.';
    if name.bytes().all(is_plain) && name.len() <= NAME_BYTES_MAX {
        return Ok(());
    }
    let what = format!("a table names `{}`, which no file can be called", name.escape_debug());
    Err(OutputError::bad_data(dir, what))
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
pub fn draw_capital(owned: &mut OwnedFolder) -> Result<Vec<FileMark>, OutputError> {
    let chart = saturation::capital(&owned.path().join("capital.csv"))?;
    draw_named(&[("capital".to_owned(), Picture::One(chart))], owned, 1)
}

/// Draws the plot of `leyden saturate` from its `saturation.csv`, as PNG and as SVG.
///
/// # Errors
/// When the table cannot be read or the plot not be written.
pub fn draw_saturation(owned: &mut OwnedFolder) -> Result<Vec<FileMark>, OutputError> {
    let chart = saturation::chart(&owned.path().join("saturation.csv"))?;
    draw_named(&[("saturation".to_owned(), Picture::One(chart))], owned, 1)
}

/// Draws named charts one after another.
fn draw_all(pictures: &[(String, Picture)], dir: &Path) -> Result<Vec<FileMark>, OutputError> {
    let mut marks = Vec::new();
    for (name, picture) in pictures {
        marks.extend(canvas::draw(picture, dir, &format!("{PLOTS}/{name}"))?);
    }
    Ok(marks)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::report::test_run;
    use crate::report::testing::owned;

    #[test]
    fn a_finished_run_gets_five_plots_in_two_formats_and_can_be_drawn_again() {
        let dir = tempfile::tempdir().expect("a folder");
        test_run::write(dir.path(), 3_000);
        let marks = draw_plots(&mut owned(dir.path()), 1).expect("good files");
        let names: Vec<_> =
            marks.iter().map(|mark| mark.path.strip_prefix("plots/").expect("there")).collect();
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
        assert!(marks.iter().all(|mark| mark.bytes > 5_000));
        let again = draw_plots(&mut owned(dir.path()), 3).expect("again");
        assert!(marks == again, "the same files give the same pictures");
        let left = fs::read_dir(dir.path().join(PLOTS)).expect("there").count();
        assert_eq!(left, marks.len(), "no part file is left");
    }

    #[test]
    fn a_run_without_payments_is_drawn_as_well() {
        let dir = tempfile::tempdir().expect("a folder");
        test_run::write(dir.path(), 0);
        assert_eq!(draw_plots(&mut owned(dir.path()), 2).expect("good files").len(), 8);
    }

    #[test]
    fn a_folder_without_a_run_is_refused_and_left_as_it_is() {
        let dir = tempfile::tempdir().expect("a folder");
        let error = draw_plots(&mut owned(dir.path()), 1).expect_err("empty");
        assert!(error.what.contains("payments.csv"), "{error}");
        assert_eq!(fs::read_dir(dir.path()).expect("there").count(), 1, "the notice");
    }
}
