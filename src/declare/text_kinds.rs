//! Kinds made of text: names, words of a closed list, paths, and arrays of any kind.

use std::marker::PhantomData;
use std::path::{Component, Path, PathBuf};

use crate::declare::catalogue::{Key, plain};
use crate::declare::form::Form;
use crate::declare::kind::{Fault, Kind, Raw};
use crate::declare::number::POSITIVE;
use crate::declare::params::Worded;
use crate::declare::problem::quoted;
use crate::declare::section::Section;
use crate::declare::tree::Value;

/// A name that is safe in output: `[A-Za-z0-9_.:-]{1,80}`.
pub(crate) struct Name;

impl Name {
    const RULE: &'static str =
        "must be 1 to 80 of the characters A-Z, a-z, 0-9, `_`, `.`, `:` and `-`";
    /// Whether a character may stand in a name.
    pub(crate) const fn allows(c: char) -> bool {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-')
    }
}

impl Kind for Name {
    type Out = String;
    fn parse(&self, raw: Raw<'_>) -> Result<String, Fault> {
        let text = raw.text().ok_or_else(|| raw.expected("string"))?;
        // A name becomes a folder: these two would be others than its own.
        let is_dots = matches!(text, "." | "..");
        if text.chars().all(Self::allows) && (1..=80).contains(&text.len()) && !is_dots {
            Ok(text.to_owned())
        } else {
            Err(Fault::new(format!("{}, but is `{}`", Self::RULE, quoted(text))))
        }
    }
    fn show(&self, value: &String) -> String {
        format!("\"{value}\"")
    }
    fn stand_in(&self) -> String {
        "x".to_owned()
    }
    fn form(&self) -> Form {
        Form::Text { what: "name", pattern: "^[A-Za-z0-9_.:-]{1,80}$" }
    }
}

/// One of a closed list of words.
pub(crate) struct Word<T>(PhantomData<T>);

impl<T> Word<T> {
    /// Any word of the list.
    pub(crate) const ANY: Self = Self(PhantomData);
}

impl<T: Worded> Kind for Word<T> {
    type Out = T;
    fn parse(&self, raw: Raw<'_>) -> Result<T, Fault> {
        let text = raw.text().ok_or_else(|| raw.expected("string"))?;
        let found = T::WORDS.iter().find(|(word, ..)| *word == text);
        found.map(|(_, value, _)| *value).ok_or_else(|| {
            let words: Vec<_> = T::WORDS.iter().map(|(word, ..)| format!("\"{word}\"")).collect();
            Fault::new(format!("unknown value `{}`", quoted(text)))
                .help(format!("use one of {}", words.join(", ")))
        })
    }
    fn show(&self, value: &T) -> String {
        format!("\"{}\"", value.word())
    }
    fn stand_in(&self) -> T {
        T::WORDS[0].1
    }
    fn form(&self) -> Form {
        Form::Words(T::WORDS.iter().map(|(word, _, meaning)| (*word, plain(meaning))).collect())
    }
}

/// A path as the program uses it, and as the resolved scenario shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InputPath {
    pub(crate) used: PathBuf,
    shown: String,
}

/// An input that must exist. Relative to the scenario's folder, on the command line to the current one.
pub(crate) struct Input {
    /// Whether a folder will do.
    pub(crate) folder: bool,
}

impl Kind for Input {
    type Out = InputPath;
    fn parse(&self, raw: Raw<'_>) -> Result<InputPath, Fault> {
        let text = raw.text().ok_or_else(|| raw.expected("string"))?;
        if text.is_empty() || text.contains('\0') {
            return Err(Fault::new(format!("expected a path, found `{}`", quoted(text))));
        }
        let start = if raw.node.at.is_on_command_line() { raw.current } else { raw.folder };
        let used = start.join(text);
        let path = InputPath { shown: seen_from(raw.folder, &used), used };
        let at = quoted(&path.used.to_string_lossy());
        match std::fs::metadata(&path.used) {
            Ok(found) if found.is_dir() && !self.folder => {
                Err(Fault::new(format!("`{at}` is a folder, not a file")))
            }
            Ok(_) => {
                raw.inputs.borrow_mut().push(path.used.clone());
                Ok(path)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let base = if raw.node.at.is_on_command_line() {
                    "the current folder"
                } else {
                    "the scenario's folder"
                };
                Err(Fault::new(format!("no such file: `{at}`"))
                    .help(format!("relative paths start from {base} here")))
            }
            Err(error) => Err(Fault::new(format!("cannot read `{at}`: {error}"))),
        }
    }
    fn show(&self, value: &InputPath) -> String {
        text_literal(&value.shown)
    }
    fn stand_in(&self) -> InputPath {
        InputPath { used: PathBuf::new(), shown: String::new() }
    }
    fn form(&self) -> Form {
        Form::Text { what: "path, relative to the scenario's folder", pattern: "." }
    }
}

