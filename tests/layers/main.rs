//! Who may use whom: every path in `src` is held against one table ([`table`]), and no two files use each other.
//!
//! Two lines of the table are arguments, not tidiness: `routing` may not use `channel`, so no sender can read a
//! true balance; and the systems under comparison may not use each other. Code under `#[cfg(test)]` is exempt.
//!
//! *Circles.* A file uses another where it names something that is defined there, by whichever path and through
//! whatever re-exports. So a `mod.rs` that only declares and re-exports its children uses none of them, and they may use what
//! it defines. A `mod.rs` that does use its children may define nothing that these use.
//!
//! `LEYDEN_BLESS=1 cargo test --test layers` writes the table into `src/lib.rs`.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic too")]

mod graph;
mod paths;
mod sources;
mod table;

use std::fmt::Write as _;
use std::fs;

use graph::{Modules, between_roots, circles};
use paths::{Found, Named};
use sources::Sources;

/// Modules within which files still go in circles. This list may only become shorter.
const CIRCLES_LEFT: &[&str] = &[];

/// What a file does against the table; `module` is its path, as `routing::lnd`.
fn violations(module: &str, found: &Found) -> Vec<String> {
    let root = module.split("::").next().unwrap_or_default();
    let mut broken = vec![
        "`use crate::{…}` groups modules; write one `use` each".to_owned();
        found.root_groups
    ];
    let Some(allowed) = table::allowed(root) else {
        broken.push(format!("{root} is no module of the table"));
        return broken;
    };
    for named in &found.paths {
        let path = named.segments.join("::");
        if named.segments.iter().take_while(|segment| *segment == "super").count() > 1 {
            broken.push(format!("`{path}` climbs twice"));
        }
        let Some(to) = root_of(module, named) else { continue };
        if table::allowed(to).is_none() {
            broken.push(format!("`{path}`: {to} is no module of the table"));
        } else if to != root && !allowed.contains(&to) {
            broken.push(format!("`{path}`: {root} may not use {to}"));
        }
    }
    broken
}

/// The module of the crate's root that a path leads to, if it leaves its own that way.
fn root_of<'a>(module: &str, named: &'a Named) -> Option<&'a str> {
    let depth = module.split("::").count() + named.inside.len();
    let supers = named.segments.iter().take_while(|segment| *segment == "super").count();
    match named.segments.first()?.as_str() {
        "crate" => named.segments.get(1).map(String::as_str),
        "super" if supers >= depth => named.segments.get(supers).map(String::as_str),
        _ => None,
    }
}

