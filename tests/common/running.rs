//! Runs of scenarios, with all that they write.

use std::path::Path;

use leyden::report::WriterOptions;
use leyden::scenario::{Overlay, parse};
use leyden::simulation::{Output, prepare, run};
use leyden::system::Control;

/// Runs the scenario `text`, with these keys set, into the new folder `out`. `path` is what its own paths are
/// relative to.
pub(crate) fn run_into(out: &Path, path: &str, text: String, sets: &[(String, String)]) {
    let overlay = Overlay { sets, ..Overlay::default() };
    let loaded =
        parse(Path::new(path), text, overlay).unwrap_or_else(|problems| panic!("{problems}"));
    let setup = prepare(&loaded.scenario, 0, false, 1).unwrap_or_else(|error| panic!("{error:?}"));
    let output = Output { dir: out, options: WriterOptions::default(), trace: None };
    run(setup, Some(output), &|_, _, _| Control::Continue)
        .unwrap_or_else(|error| panic!("{error:?}"));
}
