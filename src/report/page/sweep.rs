//! The page of a sweep: what was varied, where the tables are, the plots inline.
//!
//! Made from finished files alone; no script, nothing loaded from elsewhere.

use std::path::Path;

use csv::Reader;

use crate::report::error::OutputError;
use crate::report::escape::escaped;
use crate::report::file::{Existing, FileMark, PartFile};
use crate::report::layout::PAGE;
use crate::report::page::parts::{STYLE, digits, plots, put};

/// What the page says beside tables and plots.
#[derive(Clone, Debug)]
pub struct SweepFacts {
    /// The scenario's name.
    pub name: String,
    /// Points, design, replications, in words.
    pub layout: String,
    /// The seed.
    pub seed: u64,
    /// The version of the program.
    pub version: String,
    /// Each axis with its values.
    pub axes: Vec<(String, String)>,
}

/// Tables whose first rows are shown: file, and what it is.
const TABLES: [(&str, &str); 6] = [
    ("points.csv", "one row per point, replication and system"),
    ("aggregate.csv", "means over replications, with intervals"),
    ("comparisons.csv", "differences from the baseline, with intervals"),
    ("welch.csv", "figures over the run, averaged over replications"),
    ("main_effects.csv", "means per level of each axis"),
    ("sensitivity.csv", "first-order and total indices"),
];

/// Writes `report.html` from the finished files of a sweep and the plots drawn there.
pub fn write_sweep_html(
    dir: &Path,
    facts: &SweepFacts,
    drawn: &[FileMark],
) -> Result<FileMark, OutputError> {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>Leyden: report of a sweep</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>Sweep {}</h1>\n<p>{}. Seed {}, Leyden {}.</p>\n",
        escaped(&facts.name),
        escaped(&facts.layout),
        facts.seed,
        escaped(&facts.version)
    );
    page.push_str("<table>\n<tr><th>Axis</th><th>Values</th></tr>\n");
    for (key, values) in &facts.axes {
        let (key, values) = (escaped(key), escaped(values));
        put(&mut page, format_args!("<tr><td>{key}</td><td>{values}</td></tr>\n"));
    }
    page.push_str("</table>\n<table>\n<tr><th>Table</th><th>What it holds</th></tr>\n");
    for (file, what) in TABLES.iter().filter(|(file, _)| dir.join(file).is_file()) {
        put(
            &mut page,
            format_args!("<tr><td><a href=\"{file}\">{file}</a></td><td>{what}</td></tr>\n"),
        );
    }
    page.push_str("</table>\n");
    sensitivity(&mut page, dir)?;
    for plot in plots(dir, drawn, "")? {
        put(&mut page, format_args!("<figure>\n{plot}</figure>\n"));
    }
    page.push_str("</body>\n</html>\n");
    let mut file = PartFile::create(dir, PAGE, Existing::Replace)?;
    file.write(page.as_bytes())?;
    file.finish()
}

/// The indices of the success ratio, where there are any.
fn sensitivity(page: &mut String, dir: &Path) -> Result<(), OutputError> {
    let path = dir.join("sensitivity.csv");
    if !path.is_file() {
        return Ok(());
    }
    let mut reader =
        Reader::from_path(&path).map_err(|error| OutputError::bad_data(&path, error))?;
    page.push_str(
        "<h2>Which axis matters: success ratio</h2>\n<table>\n<tr><th>Axis</th><th>System</th>\
         <th>First-order</th><th>Total</th></tr>\n",
    );
    for record in reader.records() {
        let record = record.map_err(|error| OutputError::bad_data(&path, error))?;
        let [Some(system), Some("success.success_ratio"), Some(axis), Some(first), Some(total)] =
            [record.get(0), record.get(1), record.get(2), record.get(4), record.get(7)]
        else {
            continue;
        };
        let number = |cell: &str| cell.parse().map_or_else(|_| "–".to_owned(), digits);
        put(
            page,
            format_args!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                escaped(axis),
                escaped(system),
                number(first),
                number(total)
            ),
        );
    }
    page.push_str("</table>\n");
    Ok(())
}