#[test]
fn every_module_uses_only_what_the_table_allows() {
    let sources = Sources::of_crate();
    assert!(sources.modules.len() > 200, "only {} modules found", sources.modules.len());
    let mut broken = Vec::new();
    for (module, found) in sources.modules.iter().filter(|(module, _)| !module.is_empty()) {
        let found = violations(module, found);
        broken.extend(found.into_iter().map(|what| format!("{module}: {what}")));
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn the_table_names_every_module_and_no_use_that_is_not_made() {
    let sources = Sources::of_crate();
    let mut declared = sources.modules[""].children.clone();
    let mut listed: Vec<&str> = table::TABLE.iter().map(|row| row.module).collect();
    declared.sort();
    listed.sort_unstable();
    assert_eq!(declared, listed);
    let unused = table::unused(&between_roots(&Modules::of(sources).uses()));
    assert!(unused.is_empty(), "\n{}", unused.join("\n"));
}

#[test]
fn a_module_of_the_table_uses_only_modules_before_it() {
    for (place, row) in table::TABLE.iter().enumerate() {
        let before: Vec<_> = table::TABLE[..place].iter().map(|row| row.module).collect();
        let late: Vec<_> = table::allowed(row.module).unwrap();
        let late: Vec<_> = late.into_iter().filter(|used| !before.contains(used)).collect();
        assert!(late.is_empty(), "{} stands before {late:?}", row.module);
    }
}

#[test]
fn the_table_in_the_crate_documentation_is_the_one_that_is_enforced() {
    let file = sources::folder().join("lib.rs");
    let lib = fs::read_to_string(&file).unwrap();
    let right = table::with_table(&lib);
    if std::env::var_os("LEYDEN_BLESS").is_some() {
        fs::write(&file, &right).unwrap();
        return;
    }
    assert!(lib == right, "src/lib.rs should say (LEYDEN_BLESS=1 writes it):\n{}", table::text());
}

#[test]
fn no_files_and_no_modules_use_each_other_in_a_circle() {
    let sources = Sources::of_crate();
    let uses = Modules::of(sources).uses();
    let mut found = circles(&uses);
    found.extend(circles(&between_roots(&uses)));
    let mut new = Vec::new();
    let mut left: Vec<String> = Vec::new();
    for circle in &found {
        let within = common(circle);
        if !CIRCLES_LEFT.contains(&within.as_str()) {
            new.push(format!("in a circle: {}{}", circle.join(", "), edges(circle, &uses)));
        }
        left.push(within);
    }
    assert!(new.is_empty(), "\n{}", new.join("\n"));
    let broken: Vec<_> =
        CIRCLES_LEFT.iter().filter(|within| !left.iter().any(|l| l == *within)).collect();
    assert!(broken.is_empty(), "strike from CIRCLES_LEFT, these are no more: {broken:?}");
}

/// The uses within a circle, one a line.
fn edges(circle: &[String], uses: &graph::Graph) -> String {
    let mut text = String::new();
    for from in circle {
        for to in uses.get(from).into_iter().flatten().filter(|to| circle.contains(to)) {
            write!(text, "\n  {from} uses {to}").unwrap();
        }
    }
    text
}

/// The longest path of modules that all of these share.
fn common(modules: &[String]) -> String {
    let first: Vec<&str> = modules[0].split("::").collect();
    let shared = (0..first.len()).take_while(|&place| {
        modules.iter().all(|module| module.split("::").nth(place) == Some(first[place]))
    });
    first[..shared.count()].join("::")
}

#[test]
fn main_may_use_cli_only() {
    let text = fs::read_to_string(sources::folder().join("main.rs")).unwrap();
    assert_eq!(beyond_cli(&text), Vec::<String>::new());
    for text in [
        "use leyden::engine::Seeds;",
        "use leyden::*;",
        "fn main() { leyden::cli(); leyden::report::f() }",
    ] {
        assert_eq!(beyond_cli(text).len(), 1, "{text}");
    }
}

/// Paths of `main.rs` into other modules than `cli`.
fn beyond_cli(text: &str) -> Vec<String> {
    let paths = paths::read(text).paths.into_iter().map(|named| named.segments);
    let ours = paths.filter(|path| path.first().is_some_and(|first| first == "leyden"));
    ours.filter(|path| path.get(1).is_none_or(|module| module != "cli"))
        .map(|path| path.join("::"))
        .collect()
}

fn broken_in(module: &str, text: &str) -> Vec<String> {
    violations(module, &paths::read(text))
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
        let found = broken_in("routing", text);
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
        let found = broken_in("routing::view", text);
        assert!(found.iter().any(|what| what.contains(words)), "{text}: {found:?}");
    }
    assert_eq!(broken_in("wallet", ""), ["wallet is no module of the table"]);
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
        assert_eq!(broken_in("routing::view", text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn circles_are_found_through_re_exports_and_aliases() {
    let parent = ("a", "mod x; mod y; pub use x::X; pub use y::Y; pub struct Own;");
    for (what, x, y, expected) in [
        (
            "a re-export leads to its definition",
            "use crate::a::Y; pub struct X;",
            "use crate::a::X; pub struct Y;",
            true,
        ),
        (
            "so does `super`",
            "use super::Y; pub struct X;",
            "fn f(x: super::X) {} pub struct Y;",
            true,
        ),
        (
            "a module's alias",
            "use crate::a::y; fn f() { y::g() } pub struct X;",
            "use super::x::X; pub struct Y; pub fn g() {}",
            true,
        ),
        (
            "a macro's tokens",
            "pub struct X; fn f() { print!(\"{}\", super::y::Y::NAME) }",
            "use super::X; pub struct Y;",
            true,
        ),
        ("one direction", "use super::Y; pub struct X;", "pub struct Y;", false),
        (
            "for tests only",
            "use super::Y; pub struct X;",
            "#[cfg(test)] mod tests { use super::super::X; } pub struct Y;",
            false,
        ),
        (
            "what the parent defines",
            "use super::Own; pub struct X;",
            "use super::Own; pub struct Y;",
            false,
        ),
    ] {
        let sources = Sources::of_texts(&[("", "mod a;"), parent, ("a::x", x), ("a::y", y)]);
        let found = circles(&Modules::of(&sources).uses());
        assert_eq!(!found.is_empty(), expected, "{what}: {found:?}");
    }
}

#[test]
fn a_parent_that_uses_its_children_may_define_nothing_for_them() {
    for (parent, expected) in [
        ("mod x; pub use x::X; pub struct Own;", false),
        ("mod x; pub use x::X; pub struct Own; fn f(x: X) {}", true),
        ("mod x; use x::X; pub struct Own; fn f(x: X) {}", true),
        ("mod x; pub struct Own; fn f() { x::g() }", true),
    ] {
        let child = "use crate::a::Own; pub struct X; pub fn g() {}";
        let sources = Sources::of_texts(&[("", "mod a;"), ("a", parent), ("a::x", child)]);
        assert_eq!(!circles(&Modules::of(&sources).uses()).is_empty(), expected, "{parent}");
    }
}
