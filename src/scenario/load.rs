//! From a path to a checked scenario.

use std::io::Read as _;
use std::path::Path;

use crate::scenario::Scenario;
use crate::scenario::general;
use crate::scenario::kind::Name;
use crate::scenario::place::Sources;
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::section::{Reader, Section};
use crate::scenario::tree;

/// Larger files are refused before they are read: no scenario written by hand comes near.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// The least that a scenario can say.
const EXAMPLE: &str = "\
the least that a scenario can say is
payments = 1_000
[network.generate.lightning_2026]
nodes = 2_000
[workload.arrivals.poisson]
rate = \"10 /s\"
[workload.amount.fixed]
value = \"10_000 sat\"";

/// A scenario that can be run, and how it was understood.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// Canonical TOML with every default and unit. In the same folder it reads back as the same scenario.
    pub resolved: String,
    /// BLAKE3 of `resolved`, in hexadecimal: equal for scenarios that mean the same.
    pub hash: String,
    /// What is doubtful; may be empty.
    pub warnings: Problems,
}

/// Reads the scenario at `path`, with `overrides` (key path, TOML value or bare text) laid over it.
///
/// Paths in the file are relative to its folder, those in overrides to the current one.
///
/// # Errors
/// All problems at once.
pub fn load(path: &Path, overrides: &[(String, String)]) -> Result<Loaded, Problems> {
    let shown = path.display().to_string();
    let mut sources = Sources::of_file(shown, read_file(path)?);
    let mut root = tree::parse(&sources)?;
    let mut misplaced = Vec::new();
    for (key, value) in overrides {
        misplaced.extend(tree::apply(&mut root, &mut sources, key, value).err());
    }
    if root.is_empty() && misplaced.is_empty() {
        return Err(empty(&sources));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let everything = |section: &mut Section<'_, '_>| drop(general::scenario(section));
    let mut reader = Reader::new(&sources, folder, everything, default_name(path));
    for problem in misplaced {
        reader.problems.push(|| problem);
    }
    let scenario = reader.read(&root, general::scenario);
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    let resolved = reader.resolved();
    let hash = blake3::hash(resolved.as_bytes()).to_hex().to_string();
    Ok(Loaded { scenario, resolved, hash, warnings: reader.warnings })
}

fn empty(sources: &Sources) -> Problems {
    let mut problems = Problems::errors();
    problems.push(|| {
        let message =
            "the scenario is empty: `network`, `workload` and `duration` or `payments` are missing";
        Problem::new("", message, sources.mark(&Sources::top(), "")).help(EXAMPLE)
    });
    problems
}

/// The file's stem, with what may not stand in a name replaced.
fn default_name(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
    let name: String =
        stem.chars().map(|c| if Name::allows(c) { c } else { '-' }).take(80).collect();
    if name.is_empty() { "scenario".to_owned() } else { name }
}

fn read_file(path: &Path) -> Result<String, Problems> {
    let shown = path.display();
    let refuse = |message: String, help: Option<&str>| {
        Err(Problems::about_file(message, help.map(str::to_owned)))
    };
    let cannot =
        |error: std::io::Error| Problems::about_file(format!("cannot read {shown}: {error}"), None);
    let found = std::fs::metadata(path).map_err(cannot)?;
    if !found.is_file() {
        return refuse(format!("{shown} is not a regular file"), None);
    }
    let too_large = || {
        let message = format!("{shown} is larger than {} MB", LARGEST_FILE >> 20);
        refuse(
            message,
            Some("put large inputs in files of their own and name them in the scenario"),
        )
    };
    if found.len() > LARGEST_FILE {
        return too_large();
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(cannot)?;
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return too_large();
    }
    String::from_utf8(bytes).or_else(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let byte = error.as_bytes()[at];
        let message = format!("{shown} is not UTF-8 at byte {at} (line {line}): 0x{byte:02x}");
        refuse(message, Some("save the file as UTF-8"))
    })
}
