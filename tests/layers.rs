//! Who may use whom: every path through `crate::` in `src` is held against one table.
//!
//! The table is the design's. Two of its lines are arguments, not tidiness: `routing` may not use
//! `channel`, so no sender can read a true balance; and the systems under comparison may not use
//! each other. Code under `#[cfg(test)]` is exempt.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic too")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// Stands for every module.
const EVERYTHING: &[&str] = &["*"];

/// Each module of the crate's root, and which others it may use.
const TABLE: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("ids", &["units"]),
    ("math", &[]),
    ("outcome", &["units", "ids"]),
    ("rows", &["units", "ids", "outcome"]),
    ("engine", &["units", "ids", "math"]),
    ("system", &["units", "ids", "engine", "rows", "workload"]),
    ("metrics", &["units", "ids", "outcome", "rows", "math"]),
    ("network", &["units", "ids", "engine", "math"]),
    ("chain", &["units", "ids", "engine", "math", "rows"]),
    ("workload", &["units", "ids", "engine", "math", "network"]),
    ("channel", &["units", "ids", "outcome", "engine", "chain"]),
    ("routing", &["units", "ids", "engine", "math", "network"]),
    (
        "payment",
        &["units", "ids", "outcome", "engine", "network", "workload", "channel", "routing"],
    ),
    (
        "adversary",
        &[
            "units", "ids", "math", "outcome", "rows", "engine", "network", "workload", "chain",
            "channel", "routing", "payment",
        ],
    ),
    (
        "lightning",
        &[
            "units",
            "ids",
            "math",
            "outcome",
            "rows",
            "engine",
            "system",
            "network",
            "workload",
            "chain",
            "channel",
            "routing",
            "payment",
            "adversary",
        ],
    ),
    ("lookahead", &["lightning", "payment"]),
    ("rollup", BESIDE_LIGHTNING),
    ("baselines", BESIDE_LIGHTNING),
    (
        "scenario",
        &[
            "units",
            "ids",
            "math",
            "engine",
            "network",
            "workload",
            "chain",
            "channel",
            "routing",
            "payment",
            "adversary",
            "lightning",
            "rollup",
            "baselines",
        ],
    ),
    ("simulation", EVERYTHING),
    ("saturate", EVERYTHING),
    ("sweep", EVERYTHING),
    ("study", EVERYTHING),
    ("report", EVERYTHING),
    ("cli", EVERYTHING),
    ("lib", EVERYTHING),
];

/// The other systems see what Lightning sees of the world, and nothing of Lightning.
const BESIDE_LIGHTNING: &[&str] = &[
    "units", "ids", "outcome", "rows", "engine", "math", "system", "network", "workload", "chain",
];

/// Collects what a file of the module `from` does against the table.
struct Checker<'a> {
    table: &'a BTreeMap<&'static str, &'static [&'static str]>,
    from: &'a str,
    /// Modules between the crate's root and the code being read: 1 in `src/engine/mod.rs`.
    depth: usize,
    broken: Vec<String>,
}

impl Checker<'_> {
    /// Takes a path apart that code in this file uses.
    fn path(&mut self, segments: &[String]) {
        let supers = segments.iter().take_while(|segment| *segment == "super").count();
        if supers > 1 {
            self.broken.push(format!("`{}` climbs twice", segments.join("::")));
        }
        let from_root = match segments.first().map(String::as_str) {
            Some("crate") => &segments[1..],
            Some("super") if supers >= self.depth => &segments[supers..],
            Some("leyden") if self.from == "main" => {
                if segments.get(1).is_none_or(|module| module != "cli") {
                    self.broken.push(format!("`{}`: main may use cli only", segments.join("::")));
                }
                return;
            }
            _ => return,
        };
        let Some(to) = from_root.first() else { return };
        self.edge(to, &segments.join("::"));
    }

    fn edge(&mut self, to: &str, path: &str) {
        if to == self.from {
            return;
        }
        if !self.table.contains_key(to) {
            self.broken.push(format!("`{path}`: {to} is no module of the table"));
            return;
        }
        let allowed = self.table.get(self.from).copied().unwrap_or_default();
        if allowed != EVERYTHING && !allowed.contains(&to) {
            self.broken.push(format!("`{path}`: {} may not use {to}", self.from));
        }
    }

    /// Follows a `use` to its ends. A group right behind `crate` hides what is used.
    fn tree(&mut self, tree: &syn::UseTree, before: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.tree(&path.tree, before);
                before.pop();
            }
            syn::UseTree::Name(name) => self.end(&name.ident.to_string(), before),
            syn::UseTree::Rename(rename) => self.end(&rename.ident.to_string(), before),
            syn::UseTree::Glob(_) => self.end("*", before),
            syn::UseTree::Group(group) => {
                if before.last().is_some_and(|last| last == "crate") {
                    self.broken
                        .push("`use crate::{…}` groups modules; write one `use` each".into());
                }
                for tree in &group.items {
                    self.tree(tree, before);
                }
            }
        }
    }

    fn end(&mut self, last: &str, before: &mut Vec<String>) {
        before.push(last.to_owned());
        self.path(before);
        before.pop();
    }
}

impl<'ast> Visit<'ast> for Checker<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !attributes(item).iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.depth += 1;
        visit::visit_item_mod(self, module);
        self.depth -= 1;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        self.path(&segments);
        visit::visit_path(self, path);
    }

    /// The tokens of a macro are not parsed; their text is searched.
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let text = call.tokens.to_string();
        let words: Vec<&str> = text.split_whitespace().collect();
        for window in words.windows(3) {
            if let ["crate" | "super", "::", next] = window {
                let segments = [window[0], next].map(str::to_owned);
                self.path(&segments);
            }
        }
        visit::visit_macro(self, call);
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether this is exactly `#[cfg(test)]`.
fn is_for_tests(attribute: &syn::Attribute) -> bool {
    let is_cfg = attribute.path().is_ident("cfg");
    is_cfg && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
}

