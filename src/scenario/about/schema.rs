//! `leyden schema`: what a scenario may say, as JSON Schema (draft 7, which editors of TOML know).
//!
//! Rules between keys are left to `leyden check`, but for those that only say which keys exclude or need
//! each other.

use serde_json::{Map, Value, json};

use crate::declare::catalogue::Catalogue;
use crate::declare::{Entry, Presence, Role};
use crate::scenario::about::catalogue;

/// The schema, as text.
pub(crate) fn schema() -> String {
    let catalogue = catalogue();
    let mut schema = table(&catalogue, "");
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("Leyden scenario");
    let text = serde_json::to_string_pretty(&schema).expect("it is a tree of plain values");
    text + "\n"
}

/// A table and everything in it.
fn table(catalogue: &Catalogue, path: &str) -> Value {
    let entries: Vec<_> = catalogue.of(path).collect();
    let mut properties = Map::new();
    let mut required = Vec::new();
    let mut rest = json!(false);
    for entry in &entries {
        let (schema, is_required) = one(catalogue, entry);
        if entry.key == "*" {
            rest = json!({ "type": ["array", "object"], "description": entry.meaning });
            continue;
        }
        properties.insert(entry.key.to_owned(), schema);
        if is_required {
            required.push(entry.key);
        }
    }
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": rest,
    });
    let mut rules = exclusions(catalogue, path, &mut required);
    rules.extend(one_of(&entries));
    if !rules.is_empty() {
        schema["allOf"] = json!(rules);
    }
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// What stands under a key, and whether it must be there.
fn one(catalogue: &Catalogue, entry: &Entry) -> (Value, bool) {
    let path = entry.path();
    let (mut schema, is_required) = match &entry.role {
        Role::Value { form, presence } => {
            let mut schema = form.schema();
            if let Presence::Default(default) = presence {
                schema["default"] = as_json(default);
            }
            (schema, *presence == Presence::Required)
        }
        // What a table needs may be given on the command line instead.
        Role::Table { .. } | Role::Alternative => (table(catalogue, &path), false),
        Role::Choice { default } => {
            let mut schema = table(catalogue, &path);
            schema["maxProperties"] = json!(1);
            if default.is_none() {
                schema["minProperties"] = json!(1);
            }
            (schema, default.is_none())
        }
        Role::Array => (json!({ "type": "array", "items": table(catalogue, &path) }), false),
    };
    schema["description"] = json!(entry.meaning);
    (schema, is_required)
}

/// Of keys that exclude each other at most one is there, and one where one is needed.
fn exclusions(catalogue: &Catalogue, path: &str, required: &mut Vec<&str>) -> Vec<Value> {
    let mut rules = Vec::new();
    for (_, first, others) in catalogue.exclusions.iter().filter(|(table, ..)| table == path) {
        for other in others {
            rules.push(json!({ "not": { "required": [first, other] } }));
        }
        let needed: Vec<_> = others.iter().filter(|other| required.contains(*other)).collect();
        if required.contains(first) && !needed.is_empty() {
            rules.push(json!({ "anyOf": [{ "required": [first] }, { "required": needed }] }));
        }
        required.retain(|key| key != first && !others.contains(key));
    }
    rules
}

/// Alternatives beside other keys: exactly one is there.
fn one_of(entries: &[&Entry]) -> Option<Value> {
    let is_alternative = |entry: &&&Entry| entry.role == Role::Alternative;
    let names: Vec<_> = entries.iter().filter(is_alternative).map(|entry| entry.key).collect();
    if names.is_empty() || names.len() == entries.len() {
        return None;
    }
    let one = |name: &&str| json!({ "required": [name] });
    Some(json!({ "oneOf": names.iter().map(one).collect::<Vec<_>>() }))
}

/// A default, written as TOML, as JSON.
fn as_json(toml: &str) -> Value {
    let table = toml::from_str::<toml::Table>(&format!("x = {toml}"));
    let value = table.ok().and_then(|mut table| table.remove("x"));
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn validator() -> jsonschema::Validator {
        let schema: Value = serde_json::from_str(&schema()).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    }

    fn json_of(toml: &str) -> Value {
        serde_json::to_value(toml::from_str::<toml::Table>(toml).unwrap()).unwrap()
    }

    fn scenarios() -> impl Iterator<Item = (String, String)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        std::fs::read_dir(folder).unwrap().filter_map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let is_scenario = path.extension().is_some_and(|extension| extension == "toml");
            is_scenario.then(|| (name, std::fs::read_to_string(&path).unwrap()))
        })
    }

    #[test]
    fn the_schema_accepts_every_shipped_scenario_which_names_it() {
        let validator = validator();
        let mut count = 0;
        for (name, text) in scenarios() {
            let errors: Vec<_> =
                validator.iter_errors(&json_of(&text)).map(|e| e.to_string()).collect();
            assert!(errors.is_empty(), "{name}: {errors:?}");
            assert!(text.starts_with("#:schema ./scenario.schema.json\n"), "{name}");
            count += 1;
        }
        assert!(count >= 15, "{count} scenarios");
    }

    #[test]
    fn the_schema_refuses_what_is_wrong() {
        let least = "payments = 10\n[network.generate.star]\nnodes = 5\n\
            [workload.arrivals.poisson]\nrate = \"30 /min\"\n\
            [workload.amount.fixed]\nvalue = \"1 sat\"\n";
        let validator = validator();
        assert!(validator.is_valid(&json_of(least)));
        for wrong in [
            least.replace("payments = 10", "payments = 0"),
            least.replace("payments = 10", "payments = \"ten\""),
            least.replace("payments = 10", "paymentz = 10"),
            least.replace("payments = 10", "drain = \"1 parsec\""),
            least.replace("nodes = 5", ""),
            least.replace("nodes = 5", "nodes = 1"),
            least.replace("nodes = 5", "nodes = 5\n[network.generate.ring]\nnodes = 5"),
            least.replace("generate.star", "generate.stars"),
            least.replace("\"1 sat\"", "1_000"),
            least.replace("[workload.amount.fixed]\nvalue = \"1 sat\"", ""),
            format!("{least}trace = \"x.csv\"\n")
                .replace("[workload.amount.fixed]\nvalue = \"1 sat\"\n", "[workload]\n"),
            format!("{least}[card]\nstarts_on = \"someday\"\n"),
            format!("{least}[lightning.protocol]\nanchors_share = 1.5\n"),
            format!("{least}[[attack]]\nname = \"a\"\n"),
            format!(
                "{least}[[attack]]\nname = \"a\"\nwormhole = {{}}\nmass_exit = {{ coalition.degree.nodes = 3 }}\n"
            ),
            format!("{least}[[attack]]\nname = \"a b\"\nwormhole = {{}}\n"),
            format!("{least}[lightning.processing]\nper_signature = \"1 ms\"\n"),
        ] {
            assert!(!validator.is_valid(&json_of(&wrong)), "{wrong}");
        }
    }

    #[test]
    fn the_schema_beside_the_scenarios_is_current() {
        crate::scenario::about::tests::current("scenarios/scenario.schema.json", &schema());
    }
}