/// Reads the path of a file that must exist.
pub(crate) fn input_file(s: &mut Section<'_, '_>, key: Key) -> PathBuf {
    s.required(key, &Input { folder: false }).used
}

/// A path as it is written relative to a folder, wherever the two are: so that results depend on which file is read, not
/// on how its path was spelt, or on the machine.
pub(crate) fn seen_from(folder: &Path, path: &Path) -> String {
    let steps = |path: &Path| {
        // The empty path is the current folder, and no path to `absolute`.
        let path = Path::new(".").join(path);
        let whole = std::path::absolute(&path).unwrap_or(path);
        let mut steps: Vec<_> = Vec::new();
        for step in whole.components() {
            match step {
                Component::ParentDir => drop(steps.pop()),
                Component::CurDir => {}
                _ => steps.push(step.as_os_str().to_owned()),
            }
        }
        steps
    };
    let (from, to) = (steps(folder), steps(path));
    let common = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let down = to[common..].iter().map(|step| step.to_string_lossy().into_owned());
    let seen: Vec<String> = up.chain(down).collect();
    if seen.is_empty() { ".".to_owned() } else { seen.join("/") }
}

/// A string as TOML.
pub(crate) fn text_literal(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// An array whose elements are all of one kind.
pub(crate) struct List<K>(pub(crate) K);

impl<K: Kind> Kind for List<K> {
    type Out = Vec<K::Out>;
    fn parse(&self, raw: Raw<'_>) -> Result<Vec<K::Out>, Fault> {
        let Value::List(nodes) = &raw.node.value else {
            let written = || raw.sources.text(&raw.node.at).to_owned();
            let text = raw.text().map_or_else(written, text_literal);
            return Err(raw.expected("array").help(format!("write [{}]", quoted(&text))));
        };
        nodes
            .iter()
            .map(|node| {
                self.0.parse(raw.with(node)).map_err(|fault| Fault {
                    at: Some(fault.at.unwrap_or_else(|| node.at.clone())),
                    ..fault
                })
            })
            .collect()
    }
    fn show(&self, values: &Vec<K::Out>) -> String {
        let shown: Vec<_> = values.iter().map(|value| self.0.show(value)).collect();
        format!("[{}]", shown.join(", "))
    }
    fn stand_in(&self) -> Vec<K::Out> {
        Vec::new()
    }
    fn form(&self) -> Form {
        Form::List(Box::new(self.0.form()))
    }
}

/// Payer, payee and weight: `["Alice", "Dave", 1.0]`.
pub(crate) struct Pair;

impl Kind for Pair {
    type Out = (String, String, f64);
    fn parse(&self, raw: Raw<'_>) -> Result<Self::Out, Fault> {
        let Value::List(nodes) = &raw.node.value else { return Err(raw.expected("array")) };
        let [payer, payee, weight] = nodes.as_slice() else {
            return Err(Fault::new("expected [payer, payee, weight]"));
        };
        let payer_name = Name.parse(raw.with(payer))?;
        let payee_name = Name.parse(raw.with(payee))?;
        if payer_name == payee_name {
            return Err(Fault::new(format!("`{payer_name}` cannot pay itself")));
        }
        Ok((payer_name, payee_name, POSITIVE.parse(raw.with(weight))?))
    }
    fn show(&self, (payer, payee, weight): &Self::Out) -> String {
        format!("[\"{payer}\", \"{payee}\", {weight:?}]")
    }
    fn stand_in(&self) -> Self::Out {
        ("a".to_owned(), "b".to_owned(), 1.0)
    }
    fn form(&self) -> Form {
        let forms = vec![Name.form(), Name.form(), POSITIVE.form()];
        Form::Tuple { forms, open: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_seen_from_the_scenario_however_it_was_spelt() {
        let here = std::env::current_dir().expect("there is one");
        let seen = |folder: &str, path: &str| seen_from(Path::new(folder), Path::new(path));
        assert_eq!(seen("scenarios", "scenarios/four-nodes"), "four-nodes");
        assert_eq!(seen("scenarios", "scenarios/./x/../four-nodes"), "four-nodes");
        let spelt_out = here.join("scenarios/four-nodes");
        assert_eq!(seen_from(Path::new("scenarios"), &spelt_out), "four-nodes");
        assert_eq!(seen("a/b", "data/net.json"), "../../data/net.json");
        assert_eq!(seen("", "data/net.json"), "data/net.json");
        assert_eq!(seen("a", "a"), ".");
    }
}
