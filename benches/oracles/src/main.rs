//! Prints fees and times of Leyden, petgraph and LDK on the same questions.
//!
//!     cargo run --release -p leyden-oracles -- [--queries N] [--fresh N] [--checked N] [--nodes N] [FILE...]
//!
//! Each question is asked once, by searches that have answered others before. FILE is a network in any
//! format that Leyden reads. The generated network is always there; with `LEYDEN_DATA`, the snapshots of
//! 2020 and 2026 too.

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use leyden::engine::Seeds;
use leyden::network::{self, Generator, Network, ReadOptions};
use leyden::units::Msat;
use leyden_oracles::compare::{Agreement, Answers, ask_ldk, ask_ours, ask_plain, without_minima};
use leyden_oracles::ldk::Ldk;
use leyden_oracles::numbers::{Times, float, quantile, timed};
use leyden_oracles::ours::Ours;
use leyden_oracles::plain::Plain;
use leyden_oracles::question::{Limits, Question, draw};

/// Other questions to each search before those that count.
const WARM_UP: usize = 50;

/// What to do.
struct Options {
    /// Questions to all three.
    queries: usize,
    /// New questions to Leyden alone, each once and without inner clocks.
    fresh: usize,
    /// Further questions to Leyden and petgraph, for the fee alone.
    checked: usize,
    /// Size of the generated network.
    nodes: u32,
    files: Vec<PathBuf>,
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options =
        Options { queries: 1_000, fresh: 20_000, checked: 2_000, nodes: 16_000, files: Vec::new() };
    if let Some(data) = env::var_os("LEYDEN_DATA").map(PathBuf::from) {
        options.files =
            ["cloth-2020", "lightning-2026-02-03.csv"].map(|name| data.join(name)).into();
    }
    let mut arguments = env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || -> Result<u32, Box<dyn Error>> {
            let value = arguments.next().ok_or("a flag stands without its number")?;
            Ok(value.to_str().ok_or("not a number")?.parse()?)
        };
        match argument.to_str() {
            Some("--queries") => options.queries = usize::try_from(value()?)?,
            Some("--fresh") => options.fresh = usize::try_from(value()?)?,
            Some("--checked") => options.checked = usize::try_from(value()?)?,
            Some("--nodes") => options.nodes = value()?,
            Some(flag) if flag.starts_with('-') => {
                return Err(format!("no such flag: {flag}").into());
            }
            _ => options.files.push(argument.into()),
        }
    }
    Ok(options)
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let out = &mut io::stdout().lock();
    for file in &options.files {
        let loaded = network::read(file, ReadOptions::default())?;
        study(&shown(file), &loaded.network, &options, out)?;
    }
    let generator = Generator::Lightning2026 { nodes: options.nodes };
    let made = network::generate(&generator, Seeds::new(42, 0));
    study(&format!("lightning_2026, {} nodes, seed 42", options.nodes), &made, &options, out)
}

