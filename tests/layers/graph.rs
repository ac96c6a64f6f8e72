//! Which file uses which, and where that goes in circles.
//!
//! A path counts for the file that *defines* what it names: re-exports are followed to their end, so a parent that only
//! re-exports its children depends on none of them. A parent that also uses in its own code what it re-exports
//! does depend on it. So children may use what their `mod.rs` defines as long as that `mod.rs` uses nothing of theirs.

use std::collections::{BTreeMap, BTreeSet};

use crate::paths::{Found, Named};
use crate::sources::Sources;

/// Uses: from a file or module to others.
pub(crate) type Graph = BTreeMap<String, BTreeSet<String>>;

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    /// Something that this module's file defines.
    Item(String),
    /// A module itself.
    Module(String),
}

/// All modules with files of their own, by their path: `routing::lnd`, and "" for the crate's root.
pub(crate) struct Modules<'a> {
    sources: &'a Sources,
}

impl<'a> Modules<'a> {
    pub(crate) const fn of(sources: &'a Sources) -> Self {
        Self { sources }
    }

    /// Which module uses which, by the files that hold them.
    pub(crate) fn uses(&self) -> Graph {
        let mut graph = Graph::new();
        for (module, found) in &self.sources.modules {
            let used = graph.entry(module.clone()).or_default();
            for named in &found.paths {
                used.extend(self.used_by(module, found, named).filter(|used| used != module));
            }
        }
        graph
    }

    /// The module whose definition a path of `module` needs, if it is one of the crate.
    fn used_by(&self, module: &str, found: &Found, named: &Named) -> Option<String> {
        let mut seen = BTreeSet::new();
        let target = match &named.import {
            // What is only passed on is not used here.
            Some(import) if import.exported => return None,
            _ => self.resolve(&absolute(module, found, named)?, &mut seen)?,
        };
        match target {
            Target::Item(module) => Some(module),
            // A module that is imported is used where something of it is named.
            Target::Module(_) => None,
        }
    }

    fn resolve(&self, path: &[String], seen: &mut BTreeSet<Vec<String>>) -> Option<Target> {
        if !seen.insert(path.to_vec()) {
            return None;
        }
        let known = |length: &usize| self.sources.modules.contains_key(&path[..*length].join("::"));
        let length = (0..=path.len()).rev().find(known)?;
        let module = path[..length].join("::");
        let Some(name) = path.get(length) else { return Some(Target::Module(module)) };
        let found = &self.sources.modules[&module];
        if name == "*" || found.items.contains(name) {
            return Some(Target::Item(module));
        }
        let imports = found.paths.iter().filter(|named| named.inside.is_empty());
        let mut globs = Vec::new();
        for named in imports {
            match &named.import {
                Some(import) if import.name == *name => {
                    let mut to = absolute_import(&module, found, named)?;
                    to.extend_from_slice(&path[length + 1..]);
                    return self.resolve(&to, seen);
                }
                Some(import) if import.name == "*" => globs.push(named),
                _ => {}
            }
        }
        for named in globs {
            let mut to = absolute_import(&module, found, named)?;
            to.pop();
            to.extend_from_slice(&path[length..]);
            if let Some(target) = self.resolve(&to, seen) {
                return Some(target);
            }
        }
        if module.is_empty() { None } else { Some(Target::Item(module)) }
    }
}

/// The path from the crate's root, unless it leads out of the crate.
fn absolute(module: &str, found: &Found, named: &Named) -> Option<Vec<String>> {
    if named.import.is_some() {
        return absolute_import(module, found, named);
    }
    let first = named.segments.first()?;
    if matches!(first.as_str(), "crate" | "super" | "self") {
        return absolute_import(module, found, named);
    }
    // A name that was imported, re-exported or declared here; names of other things end here.
    let here = !named.inside.is_empty();
    let imported = found.imported.contains(first);
    if !imported && (here || !found.children.contains(first)) {
        return None;
    }
    let mut path = split(module);
    path.extend_from_slice(&named.segments);
    Some(path)
}

/// The same for a path that starts with `crate`, `super`, `self` or the name of a child.
fn absolute_import(module: &str, found: &Found, named: &Named) -> Option<Vec<String>> {
    let mut base = split(module);
    base.extend(named.inside.iter().cloned());
    let mut rest = named.segments.as_slice();
    match rest.first()?.as_str() {
        "crate" => {
            base.clear();
            rest = &rest[1..];
        }
        "self" => rest = &rest[1..],
        "super" => {
            while rest.first().is_some_and(|segment| segment == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        child if found.children.iter().any(|known| known == child) => {}
        _ => return None,
    }
    // What stands in a module within a file stands in the file.
    let inner = named.inside.len().min(base.len().saturating_sub(split(module).len()));
    base.truncate(base.len() - inner);
    base.extend_from_slice(rest);
    Some(base)
}

fn split(module: &str) -> Vec<String> {
    module.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The same uses between the modules of the crate's root.
pub(crate) fn between_roots(uses: &Graph) -> Graph {
    let root = |module: &String| module.split("::").next().unwrap_or_default().to_owned();
    let mut graph = Graph::new();
    for (from, all) in uses {
        let used = graph.entry(root(from)).or_default();
        used.extend(all.iter().map(root).filter(|to| *to != root(from)));
    }
    graph
}

/// The sets of nodes that reach each other, each in order.
pub(crate) fn circles(graph: &Graph) -> Vec<Vec<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        graph.keys().map(|node| (node, reachable(graph, node))).collect();
    let mut circles: Vec<Vec<String>> = Vec::new();
    for (node, there) in &reached {
        let circle: Vec<String> = there
            .iter()
            .filter(|other| reached.get(**other).is_some_and(|back| back.contains(node)))
            .map(|other| (*other).clone())
            .collect();
        if circle.len() > 1 && !circles.contains(&circle) {
            circles.push(circle);
        }
    }
    circles
}

/// What `from` uses, directly or through others; itself only where it goes in a circle.
fn reachable<'a>(graph: &'a Graph, from: &str) -> BTreeSet<&'a String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&String> = graph[from].iter().collect();
    while let Some(node) = open.pop() {
        if found.insert(node) {
            open.extend(graph.get(node).into_iter().flatten());
        }
    }
    found
}
