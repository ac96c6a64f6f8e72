//! `output/README.md` explains the columns that are written, all of them, in their order.

use leyden::ids::SystemName;
use leyden::report::columns;

/// The first cells of the table under the heading `## name`, without their backticks.
fn explained(readme: &str, name: &str) -> Vec<String> {
    let heading = format!("## {name}");
    readme
        .lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(column, _)| column.to_owned())
        .collect()
}

/// Every file of every system, with its heading in the readme and its columns.
fn all() -> Vec<(&'static str, String, &'static [&'static str])> {
    let of = |system: SystemName| {
        let tables = columns::tables(system).iter();
        tables.map(move |t| (system.name(), t.heading(system), t.columns(system)))
    };
    let others = [
        ("", "comparison.csv".to_owned(), columns::COMPARISON),
        ("", "saturation.csv".to_owned(), columns::SATURATION),
        ("", "sustained.csv".to_owned(), columns::SUSTAINED),
        ("", "capital.csv".to_owned(), columns::CAPITAL),
        ("", "claims.csv".to_owned(), columns::CLAIMS),
        ("", "scaling.csv".to_owned(), columns::SCALING),
        ("", "ladder.csv".to_owned(), columns::LADDER),
        ("", "laws.csv".to_owned(), columns::LAWS),
        ("", "architect.csv".to_owned(), columns::ARCHITECT),
    ];
    SystemName::ALL.iter().flat_map(|system| of(*system)).chain(others).collect()
}

#[test]
fn the_readme_explains_every_column_in_order() {
    let readme = include_str!("../output/README.md");
    for (_, heading, columns) in all() {
        assert_eq!(explained(readme, &heading), columns, "{heading}");
    }
}

#[test]
fn column_names_are_unique_and_snake_case() {
    for (system, file, columns) in all() {
        let mut names = columns.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), columns.len(), "{system} {file}");
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        assert!(names.iter().all(|name| name.bytes().all(plain)), "{file}");
    }
}

#[test]
fn every_name_of_a_failure_stands_in_the_readme() {
    let readme = include_str!("../output/README.md");
    for failure in leyden::outcome::Failure::ALL {
        assert!(readme.contains(&format!("`{failure}`")), "{failure}");
    }
}
