//! What reading a scenario gathers: problems, the resolved scenario, the list of all keys.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::scenario::array::header;
use crate::scenario::place::{Place, Sources};
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::section::Section;
use crate::scenario::tree::Table;

/// The table that says what to vary. It is no part of the scenario that is run.
pub(super) const SWEEP: &str = "sweep";
/// The table that says what to find out by many runs; no part of what is run either.
pub(super) const STUDY: &str = "study";

/// What reading a whole scenario gathers.
pub(super) struct Reader<'a> {
    /// What the user wrote.
    pub(super) sources: &'a Sources,
    /// The folder of the scenario file.
    pub(super) folder: &'a Path,
    /// Where relative paths of the command line start; empty: the current folder.
    pub(super) current: &'a Path,
    /// Input files named so far.
    pub(super) inputs: RefCell<Vec<PathBuf>>,
    /// The whole scenario as written; none while exploring.
    pub(super) root: Option<&'a Table>,
    /// Keys given by `--set`.
    pub(super) set_keys: Vec<String>,
    /// Errors so far.
    pub(super) problems: Problems,
    /// Doubts so far.
    pub(super) warnings: Problems,
    /// Tables of the resolved scenario, in order of declaration.
    pub(super) blocks: Vec<Block>,
    /// Full paths of keys that could not be used.
    pub(super) bad: BTreeSet<String>,
    /// While positive, problems are not recorded.
    pub(super) muted: u32,
    /// Every key that was declared, as (table, key); only when exploring.
    pub(super) catalogue: Option<Vec<(String, &'static str)>>,
    /// Declares all keys.
    everything: fn(&mut Section<'_, '_>),
    /// The name of a scenario that states none.
    pub(super) default_name: String,
}

/// A table of the resolved scenario.
pub(super) struct Block {
    path: String,
    pub(super) lines: Vec<String>,
    /// Whether the header is printed although no key stands under it.
    always: bool,
}

impl<'a> Reader<'a> {
    /// A reader; `everything` must declare all keys.
    pub(super) fn new(
        sources: &'a Sources,
        folder: &'a Path,
        everything: fn(&mut Section<'_, '_>),
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

    /// Reads the whole scenario.
    pub(super) fn read<T>(&mut self, root: &'a Table, read: fn(&mut Section<'_, '_>) -> T) -> T {
        self.root = Some(root);
        let value = self.section(String::new(), Some(root), Sources::top(), true).run(read);
        self.problems.sort();
        self.warnings.sort();
        value
    }

    /// The resolved scenario: canonical TOML with every default. `None`: what is run; else only that
    /// table, [`SWEEP`] or [`STUDY`].
    pub(super) fn resolved(&self, only: Option<&str>) -> String {
        let apart = |path: &str| {
            let first = path.split(['.', '[']).next().unwrap_or_default();
            [SWEEP, STUDY].into_iter().find(|table| *table == first)
        };
        let mut text = String::new();
        for block in self.blocks.iter().filter(|block| apart(&block.path) == only) {
            if !block.path.is_empty() && (block.always || !block.lines.is_empty()) {
                writeln!(text, "\n{}", header(&block.path)).expect("writing to a string");
            }
            for line in &block.lines {
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }

    /// Opens a table.
    pub(super) fn section(
        &mut self,
        path: String,
        table: Option<&'a Table>,
        at: Place,
        always: bool,
    ) -> Section<'_, 'a> {
        self.blocks.push(Block { path: path.clone(), lines: Vec::new(), always });
        let block = self.blocks.len() - 1;
        Section { reader: self, path, table, at, block, known: Vec::new() }
    }

    /// Adds a table of one line to the resolved scenario.
    pub(super) fn block(&mut self, path: String, line: String) {
        self.blocks.push(Block { path, lines: vec![line], always: false });
    }

    /// Records an error, unless muted or too many.
    pub(super) fn problem(&mut self, problem: impl FnOnce(&Sources) -> Problem) {
        if self.muted == 0 {
            let sources = self.sources;
            self.problems.push(|| problem(sources));
        }
    }

    /// Records a doubt, unless muted or too many.
    pub(super) fn warning(&mut self, problem: impl FnOnce(&Sources) -> Problem) {
        if self.muted == 0 {
            let sources = self.sources;
            self.warnings.push(|| problem(sources));
        }
    }

    /// All declared keys, found by walking every alternative of every choice.
    pub(super) fn explore(&self) -> Vec<(String, &'static str)> {
        let name = self.default_name.clone();
        let mut explorer = Reader::new(self.sources, self.folder, self.everything, name);
        explorer.muted = 1;
        explorer.catalogue = Some(Vec::new());
        explorer.section(String::new(), None, Sources::top(), true).run(self.everything);
        explorer.catalogue.unwrap_or_default()
    }
}
