//! `output/README.md` explains the tables that are written as their declarations have it.
//!
//! After a change: `LEYDEN_BLESS=1 cargo test --test output_tables` writes the tables' sections again.

use std::fmt::Write;

use leyden::cli;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/output/README.md");

/// What is generated stands between these lines.
const BEGIN: &str = "<!-- From here on by `LEYDEN_BLESS=1 cargo test --test output_tables`. -->\n";
const END: &str = "<!-- Up to here. -->\n";

/// The sections of all tables.
fn sections() -> String {
    let mut text = String::new();
    for table in cli::tables() {
        let (heading, about) = (table.heading(), table.about());
        writeln!(text, "\n## {heading}\n\n{about}\n").expect("a String takes everything");
        text.push_str("| column | unit | meaning | empty when |\n| --- | --- | --- | --- |\n");
        for column in table.described() {
            let cells = [column.unit, column.meaning, column.empty];
            let [unit, meaning, empty] = cells.map(|cell| cell.replace('|', "\\|"));
            let name =
                if column.is_group { column.name.to_owned() } else { format!("`{}`", column.name) };
            let unit = if unit.is_empty() { " ".to_owned() } else { format!(" {unit} ") };
            writeln!(text, "| {name} |{unit}| {meaning} | {empty} |")
                .expect("a String takes everything");
        }
    }
    text.push('\n');
    text
}

#[test]
fn the_readme_has_every_table_as_it_is_declared() {
    let readme = std::fs::read_to_string(README).expect("it is in the repository");
    let (before, rest) = readme.split_once(BEGIN).expect("the line at which tables begin");
    let (written, after) = rest.split_once(END).expect("the line at which tables end");
    let declared = sections();
    if written == declared {
        return;
    }
    if std::env::var_os("LEYDEN_BLESS").is_some() {
        let text = format!("{before}{BEGIN}{declared}{END}{after}");
        std::fs::write(README, text).expect("it can be written");
        return;
    }
    let differs = written.lines().zip(declared.lines()).find(|(one, other)| one != other);
    panic!(
        "LEYDEN_BLESS=1 cargo test --test output_tables writes output/README.md again: {differs:?}"
    );
}

#[test]
fn column_names_are_unique_and_snake_case() {
    for table in cli::tables() {
        let file = table.heading();
        let columns = table.described();
        let mut names: Vec<_> =
            columns.iter().filter(|column| !column.is_group).map(|column| column.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "{file}");
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        assert!(names.iter().all(|name| name.bytes().all(plain)), "{file}");
    }
}

#[test]
fn every_column_says_what_it_means_and_no_table_is_told_twice() {
    let mut headings = Vec::new();
    for table in cli::tables() {
        assert!(table.heading().starts_with(table.file()), "{}", table.heading());
        assert!(!table.about().is_empty(), "{}", table.heading());
        for column in table.described() {
            let told = !column.meaning.is_empty() && !column.empty.is_empty();
            assert!(told, "{} of {}", column.name, table.heading());
        }
        assert!(!headings.contains(&table.heading()), "{}", table.heading());
        headings.push(table.heading());
    }
}

#[test]
fn every_name_of_a_failure_stands_in_the_readme() {
    let readme = include_str!("../output/README.md");
    for failure in leyden::outcome::Failure::ALL {
        assert!(readme.contains(&format!("`{failure}`")), "{failure}");
    }
}
