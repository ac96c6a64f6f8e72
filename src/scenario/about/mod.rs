//! What can be said in a scenario, told without reading one: `leyden keys`, `leyden schema`,
//! `docs/scenario.md`, and the comments of `leyden check`.
//!
//! All of it is made from the declarations of the keys, through the catalogue.

mod annotated;
mod document;
mod listing;
mod schema;

use std::path::Path;

use crate::declare::catalogue::Catalogue;
use crate::declare::place::Sources;
use crate::declare::reader::Reader;
use crate::scenario::load::everything;

pub(crate) use annotated::annotated;
pub(crate) use document::document;
pub(crate) use listing::{keys, nearest_keys};
pub(crate) use schema::schema;

/// All keys of a scenario.
fn catalogue() -> Catalogue {
    let sources = Sources::of_file(String::new(), String::new());
    Reader::new(&sources, Path::new(""), everything, "NAME".to_owned()).explore()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares a generated file that is kept in the repository; `LEYDEN_BLESS=1` writes it anew.
    pub(super) fn current(file: &str, text: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        if std::env::var_os("LEYDEN_BLESS").is_some() {
            std::fs::write(&path, text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        let is_current = kept == text;
        assert!(is_current, "{file} is out of date: run the tests once with LEYDEN_BLESS=1");
    }
    use crate::declare::form::Form;
    use crate::declare::{Presence, Role};

    #[test]
    fn every_key_has_a_meaning_that_is_a_sentence() {
        let catalogue = catalogue();
        assert!(catalogue.entries.len() > 350, "{}", catalogue.entries.len());
        for entry in &catalogue.entries {
            let (meaning, source) = entry.told();
            let path = entry.path();
            assert!(meaning.len() >= 8, "`{path}` has no meaning");
            assert!(meaning.ends_with('.'), "`{path}` has no full stop: {meaning}");
            assert!(meaning.chars().count() < 400, "`{path}`: {meaning}");
            let starts = meaning.chars().next().expect("it is not empty");
            let is_name = starts == '−' || meaning.starts_with("lnd") || starts.is_numeric();
            assert!(starts.is_uppercase() || is_name, "`{path}`: {meaning}");
            assert!(source.is_empty() || source.ends_with('.'), "`{path}`: source {source}");
        }
    }

    #[test]
    fn every_choice_lists_its_alternatives_and_its_default_is_one_of_them() {
        let catalogue = catalogue();
        let mut choices = 0;
        for entry in &catalogue.entries {
            let Role::Choice { default } = &entry.role else { continue };
            choices += 1;
            let path = entry.path();
            let names: Vec<_> = catalogue
                .of(&path)
                .filter(|entry| entry.role == Role::Alternative)
                .map(|entry| entry.key)
                .collect();
            assert!(names.len() > 1, "`{path}` has the alternatives {names:?}");
            assert!(default.is_none_or(|default| names.contains(&default)), "`{path}`");
        }
        assert!(choices > 15, "{choices}");
        for entry in &catalogue.entries {
            if let Role::Value { form: Form::Words(words), presence } = &entry.role {
                assert!(
                    words.iter().all(|(_, meaning)| meaning.ends_with('.')),
                    "{}",
                    entry.path()
                );
                let Presence::Default(default) = presence else { continue };
                let word = default.trim_matches('"');
                assert!(words.iter().any(|(known, _)| *known == word), "{}", entry.path());
            }
        }
    }
}