/// What a file of the module `from`, `depth` modules below the root, does against the table.
fn violations(from: &str, depth: usize, text: &str) -> Vec<String> {
    let table: BTreeMap<_, _> = TABLE.iter().copied().collect();
    let file = syn::parse_file(text).expect("the file compiles, so it parses");
    let mut checker = Checker { table: &table, from, depth, broken: Vec::new() };
    if from != "main" && !table.contains_key(from) {
        checker.broken.push(format!("{from} is no module of the table"));
    }
    checker.visit_file(&file);
    checker.broken
}

/// The module of the root that a file belongs to, and how many modules below the root it stands.
fn place(file: &Path) -> (String, usize) {
    let names: Vec<String> =
        file.with_extension("").iter().map(|name| name.to_string_lossy().into_owned()).collect();
    let depth = match names.last().map(String::as_str) {
        Some("mod") => names.len() - 1,
        Some("lib" | "main") if names.len() == 1 => 0,
        _ => names.len(),
    };
    (names[0].clone(), depth)
}

/// Every Rust file below `folder`, in order of name.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn every_module_uses_only_what_the_table_allows() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&src);
    assert!(files.len() > 20, "only {} files found", files.len());
    let mut broken = Vec::new();
    for path in files {
        let inside = path.strip_prefix(&src).unwrap();
        let (from, depth) = place(inside);
        // Files and folders of tests are declared under `#[cfg(test)]` in their parent.
        if inside.with_extension("").iter().any(|name| name == "tests") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let found = violations(&from, depth, &text);
        broken.extend(found.into_iter().map(|what| format!("src/{}: {what}", inside.display())));
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn the_table_is_free_of_cycles() {
    // A module may use only modules that come before it once they are sorted by what they need.
    let mut left: Vec<_> = TABLE.iter().filter(|(_, allowed)| *allowed != EVERYTHING).collect();
    while !left.is_empty() {
        let before = left.len();
        let names: Vec<&str> = left.iter().map(|(name, _)| *name).collect();
        left.retain(|(_, allowed)| allowed.iter().any(|used| names.contains(used)));
        assert!(left.len() < before, "these use each other: {names:?}");
    }
}

#[test]
fn each_way_of_naming_a_forbidden_module_is_found() {
    for text in [
        "use crate::channel::Terms;",
        "use crate::channel as c;",
        "use crate::channel::*;",
        "pub use crate::channel::Terms;",
        "fn f(x: crate::channel::Terms) {}",
        "fn f() { crate::channel::open(); }",
        "impl From<crate::channel::Terms> for X {}",
        "fn f() { println!(\"{}\", crate::channel::NAME); }",
        "mod inner { fn f() { let _ = crate::channel::open; } }",
        "fn f() { use crate::channel::Terms; }",
        "use super::channel::Terms;",
        "pub(in crate::channel) fn f() {}",
        "macro_rules! m { () => { $crate::channel::open() } }",
        "#[cfg(not(test))] use crate::channel::Terms;",
    ] {
        let found = violations("routing", 1, text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].contains("may not use channel"), "{text}: {found:?}");
    }
}

#[test]
fn climbing_twice_and_groups_at_the_root_are_found() {
    for (text, words) in [
        ("use super::super::view::View;", "climbs twice"),
        ("fn f() { super::super::g(); }", "climbs twice"),
        ("use crate::{ids::NodeId, units::Msat};", "groups modules"),
        ("use crate::nowhere::X;", "no module of the table"),
    ] {
        let found = violations("routing", 2, text);
        assert!(found.iter().any(|what| what.contains(words)), "{text}: {found:?}");
    }
}

#[test]
fn what_is_allowed_passes() {
    for text in [
        "use crate::ids::{ChannelId, NodeId};",
        "use crate::network::Network; use crate::routing::params::LndParams;",
        "use super::params::LndParams;",
        "use std::collections::BTreeMap; use serde::Serialize;",
        "#[cfg(test)] mod tests { use crate::channel::Terms; use super::super::x; }",
        "#[cfg(test)] use crate::channel::Terms;",
        "pub(crate) fn f() {}",
        "mod inner { use super::helper; }",
    ] {
        assert_eq!(violations("routing", 2, text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn main_may_use_cli_only() {
    assert_eq!(violations("main", 0, "use leyden::cli;"), Vec::<String>::new());
    assert_eq!(violations("main", 0, "fn main() { leyden::cli::main() }"), Vec::<String>::new());
    for text in [
        "use leyden::engine::Seeds;",
        "use leyden::*;",
        "fn main() { leyden::cli(); leyden::report::f() }",
    ] {
        assert_eq!(violations("main", 0, text).len(), 1, "{text}");
    }
}

#[test]
fn a_module_missing_from_the_table_is_found() {
    assert_eq!(violations("wallet", 1, ""), ["wallet is no module of the table"]);
}

#[test]
fn files_know_their_module_and_depth() {
    for (path, expected) in [
        ("lib.rs", ("lib", 0)),
        ("main.rs", ("main", 0)),
        ("units.rs", ("units", 1)),
        ("engine/mod.rs", ("engine", 1)),
        ("engine/queue.rs", ("engine", 2)),
        ("network/readers/mod.rs", ("network", 2)),
        ("network/readers/lnd.rs", ("network", 3)),
    ] {
        let (module, depth) = place(Path::new(path));
        assert_eq!((module.as_str(), depth), expected, "{path}");
    }
}
