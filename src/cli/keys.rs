//! `leyden keys`.

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::host;
use crate::scenario;

/// Arguments of `leyden keys`.
#[derive(Debug, Args)]
pub(super) struct KeysArguments {
    /// A key or a table, e.g. `lightning.onchain`, or a word to look for in names and meanings
    /// [default: all keys].
    #[arg(value_name = "PREFIX|WORD")]
    asked: Option<String>,
    /// Print all keys as a Markdown page, as in docs/scenario.md.
    #[arg(long, conflicts_with = "asked")]
    markdown: bool,
}

/// Prints the keys that fit.
pub(super) fn keys(arguments: &KeysArguments) -> Exit {
    let asked = arguments.asked.as_deref();
    let text = if arguments.markdown { scenario::document() } else { scenario::keys(asked) };
    if !text.is_empty() {
        return host::print(&text).map_or(Exit::Io, |()| Exit::Ok);
    }
    let asked = asked.unwrap_or_default();
    let help = scenario::nearest_keys(asked)
        .map_or(String::new(), |near| format!("\n  = help: did you mean `{near}`?"));
    host::note(&format!("error: no key has `{asked}` in its name or meaning{help}"));
    Exit::Usage
}
