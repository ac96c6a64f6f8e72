//! The study of a scenario, after its run: many runs, tables, a few lines for readers.

use std::fmt::Write as _;
use std::path::Path;

use crate::cli::exit::Exit;
use crate::cli::host;
use crate::report::{FileMark, OutputError};
use crate::scenario::{Loaded, StudySpec};
use crate::study::{self, Choice, Claim, Findings, LadderPoint, PowerLawFit, Runner, StudyError};

/// A study that was asked for, with all that it takes.
pub(super) struct Asked<'a> {
    pub(super) runner: Runner<'a>,
    spec: &'a StudySpec,
}

impl<'a> Asked<'a> {
    /// The scenario's study, if it has one; all its variants are read.
    pub(super) fn of(
        loaded: &'a Loaded,
        path: &'a Path,
        sets: &'a [(String, String)],
        threads: usize,
        is_over: &'a (dyn Fn() -> bool + Sync),
    ) -> Result<Option<Self>, Exit> {
        let Some(spec) = &loaded.study else { return Ok(None) };
        let runner = Runner { path, text: &loaded.text, sets, threads, is_over };
        study::check(&runner, spec).map_err(|error| {
            host::note(&format!("error: [study] {error}"));
            Exit::Usage
        })?;
        Ok(Some(Self { runner, spec }))
    }

    /// Finds out what was asked.
    pub(super) fn find_out(&self) -> Result<Findings, StudyError> {
        study::run(&self.runner, self.spec)
    }
}

/// Writes the tables.
pub(super) fn write(dir: &Path, found: &Findings) -> Result<Vec<FileMark>, OutputError> {
    study::write_tables(dir, found)
}

/// What was found, for readers.
pub(super) fn text(found: &Findings) -> String {
    let mut text = String::new();
    for Claim { spec, simulated, verdict, why, .. } in &found.claims {
        let value = simulated.value.map_or("-".to_owned(), |value| format!("{value:.4}"));
        let (name, claimed, unit) = (&spec.name, &spec.claimed, &spec.unit);
        // Writing to a String cannot fail.
        let _written = writeln!(
            text,
            "{name:<32}{:<13}claimed {claimed}, simulated {value} {unit}: {why}",
            verdict.name()
        );
    }
    for sized in &found.sized {
        let tps = sized.sustained.value.unwrap_or(0.0);
        let _written = writeln!(
            text,
            "{:<32}{:>9} {tps:>14.1} payments/s  {}",
            sized.name, sized.size, sized.limited_by
        );
    }
    for step in &found.ladder_points {
        let LadderPoint { name, rate, size, limited_by, .. } = step;
        let percent = step.success_ratio() * 100.0;
        let _written = writeln!(
            text,
            "{name:<32}{size:>9} {rate:>14.1} payments/s  {percent:.2} % settled; {limited_by}"
        );
    }
    for PowerLawFit { name, exponent, target, size, extrapolated, .. } in &found.fits {
        let how = if *extrapolated { ", extrapolated" } else { "" };
        let at = size.map_or("no size".to_owned(), |size| format!("a size of {size:.0}{how}"));
        let _written = writeln!(
            text,
            "{name:<32}grows with size to the power {exponent:.3}; {target:.0} payments/s at {at}"
        );
    }
    for Choice { name, map, amount, rate, cheapest, runner_up, significant, .. } in &found.choices {
        let sat = amount.get() / 1_000;
        let told = |way: &Option<(String, f64)>| {
            way.as_ref().map_or("none".to_owned(), |(option, cost)| format!("{option} ${cost:.6}"))
        };
        let (best, next) = (told(cheapest), told(runner_up));
        let how = if *significant { "" } else { ", not told apart" };
        let _written = writeln!(
            text,
            "{name:<10}{map:<10}{sat:>12} sat {rate:>14.6} payments/s  {best:<28} then {next}{how}"
        );
    }
    text
}
