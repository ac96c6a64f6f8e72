//! What a value looks like, for people and for JSON Schema.

use serde_json::{Value, json};

use crate::declare::quantity::{self, Unit};

/// What a value looks like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Form {
    /// An integer within bounds, both included.
    Integer { low: i128, high: i128 },
    /// A number within bounds; `above`: the lower one is excluded.
    Number { low: f64, high: f64, above: bool },
    /// True or false.
    Flag,
    /// A number with one of these units, as a string.
    Quantity { what: &'static str, units: &'static [Unit], example: &'static str },
    /// A string that fits a regular expression (ECMA 262); `what` says it in words.
    Text { what: &'static str, pattern: &'static str },
    /// One of these words, each with its meaning.
    Words(Vec<(&'static str, String)>),
    /// An array of one form.
    List(Box<Form>),
    /// An array of these forms; the last one may be repeated if `open`.
    Tuple { forms: Vec<Form>, open: bool },
    /// One of two forms.
    Either(Box<[Form; 2]>),
}

impl Form {
    /// In words, e.g. `integer, 1 to 1_000`.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Integer { low, high } => match integer_bound(*high) {
                Some(high) => {
                    format!("integer, {} to {high}", integer_bound(*low).unwrap_or_default())
                }
                None => format!("integer, from {}", integer_bound(*low).unwrap_or_default()),
            },
            Self::Number { low, high, above } => {
                let from = if *above { "above" } else { "from" };
                format!("number, {from} {low} to {high}")
            }
            Self::Flag => "true or false".to_owned(),
            Self::Quantity { what, units, example } => {
                format!("{what}, e.g. \"{example}\" (units: {})", quantity::names(units))
            }
            Self::Text { what, .. } => (*what).to_owned(),
            Self::Words(words) => {
                let words: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
                format!("one of {}", words.join(", "))
            }
            Self::List(form) => format!("array; each: {}", form.in_words()),
            Self::Tuple { forms, open } => {
                let parts: Vec<_> = forms.iter().map(Self::in_words).collect();
                format!("array of {}{}", parts.join("; "), if *open { "; …" } else { "" })
            }
            Self::Either(two) => format!("{}; or {}", two[0].in_words(), two[1].in_words()),
        }
    }

    /// As JSON Schema.
    pub(crate) fn schema(&self) -> Value {
        match self {
            Self::Integer { low, high } => {
                let mut schema = json!({ "type": "integer" });
                // Larger bounds are beyond what readers of JSON keep exactly.
                for (name, bound) in [("minimum", *low), ("maximum", *high)] {
                    if let Ok(bound) = i64::try_from(bound) {
                        schema[name] = json!(bound);
                    }
                }
                schema
            }
            Self::Number { low, high, above } => {
                let least = if *above { "exclusiveMinimum" } else { "minimum" };
                json!({ "type": "number", least: low, "maximum": high })
            }
            Self::Flag => json!({ "type": "boolean" }),
            Self::Quantity { units, .. } => {
                let names: Vec<_> =
                    units.iter().flat_map(|(names, _)| names.iter().copied()).collect();
                let pattern = format!(
                    "^\\s*\\+?[0-9][0-9_]*(\\.[0-9][0-9_]*)?\\s*({})\\s*$",
                    names.join("|")
                );
                json!({ "type": "string", "pattern": pattern })
            }
            Self::Text { pattern, .. } => json!({ "type": "string", "pattern": pattern }),
            Self::Words(words) => {
                let one = |(word, meaning): &(&str, String)| json!({ "const": word, "description": meaning });
                json!({ "oneOf": words.iter().map(one).collect::<Vec<_>>() })
            }
            Self::List(form) => json!({ "type": "array", "items": form.schema() }),
            Self::Tuple { forms, open } => {
                let schemas: Vec<_> = forms.iter().map(Self::schema).collect();
                let rest = if *open { schemas.last().cloned() } else { None };
                json!({
                    "type": "array",
                    "minItems": schemas.len(),
                    "items": schemas,
                    "additionalItems": rest.unwrap_or(json!(false)),
                })
            }
            Self::Either(two) => json!({ "anyOf": [two[0].schema(), two[1].schema()] }),
        }
    }
}

/// A bound worth telling: not one that only says how numbers are stored.
fn integer_bound(bound: i128) -> Option<String> {
    let is_told = bound < i128::from(u32::MAX);
    is_told.then(|| match u64::try_from(bound) {
        Ok(bound) => quantity::grouped(bound),
        Err(_) => bound.to_string(),
    })
}