fn shown(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

/// Everything about one network.
fn study(
    name: &str,
    network: &Network,
    options: &Options,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let core = network::core(network);
    let (nodes, channels) = (network.node_count(), network.channel_count());
    writeln!(out, "\n{name}: {nodes} nodes, {channels} channels, {} in the core", core.len())?;
    let mut source = Seeds::new(42, 0).stream("questions");
    let questions = draw(&core, options.queries, &mut source);
    let warm = draw(&core, WARM_UP, &mut Seeds::new(43, 0).stream("questions"));
    let (mut ours, plain, ldk) =
        (Ours::new(network, Limits::OF_LDK), Plain::new(network), Ldk::new(network));
    ask_ours(&mut ours, &warm);
    let our_answers = ask_ours(&mut ours, &questions);
    ask_plain(&plain, &warm);
    let plain_answers = ask_plain(&plain, &questions);
    ask_ldk(&ldk, &warm, Limits::OF_LDK);
    let ldk_answers = ask_ldk(&ldk, &questions, Limits::OF_LDK);
    times(&our_answers, &plain_answers, &ldk_answers, out)?;
    agreement(network, &questions, &our_answers.fees, &ldk_answers.fees, out)?;
    fresh(network, &draw(&core, options.fresh, &mut source), out)?;
    checked(network, &plain, &draw(&core, options.checked, &mut source), out)?;
    out.flush()?;
    Ok(())
}

fn times(ours: &Answers, plain: &Answers, ldk: &Answers, out: &mut impl Write) -> io::Result<()> {
    let routed = |answers: &Answers| -> Vec<u64> {
        let found = answers.nanos.iter().zip(ours.fees.iter().zip(&ldk.fees));
        found.filter(|(_, (a, b))| a.is_some() && b.is_some()).map(|(&nanos, _)| nanos).collect()
    };
    let our_nanos = routed(ours);
    let questions = ours.fees.len();
    writeln!(out, "  {} of {questions} questions have a route (Leyden and LDK)", our_nanos.len())?;
    writeln!(
        out,
        "  us per question     median       mean        p99   Leyden is faster: median (10 %, 90 %)"
    )?;
    for (name, answers) in [("Leyden", ours), ("petgraph", plain), ("LDK", ldk)] {
        let nanos = routed(answers);
        let Some(Times { median, mean, p99 }) = Times::of(&nanos) else { continue };
        write!(out, "  {name:<12} {median:>13.1} {mean:>10.1} {p99:>10.1}")?;
        let ratios: Vec<f64> =
            nanos.iter().zip(&our_nanos).map(|(&other, &own)| float(other) / float(own)).collect();
        if let [Some(low), Some(middle), Some(high)] = [10, 50, 90].map(|p| quantile(&ratios, p)) {
            write!(out, "   {middle:.0} ({low:.0}, {high:.0})")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Fees of Leyden and LDK; the questions answered differently are asked again without minima.
fn agreement(
    network: &Network,
    questions: &[Question],
    ours: &[Option<Msat>],
    theirs: &[Option<Msat>],
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "  fees of LDK: {:?}", Agreement::of(ours, theirs))?;
    let pairs = questions.iter().zip(ours.iter().zip(theirs));
    let different: Vec<_> = pairs.filter(|(_, (own, other))| own != other).collect();
    if different.is_empty() {
        return Ok(());
    }
    for (question, (own, other)) in &different {
        if other.is_some_and(|other| own.is_none_or(|own| own > other)) {
            writeln!(out, "  LDK alone or cheaper: {question:?}, {own:?} against {other:?}")?;
        }
    }
    let different: Vec<Question> = different.iter().map(|(question, _)| **question).collect();
    let free = without_minima(network);
    let ours = ask_ours(&mut Ours::new(&free, Limits::OF_LDK), &different);
    let theirs = ask_ldk(&Ldk::new(&free), &different, Limits::OF_LDK);
    let counts = Agreement::of(&ours.fees, &theirs.fees);
    let count = different.len();
    writeln!(out, "  the {count} different ones with every htlc_minimum_msat 0: {counts:?}")
}

/// Leyden alone, under the limits of a run, on questions that it has not seen.
fn fresh(network: &Network, questions: &[Question], out: &mut impl Write) -> io::Result<()> {
    let mut ours = Ours::new(network, Limits::OF_RUNS);
    let (nanos, found) = timed(|| questions.iter().filter(|question| ours.ask(question)).count());
    let count = u64::try_from(questions.len()).unwrap_or(u64::MAX);
    let mean = float(nanos) / 1e3 / float(count.max(1));
    writeln!(out, "  fresh: {found} of {count} found, {mean:.2} us per question in the mean")
}

/// Leyden and petgraph without limits on length and expiry, for the fee alone.
fn checked(
    network: &Network,
    plain: &Plain,
    questions: &[Question],
    out: &mut impl Write,
) -> io::Result<()> {
    let limits = Limits { hops: u8::MAX, cltv: u32::MAX };
    let ours = ask_ours(&mut Ours::new(network, limits), questions);
    let theirs = ask_plain(plain, questions);
    let counts = Agreement::of(&ours.fees, &theirs.fees);
    writeln!(out, "  fees of petgraph, {} further questions: {counts:?}", questions.len())
}
