//! `leyden keys`: every key with its meaning, by prefix or by word.

use std::fmt::Write as _;

use crate::declare::catalogue::Catalogue;
use crate::declare::form::Form;
use crate::declare::hint::nearest;
use crate::declare::{Entry, Presence, Role};
use crate::scenario::about::catalogue;

/// All keys that fit `asked`: those whose path begins with it, else those that have it in their path or
/// their meaning, in any case. `None`: all. Empty where nothing fits.
pub(crate) fn keys(asked: Option<&str>) -> String {
    let catalogue = catalogue();
    let asked = asked.unwrap_or_default().trim().trim_matches(['[', ']']);
    let below = format!("{asked}.");
    let is_below = |entry: &&Entry| {
        asked.is_empty() || entry.path() == asked || entry.path().starts_with(&below)
    };
    let mut found: Vec<_> = catalogue.entries.iter().filter(is_below).collect();
    if found.is_empty() {
        found = catalogue.entries.iter().filter(|entry| has_word(entry, asked)).collect();
    }
    found.into_iter().map(|entry| told(&catalogue, entry)).collect::<Vec<_>>().join("\n")
}

/// The path that may have been meant by one that is no key.
pub(crate) fn nearest_keys(asked: &str) -> Option<String> {
    let paths: Vec<_> = catalogue().entries.iter().map(Entry::path).collect();
    nearest(asked, paths.iter().map(String::as_str)).map(str::to_owned)
}

fn has_word(entry: &Entry, word: &str) -> bool {
    let word = word.to_lowercase();
    let words = match &entry.role {
        Role::Value { form: Form::Words(words), .. } => words
            .iter()
            .fold(String::new(), |all, (word, meaning)| all + word + " " + meaning + " "),
        _ => String::new(),
    };
    [entry.path(), entry.meaning.clone(), words]
        .iter()
        .any(|text| text.to_lowercase().contains(&word))
}

/// A key in a few lines.
fn told(catalogue: &Catalogue, entry: &Entry) -> String {
    let path = entry.path();
    let (meaning, source) = entry.told();
    let mut text = match &entry.role {
        Role::Value { presence: Presence::Required, .. } => format!("{path}  (required)\n"),
        Role::Value { presence: Presence::Default(default), .. } => format!("{path} = {default}\n"),
        Role::Value { presence: Presence::Optional(absent), .. } => {
            format!("{path}  (absent: {absent})\n")
        }
        Role::Table { absent: Some(absent) } => format!("[{path}]  (absent: {absent})\n"),
        Role::Table { absent: None } | Role::Alternative => format!("[{path}]\n"),
        Role::Array => format!("[[{path}]]\n"),
        Role::Choice { default: Some(default) } => format!("[{path}.{default}]\n"),
        Role::Choice { default: None } => format!("[{path}.NAME]  (required)\n"),
    };
    line(&mut text, meaning);
    match &entry.role {
        Role::Value { form: Form::Words(words), .. } => {
            for (word, meaning) in words {
                line(&mut text, &format!("\"{word}\": {meaning}"));
            }
        }
        Role::Value { form, .. } => line(&mut text, &capital(&form.in_words())),
        Role::Choice { .. } => {
            line(&mut text, "One of these tables:");
            for alternative in catalogue.of(&path) {
                let (meaning, _) = alternative.told();
                line(&mut text, &format!("{}: {meaning}", alternative.key));
            }
        }
        _ => {}
    }
    if !source.is_empty() {
        line(&mut text, &format!("Source: {source}"));
    }
    text
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "    {line}").expect("writing to a string");
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_by_prefix_and_by_word() {
        let burial = keys(Some("lightning.onchain.burial"));
        assert!(burial.starts_with("lightning.onchain.burial = 6\n"), "{burial}");
        assert!(burial.contains("Integer, 1 to 1_000."), "{burial}");
        assert!(burial.contains("Source: LDK"), "{burial}");
        let table = keys(Some("[lightning.onchain]"));
        assert!(table.contains("burial") && table.contains("to_self_delay"), "{table}");
        let word = keys(Some("MPP"));
        assert!(word.contains("lightning.routing.cloth.halving = true"), "{word}");
        let latency = keys(Some("lightning.latency"));
        assert!(latency.contains("by_region: By the regions"), "{latency}");
        assert!(keys(None).contains("card.fees.debit.markup = 0.0"));
        assert_eq!(keys(Some("no such thing")), "");
        let near = nearest_keys("lightning.onchain.buriall");
        assert_eq!(near.as_deref(), Some("lightning.onchain.burial"));
    }
}
