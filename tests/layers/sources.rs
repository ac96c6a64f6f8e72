//! The crate's modules, as their files declare them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::paths::{Found, read};

/// What is found in each file, by its module's path: `routing::lnd`, and "" for `lib.rs`.
pub(crate) struct Sources {
    pub(crate) modules: BTreeMap<String, Found>,
}

impl Sources {
    /// Reads `lib.rs` and all modules that it declares, but those for tests.
    pub(crate) fn of_crate() -> &'static Self {
        static READ: OnceLock<Sources> = OnceLock::new();
        READ.get_or_init(|| {
            let mut sources = Self { modules: BTreeMap::new() };
            sources.add("", &folder().join("lib.rs"), &folder());
            sources
        })
    }

    /// Texts by module, for the tests of the tests.
    pub(crate) fn of_texts(texts: &[(&str, &str)]) -> Self {
        let texts = texts.iter().map(|(module, text)| ((*module).to_owned(), read(text)));
        Self { modules: texts.collect() }
    }

    /// Reads the module in `file`, whose children stand in `below`.
    fn add(&mut self, module: &str, file: &Path, below: &Path) {
        let found = read(&fs::read_to_string(file).expect("a declared module has its file"));
        for child in &found.children {
            let name = if module.is_empty() { child.clone() } else { format!("{module}::{child}") };
            let folder = below.join(child);
            let inner = folder.join("mod.rs");
            let file = if inner.exists() { inner } else { below.join(format!("{child}.rs")) };
            self.add(&name, &file, &folder);
        }
        self.modules.insert(module.to_owned(), found);
    }
}

/// Where the sources are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}
