//! How a scenario key is declared, and everything that follows from a declaration.
//!
//! A parameter struct is written with [`params!`], the alternatives of a choice with [`choices!`], a closed
//! list of words with [`words!`]. Each key stands there once: its name, kind, default and, as its doc
//! comment, what it means, in which unit, and where its default comes from (after `Source:`). Parsing,
//! error messages, defaults, `leyden check`, `leyden keys`, the JSON Schema and `docs/scenario.md` are all
//! made from that one place.
//!
//! | file | what it does |
//! | --- | --- |
//! | `params` | the macros |
//! | `section`, `choice`, `array` | a table, a choice and an array of tables while they are read |
//! | `kind`, `number`, `amount`, `text_kinds` | kinds of values: reading, checking, printing, describing |
//! | `quantity` | numbers with units |
//! | `form`, `catalogue` | what can be said about a key without reading a scenario |
//! | `reader` | what reading a whole scenario gathers |
//! | `tree`, `place` | TOML with the places of its values; `--set` laid over it |
//! | `problem`, `hint` | what is wrong, where, and what may have been meant |
//!
//! This module knows no key and no model.

pub(crate) mod amount;
pub(crate) mod array;
pub(crate) mod catalogue;
mod choice;
pub(crate) mod form;
pub(crate) mod hint;
pub(crate) mod kind;
pub(crate) mod number;
mod params;
pub(crate) mod place;
pub(crate) mod problem;
pub(crate) mod quantity;
pub(crate) mod reader;
mod section;
pub(crate) mod text_kinds;
pub(crate) mod tree;

pub(crate) use catalogue::{Entry, Key, Presence, Role};
pub(crate) use choice::{Alternative, Choice};
pub(crate) use params::{
    Declared, Worded, choices, how_doc, key_name, params, read_key, start_value, words,
};
pub(crate) use section::Section;
