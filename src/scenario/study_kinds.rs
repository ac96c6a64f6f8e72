//! Kinds of values that only `[study]` has: assignments, paths of keys, lines of text, rungs.

use crate::declare::amount::Rate;
use crate::declare::form::Form;
use crate::declare::kind::{Fault, Kind, Raw};
use crate::declare::number::Whole;
use crate::declare::problem::quoted;
use crate::declare::text_kinds::text_literal;
use crate::declare::tree::{Value, is_path};
use crate::scenario::study_spec::{Rung, Sets};

/// `"key=value; key=value"`.
pub(super) struct Assignments;

impl Kind for Assignments {
    type Out = Sets;
    fn parse(&self, raw: Raw<'_>) -> Result<Sets, Fault> {
        let text = raw.text().ok_or_else(|| raw.expected("string"))?;
        let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
        let pairs = parts.map(|part| {
            let pair = part.split_once('=').map(|(key, value)| (key.trim(), value.trim()));
            match pair {
                Some((key, value)) if is_path(key) => Ok((key.to_owned(), value.to_owned())),
                _ => Err(Fault::new(format!("`{}` is not an assignment", quoted(part)))
                    .help("write \"key.path=value; other.key=value\", as for --set")),
            }
        });
        pairs.collect::<Result<_, _>>().map(Sets)
    }
    fn show(&self, value: &Sets) -> String {
        text_literal(&value.to_string())
    }
    fn stand_in(&self) -> Sets {
        Sets::default()
    }
    fn form(&self) -> Form {
        Form::Text {
            what: "assignments `key=value; key=value`, as for --set",
            pattern: "^([^=;]*=[^;]*;?)*$",
        }
    }
}

/// The dotted path of a key.
pub(super) struct KeyPath;

impl Kind for KeyPath {
    type Out = String;
    fn parse(&self, raw: Raw<'_>) -> Result<String, Fault> {
        let text = raw.text().ok_or_else(|| raw.expected("string"))?;
        if is_path(text) {
            return Ok(text.to_owned());
        }
        Err(Fault::new(format!("`{}` is not a key path", quoted(text)))
            .help("e.g. \"zk_rollup.provers\""))
    }
    fn show(&self, value: &String) -> String {
        text_literal(value)
    }
    fn stand_in(&self) -> String {
        "seed".to_owned()
    }
    fn form(&self) -> Form {
        Form::Text { what: "dotted path of a key", pattern: "^[A-Za-z0-9_.-]+$" }
    }
}

/// A line of text.
pub(super) struct Words;

impl Kind for Words {
    type Out = String;
    fn parse(&self, raw: Raw<'_>) -> Result<String, Fault> {
        let text = raw.text().ok_or_else(|| raw.expected("string"))?;
        let fits = !text.is_empty() && text.len() <= 200 && !text.chars().any(char::is_control);
        if fits {
            return Ok(text.to_owned());
        }
        Err(Fault::new("must be one line of 1 to 200 characters".to_owned()))
    }
    fn show(&self, value: &String) -> String {
        text_literal(value)
    }
    fn stand_in(&self) -> String {
        "x".to_owned()
    }
    fn form(&self) -> Form {
        Form::Text { what: "text", pattern: "." }
    }
}

/// `["10_000 /s", 100, 200]`: a load and network sizes.
pub(super) struct Step;

impl Kind for Step {
    type Out = Rung;
    fn parse(&self, raw: Raw<'_>) -> Result<Rung, Fault> {
        let help = "write [\"10_000 /s\", 100, 200], a load and network sizes";
        let Value::List(nodes) = &raw.node.value else {
            return Err(raw.expected("array").help(help));
        };
        let [rate, sizes @ ..] = nodes.as_slice() else {
            return Err(Fault::new("is empty").help(help));
        };
        let rate = Rate.parse(raw.with(rate))?;
        let size = Whole(1..=1_000_000_000_u64);
        let sizes: Vec<_> =
            sizes.iter().map(|node| size.parse(raw.with(node))).collect::<Result<_, _>>()?;
        if sizes.is_empty() || rate <= 0.0 {
            return Err(Fault::new("needs a load above 0 and a size").help(help));
        }
        Ok(Rung { rate, sizes })
    }
    fn show(&self, value: &Rung) -> String {
        let sizes: Vec<_> = value.sizes.iter().map(u64::to_string).collect();
        format!("[{}, {}]", Rate.show(&value.rate), sizes.join(", "))
    }
    fn stand_in(&self) -> Rung {
        Rung { rate: 1.0, sizes: vec![1] }
    }
    fn form(&self) -> Form {
        let sizes = Whole(1..=1_000_000_000_u64).form();
        Form::Tuple { forms: vec![Rate.form(), sizes], open: true }
    }
}
