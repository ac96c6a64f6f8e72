//! Every path that a file's code names: in `use`, in types, expressions and attributes of visibility, and in the
//! tokens of macros. Code under `#[cfg(test)]` is left out.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};

/// A path as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Its segments, with `crate`, `super` and `self` as they stand; `*` ends a glob.
    pub(crate) segments: Vec<String>,
    /// Modules declared in this file around it.
    pub(crate) inside: Vec<String>,
    /// What it imports, if it stands in a `use`.
    pub(crate) import: Option<Import>,
}

/// What a `use` brings in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// The name it has here.
    pub(crate) name: String,
    /// Whether others may use it from here.
    pub(crate) exported: bool,
}

/// What is found in a file.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Every path.
    pub(crate) paths: Vec<Named>,
    /// Modules declared here that are in files of their own.
    pub(crate) children: Vec<String>,
    /// Such modules that exist for tests only.
    pub(crate) test_children: Vec<String>,
    /// Names of items defined here.
    pub(crate) items: BTreeSet<String>,
    /// Names that a `use` brings in.
    pub(crate) imported: BTreeSet<String>,
    /// `use crate::{…}`: a group right behind `crate` hides which modules are used.
    pub(crate) root_groups: usize,
}

/// Reads a file's text.
pub(crate) fn read(text: &str) -> Found {
    let file = syn::parse_file(text).expect("the file compiles, so it parses");
    let mut reader = Reader::default();
    reader.visit_file(&file);
    reader.found
}

#[derive(Default)]
struct Reader {
    found: Found,
    inside: Vec<String>,
}

impl Reader {
    fn name(&mut self, segments: Vec<String>, import: Option<Import>) {
        self.found.imported.extend(import.as_ref().map(|import| import.name.clone()));
        self.found.paths.push(Named { segments, inside: self.inside.clone(), import });
    }

    /// Follows a `use` to its ends.
    fn tree(&mut self, tree: &syn::UseTree, before: &mut Vec<String>, exported: bool) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.tree(&path.tree, before, exported);
                before.pop();
            }
            syn::UseTree::Name(name) if name.ident == "self" => {
                let name = before.last().cloned().unwrap_or_default();
                self.name(before.clone(), Some(Import { name, exported }));
            }
            syn::UseTree::Name(name) => {
                self.end(&name.ident.to_string(), name.ident.to_string(), before, exported);
            }
            syn::UseTree::Rename(rename) => {
                self.end(&rename.ident.to_string(), rename.rename.to_string(), before, exported);
            }
            syn::UseTree::Glob(_) => self.end("*", "*".to_owned(), before, exported),
            syn::UseTree::Group(group) => {
                if before.last().is_some_and(|last| last == "crate") {
                    self.found.root_groups += 1;
                }
                for tree in &group.items {
                    self.tree(tree, before, exported);
                }
            }
        }
    }

    fn end(&mut self, last: &str, name: String, before: &mut Vec<String>, exported: bool) {
        before.push(last.to_owned());
        self.name(before.clone(), Some(Import { name, exported }));
        before.pop();
    }

    /// An item that stands directly in the file.
    fn define(&mut self, item: &syn::Item) {
        let ident = match item {
            syn::Item::Const(item) => &item.ident,
            syn::Item::Enum(item) => &item.ident,
            syn::Item::Fn(item) => &item.sig.ident,
            syn::Item::Static(item) => &item.ident,
            syn::Item::Struct(item) => &item.ident,
            syn::Item::Trait(item) => &item.ident,
            syn::Item::Type(item) => &item.ident,
            syn::Item::Union(item) => &item.ident,
            syn::Item::Mod(item) if item.content.is_some() => &item.ident,
            syn::Item::Macro(syn::ItemMacro { ident: Some(ident), .. }) => ident,
            _ => return,
        };
        self.found.items.insert(ident.to_string());
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if attributes(item).iter().any(is_for_tests) {
            if let syn::Item::Mod(syn::ItemMod { ident, content: None, .. }) = item {
                self.found.test_children.push(ident.to_string());
            }
            return;
        }
        if self.inside.is_empty() {
            self.define(item);
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.content.is_none() {
            self.found.children.push(module.ident.to_string());
            return;
        }
        self.inside.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.inside.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let exported = !matches!(item.vis, syn::Visibility::Inherited);
        self.tree(&item.tree, &mut Vec::new(), exported);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.name(segments, None);
        visit::visit_path(self, path);
    }

    /// The tokens of a macro are not parsed; their text is searched for paths.
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let text = call.tokens.to_string().replace("::", " :: ");
        let mut words = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
        let mut path: Vec<String> = Vec::new();
        let mut joined = false;
        while let Some(word) = words.by_ref().find(|word| !word.is_empty()) {
            match word {
                "::" => joined = true,
                _ if joined => {
                    path.push(word.to_owned());
                    joined = false;
                }
                _ => {
                    if !path.is_empty() {
                        self.name(std::mem::take(&mut path), None);
                    }
                    path.push(word.to_owned());
                }
            }
        }
        if !path.is_empty() {
            self.name(path, None);
        }
        visit::visit_macro(self, call);
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether this is exactly `#[cfg(test)]`.
fn is_for_tests(attribute: &syn::Attribute) -> bool {
    let is_cfg = attribute.path().is_ident("cfg");
    is_cfg && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
}
