//! What a study found, on the page of its run: the tables that people read, with the columns that say most.
//!
//! Made from the finished files. `architect.csv` has several rows per square of its maps and is left to the maps.

use std::path::Path;

use csv::Reader;

use crate::report::error::OutputError;
use crate::report::escape::escaped;
use crate::report::page::parts::{digits, put};
use crate::units::grouped;

/// A column whose words are somebody's, not numbers of ours.
const WORDS: &str = "claimed";

/// A table: file, heading, columns with what they are called.
type Shown = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const TABLES: [Shown; 5] = [
    (
        "claims.csv",
        "Claims",
        &[
            ("claim", "Claim"),
            ("claimed", "Claimed"),
            ("simulated", "Simulated"),
            ("low", "95 % from"),
            ("high", "to"),
            ("unit", "Unit"),
            ("verdict", "Verdict"),
            ("why", "Why"),
        ],
    ),
    (
        "ladder.csv",
        "Loads that networks carry",
        &[
            ("ladder", "Ladder"),
            ("asked_tps", "Offered per second"),
            ("size", "Size"),
            ("success_ratio", "Settled"),
            ("window_over_p99", "Window over 99 % latency"),
            ("carries", "Carries it"),
            ("limited_by", "Limited by"),
        ],
    ),
    (
        "scaling.csv",
        "Sustained load by size",
        &[
            ("scaling", "Scaling"),
            ("size", "Size"),
            ("sustained_tps", "Payments per second"),
            ("low", "95 % from"),
            ("high", "to"),
            ("limited_by", "Limited by"),
        ],
    ),
    (
        "laws.csv",
        "Laws",
        &[
            ("law", "Law"),
            ("exponent", "Exponent"),
            ("exponent_low", "95 % from"),
            ("exponent_high", "to"),
            ("target_tps", "Payments per second"),
            ("size", "Size for them"),
            ("extrapolated", "Extrapolated"),
        ],
    ),
    (
        "architect_cells.csv",
        "The cheapest way by payment size and rate",
        &[
            ("architect", "Bound"),
            ("map", "Map"),
            ("amount_sat", "Payment (sat)"),
            ("payments_per_s", "Per second"),
            ("cheapest", "Cheapest"),
            ("cost_usd", "Cost ($)"),
            ("runner_up", "Next"),
            ("difference_low_usd", "Dearer by ($, 95 % from)"),
            ("difference_high_usd", "to"),
            ("pairs", "Pairs of runs"),
            ("significant", "Told apart"),
        ],
    ),
];

/// Puts the tables that `dir` has on the page.
pub(super) fn tables(page: &mut String, dir: &Path) -> Result<(), OutputError> {
    TABLES.iter().filter(|(file, ..)| dir.join(file).is_file()).try_for_each(|shown| {
        let (file, heading, columns) = shown;
        put(page, format_args!("<h2>{heading}</h2>\n<table class=\"study\">\n<tr>"));
        columns.iter().for_each(|(_, name)| put(page, format_args!("<th>{name}</th>")));
        page.push_str("</tr>\n");
        rows(page, &dir.join(file), columns)?;
        page.push_str("</table>\n");
        Ok(())
    })
}

fn rows(page: &mut String, path: &Path, columns: &[(&str, &str)]) -> Result<(), OutputError> {
    let bad = |error: csv::Error| OutputError::bad_data(path, error);
    let mut reader = Reader::from_path(path).map_err(bad)?;
    let header = reader.headers().map_err(bad)?.clone();
    let place = |name: &str| {
        let place = header.iter().position(|column| column == name);
        place.ok_or_else(|| OutputError::bad_data(path, format!("it has no column {name}")))
    };
    let places = columns.iter().map(|(name, _)| Ok((*name, place(name)?)));
    let places = places.collect::<Result<Vec<_>, OutputError>>()?;
    for record in reader.records() {
        let record = record.map_err(bad)?;
        page.push_str("<tr>");
        for &(name, place) in &places {
            let cell = record.get(place).unwrap_or_default();
            let shown = if name == WORDS { escaped(cell) } else { shown(cell) };
            put(page, format_args!("<td>{shown}</td>"));
        }
        page.push_str("</tr>\n");
    }
    Ok(())
}

/// Numbers in few digits, whole ones without decimals; what is no number as it stands.
fn shown(cell: &str) -> String {
    if let Ok(whole) = cell.parse() {
        return grouped(whole, ',');
    }
    match cell.parse::<f64>() {
        Ok(value) if value < 0.0 => format!("−{}", digits(-value)),
        Ok(value) => digits(value),
        Err(_) => escaped(cell),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn page(claims: &str) -> Result<String, OutputError> {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("claims.csv"), claims).expect("written");
        let mut page = String::new();
        tables(&mut page, dir.path()).map(|()| page)
    }

    #[test]
    fn claims_stand_with_figures_verdict_and_reason_and_other_tables_only_where_they_are() {
        let table = "why,claim,claimed,simulated,low,high,unit,verdict\n\
                     a < b,bitcoin_tps,7.5,9.858,-2.5,1475,payments/s,fails\n\
                     c,lightning_tps,7,,,,payments/s,holds\n";
        let page = page(table).expect("a good table");
        assert!(page.contains("<td>7.5</td><td>9.858</td><td>−2.500</td><td>1,475</td>"), "{page}");
        assert!(page.contains("<td>7</td><td></td><td></td><td></td>"), "missing is not 0: {page}");
        assert!(page.contains("<td>fails</td><td>a &lt; b</td></tr>"), "{page}");
        assert_eq!(page.matches("<h2>").count(), 1);
    }

    #[test]
    fn a_table_without_a_column_is_named() {
        let error = page("claim\nx\n").expect_err("no other column");
        assert!(error.to_string().contains("it has no column claimed"), "{error}");
    }
}
