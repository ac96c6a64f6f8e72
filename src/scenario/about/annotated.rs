//! `leyden check`: a scenario as resolved, every key under its meaning.

use std::fmt::Write as _;
use std::path::Path;

use crate::declare::catalogue::{Catalogue, plain};
use crate::declare::problem::Problems;
use crate::declare::reader::Block;
use crate::declare::tree::header;
use crate::declare::{Entry, Presence, Role};
use crate::ids::SystemName;
use crate::scenario::load::{Overlay, with_reader};

/// Characters of a comment's line.
const WIDTH: usize = 100;

/// The scenario `text`, read as `parse` does, as TOML that reads back as the same one. Tables of systems that
/// are not run are left out unless they are written or `all` is asked for. What is not written and has no
/// default stands at the end, as comments.
///
/// # Errors
/// All problems at once.
pub(crate) fn annotated(
    path: &Path,
    text: String,
    overlay: Overlay<'_>,
    all: bool,
) -> Result<String, Problems> {
    with_reader(path, text, overlay, |reader, (scenario, ..)| {
        let catalogue = reader.explore();
        let is_shown =
            |block: &&Block| all || block.is_written || is_in_use(&block.path, &scenario.systems);
        let mut text = String::new();
        for block in reader.blocks.iter().filter(is_shown) {
            one(&mut text, &catalogue, block);
        }
        absent(&mut text, &catalogue, &reader.blocks, |path| {
            all || is_in_use(path, &scenario.systems)
        });
        text
    })
}

/// Whether a table says something about a system that is run.
fn is_in_use(path: &str, systems: &[SystemName]) -> bool {
    use SystemName::{Bitcoin, Ethereum, Lightning, OptimisticRollup, ZkRollup};
    const CHAIN_OF: [SystemName; 3] = [ZkRollup, OptimisticRollup, Ethereum];
    let runs = |any: &[SystemName]| systems.iter().any(|system| any.contains(system));
    match path.split(['.', '[']).next().unwrap_or_default() {
        "lightning" | "attack" => runs(&[Lightning]),
        "bitcoin" if path.starts_with("bitcoin.wallets") => runs(&[Bitcoin]),
        "bitcoin" => runs(&[Lightning, Bitcoin]),
        "ethereum" if path.starts_with("ethereum.wallets") => runs(&[Ethereum]),
        "ethereum" => runs(&CHAIN_OF),
        "funding" => systems.iter().any(|system| *system != Lightning),
        table => {
            // The table of a system has its name; any other table is everybody's.
            let system = SystemName::ALL.iter().find(|system| system.name() == table);
            system.is_none_or(|system| systems.contains(system))
        }
    }
}

/// A table that is part of the scenario.
fn one(text: &mut String, catalogue: &Catalogue, block: &Block) {
    if !block.path.is_empty() && (block.always || !block.lines.is_empty()) {
        text.push('\n');
        comment(text, &plain(block.meaning));
        let path = without_numbers(&block.path);
        if let Some((choice, _)) = path.rsplit_once('.') {
            let is_choice = catalogue
                .entries
                .iter()
                .any(|entry| matches!(entry.role, Role::Choice { .. }) && entry.path() == choice);
            let names: Vec<_> = catalogue.of(choice).map(|entry| entry.key).collect();
            if is_choice {
                comment(text, &format!("One of {}.", names.join(", ")));
            }
        }
        writeln!(text, "{}", header(&block.path)).expect("writing to a string");
    }
    for line in &block.lines {
        comment(text, &plain(line.meaning));
        writeln!(text, "{}", line.text).expect("writing to a string");
    }
}

/// Tables that are not written, and mean something by that.
fn absent(
    text: &mut String,
    catalogue: &Catalogue,
    blocks: &[Block],
    is_shown: impl Fn(&str) -> bool,
) {
    let is_there = |path: &str| {
        let mut written = blocks.iter().filter(|block| !block.lines.is_empty() || block.always);
        written.any(|block| without_numbers(&block.path) == path)
    };
    // What would stand in a table that is not written itself goes without saying.
    let is_optional = |path: &str| {
        let optional =
            |entry: &&Entry| matches!(entry.role, Role::Table { absent: Some(_) } | Role::Array);
        catalogue.entries.iter().filter(optional).any(|entry| entry.path() == path)
    };
    let is_within = |path: &str| match path.rsplit_once('.') {
        Some((around, _)) => is_there(around) || !is_optional(around),
        None => true,
    };
    for entry in &catalogue.entries {
        let path = entry.path();
        let absent = match entry.role {
            Role::Table { absent: Some(absent) } => absent,
            Role::Array => "none",
            _ => continue,
        };
        if is_there(&path) || !is_within(&path) || !is_shown(&path) {
            continue;
        }
        let header =
            if entry.role == Role::Array { format!("[[{path}]]") } else { format!("[{path}]") };
        writeln!(text, "\n# {header} is not written: {absent}.").expect("writing to a string");
        comment(text, &entry.meaning);
        for entry in catalogue.of(&path) {
            comment(text, &format!("  {}: {}", shown(entry), entry.told().0));
        }
    }
}

/// A key of a table that is not written.
fn shown(entry: &Entry) -> String {
    match &entry.role {
        Role::Value { presence: Presence::Default(default), .. } => {
            format!("{} = {default}", entry.key)
        }
        _ => entry.key.to_owned(),
    }
}

/// The path of a table without the numbers of arrays.
fn without_numbers(path: &str) -> String {
    let parts = path.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest));
    parts.collect()
}

/// Writes a text as comments, in lines of [`WIDTH`] characters.
fn comment(text: &mut String, comment: &str) {
    let indent = comment.len() - comment.trim_start().len();
    let mut line = format!("#{:indent$}", "");
    for word in comment.split_whitespace() {
        if line.chars().count() + word.chars().count() >= WIDTH {
            writeln!(text, "{line}").expect("writing to a string");
            line = format!("#{:indent$}", "", indent = indent + 2);
        }
        line.push(' ');
        line.push_str(word);
    }
    if line.trim_end() != "#" {
        writeln!(text, "{line}").expect("writing to a string");
    }
}
