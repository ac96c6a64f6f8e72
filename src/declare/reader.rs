//! What reading a scenario gathers: problems, the resolved scenario, the list of all keys.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::declare::catalogue::{Catalogue, Entry, Key, Role, plain};
use crate::declare::place::Sources;
use crate::declare::problem::{Problem, Problems};
use crate::declare::tree::{Table, header};

/// What reading a whole scenario gathers.
pub(crate) struct Reader<'a> {
    /// What the user wrote.
    pub(crate) sources: &'a Sources,
    /// The folder of the scenario file.
    pub(crate) folder: &'a Path,
    /// Where relative paths of the command line start; empty: the current folder.
    pub(crate) current: &'a Path,
    /// Input files named so far.
    pub(crate) inputs: RefCell<Vec<PathBuf>>,
    /// The whole scenario as written; none while exploring.
    pub(crate) root: Option<&'a Table>,
    /// Keys given by `--set`.
    pub(crate) set_keys: Vec<String>,
    /// Errors so far.
    pub(crate) problems: Problems,
    /// Warnings so far.
    pub(crate) warnings: Problems,
    /// Tables of the resolved scenario, in order of declaration.
    pub(crate) blocks: Vec<Block>,
    /// Full paths of keys that could not be used.
    pub(crate) bad: BTreeSet<String>,
    /// While positive, problems are not recorded.
    pub(crate) muted: u32,
    /// Everything that was declared; only when exploring.
    pub(crate) catalogue: Option<Catalogue>,
    /// Declares all keys to a reader that explores.
    everything: fn(&mut Reader<'_>),
    /// The name of a scenario that states none.
    pub(crate) default_name: String,
}

/// A table of the resolved scenario.
pub(crate) struct Block {
    pub(crate) path: String,
    pub(crate) meaning: &'static str,
    pub(crate) lines: Vec<Line>,
    /// Whether the scenario as written has this table.
    pub(crate) is_written: bool,
    /// Whether the header is printed although no key stands under it.
    pub(crate) always: bool,
}

/// A key of the resolved scenario.
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) meaning: &'static str,
}

impl<'a> Reader<'a> {
    /// A reader; `everything` must declare all keys.
    pub(crate) fn new(
        sources: &'a Sources,
        folder: &'a Path,
        everything: fn(&mut Reader<'_>),
        default_name: String,
    ) -> Self {
        Self {
            sources,
            folder,
            current: Path::new(""),
            inputs: RefCell::new(Vec::new()),
            root: None,
            set_keys: Vec::new(),
            problems: Problems::errors(),
            warnings: Problems::warnings(),
            blocks: Vec::new(),
            bad: BTreeSet::new(),
            muted: 0,
            catalogue: None,
            everything,
            default_name,
        }
    }

    /// The resolved scenario: canonical TOML with every default, without the tables of the top in `apart`.
    /// `only`: that table of the top alone.
    pub(crate) fn resolved(&self, apart: &[&str], only: Option<&str>) -> String {
        let mut text = String::new();
        for block in &self.blocks {
            let top = block.path.split(['.', '[']).next().unwrap_or_default();
            let is_shown = only.map_or_else(|| !apart.contains(&top), |only| only == top);
            if !is_shown {
                continue;
            }
            if !block.path.is_empty() && (block.always || !block.lines.is_empty()) {
                writeln!(text, "\n{}", header(&block.path)).expect("writing to a string");
            }
            for line in &block.lines {
                text.push_str(&line.text);
                text.push('\n');
            }
        }
        text
    }

    /// Adds a table of one line to the resolved scenario.
    pub(crate) fn block(&mut self, path: String, line: String) {
        let lines = vec![Line { text: line, meaning: "" }];
        self.blocks.push(Block { path, meaning: "", lines, is_written: true, always: false });
    }

    /// Enters what may stand in a table into the catalogue, once; nothing unless exploring.
    pub(crate) fn enter(&mut self, table: &str, key: Key, role: impl FnOnce() -> Role) {
        let Some(catalogue) = &mut self.catalogue else { return };
        let is_there = catalogue.of(table).any(|entry| entry.key == key.name);
        if !is_there {
            let table = table.to_owned();
            let meaning = plain(key.meaning);
            catalogue.entries.push(Entry { table, key: key.name, meaning, role: role() });
        }
    }

    /// Records an error, unless muted or too many.
    pub(crate) fn problem(&mut self, problem: impl FnOnce(&Sources) -> Problem) {
        if self.muted == 0 {
            let sources = self.sources;
            self.problems.push(|| problem(sources));
        }
    }

    /// Records a warning, unless muted or too many.
    pub(crate) fn warning(&mut self, problem: impl FnOnce(&Sources) -> Problem) {
        if self.muted == 0 {
            let sources = self.sources;
            self.warnings.push(|| problem(sources));
        }
    }

    /// Everything that can be said, found by walking every alternative of every choice.
    pub(crate) fn explore(&self) -> Catalogue {
        let name = self.default_name.clone();
        let mut explorer = Reader::new(self.sources, self.folder, self.everything, name);
        explorer.muted = 1;
        explorer.catalogue = Some(Catalogue::default());
        (self.everything)(&mut explorer);
        explorer.catalogue.unwrap_or_default()
    }
}
