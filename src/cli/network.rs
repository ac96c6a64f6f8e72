//! `leyden network`: import, generate, describe and export networks.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

use crate::cli::arguments::{ScenarioArguments, parse_set};
use crate::cli::exit::{Exit, data_exit};
use crate::cli::host;
use crate::engine::Seeds;
use crate::network::{self, FileFormat, Generator, Loaded, Network, ReadOptions, Stated};
use crate::scenario::{self, Overlay};
use crate::simulation;

/// The verbs of `leyden network`.
#[derive(Debug, Subcommand)]
pub(super) enum NetworkCommand {
    /// Convert a snapshot to Leyden's nodes.csv and channels.csv.
    Import(ImportArguments),
    /// Generate a network and write it as nodes.csv and channels.csv.
    Generate(GenerateArguments),
    /// Describe a snapshot: sizes, degrees, capacities, policies, correlations, core.
    Stats(StatsArguments),
    /// Write the network of a scenario, with the balances and software drawn for it.
    Export(ExportArguments),
}

/// A snapshot and how to read it.
#[derive(Debug, Args)]
struct SnapshotArguments {
    /// A file or folder in any format that Leyden reads.
    snapshot: PathBuf,
    /// The format, if it cannot be recognised from the content.
    #[arg(long, value_name = "FORMAT", value_parser = parse_format)]
    format: Option<FileFormat>,
    /// Replace names that are not `[A-Za-z0-9_.:-]{1,80}` by their index.
    #[arg(long)]
    rename: bool,
    /// Leave out channels that connect a node to itself.
    #[arg(long)]
    drop_self_loops: bool,
}

/// Where a network is written.
#[derive(Debug, Args)]
struct TargetArguments {
    /// The folder for nodes.csv and channels.csv.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Replace a network that is there.
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    #[command(flatten)]
    snapshot: SnapshotArguments,
    #[command(flatten)]
    target: TargetArguments,
}

#[derive(Debug, Args)]
pub(super) struct GenerateArguments {
    /// The generator.
    #[arg(value_parser = PossibleValuesParser::new(Generator::names()))]
    model: String,
    /// Set a key of the generator's table, e.g. `--set nodes=2_000`. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = parse_set)]
    sets: Vec<(String, String)>,
    /// The seed.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    target: TargetArguments,
}

#[derive(Debug, Args)]
pub(super) struct StatsArguments {
    #[command(flatten)]
    snapshot: SnapshotArguments,
    /// Also write the statistics as a CSV file with the columns metric,value.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Replace a file that is there.
    #[arg(long, requires = "csv")]
    force: bool,
}

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    #[command(flatten)]
    target: TargetArguments,
}

fn parse_format(name: &str) -> Result<FileFormat, String> {
    FileFormat::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
        let names: Vec<_> = FileFormat::ALL.iter().map(|format| format.name()).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// Runs a verb.
pub(super) fn network(command: &NetworkCommand) -> Exit {
    let done = match command {
        NetworkCommand::Import(arguments) => import(arguments),
        NetworkCommand::Generate(arguments) => generate(arguments),
        NetworkCommand::Stats(arguments) => stats(arguments),
        NetworkCommand::Export(arguments) => export(arguments),
    };
    done.map_or_else(|exit| exit, |()| Exit::Ok)
}

fn import(arguments: &ImportArguments) -> Result<(), Exit> {
    let loaded = read(&arguments.snapshot)?;
    write(&loaded.network, &arguments.target)
}

fn generate(arguments: &GenerateArguments) -> Result<(), Exit> {
    let table = format!("network.generate.{}", arguments.model);
    let sets: Vec<_> = arguments
        .sets
        .iter()
        .map(|(key, value)| (format!("{table}.{key}"), value.clone()))
        .collect();
    // A scenario needs a workload; this one is never run.
    let text = format!(
        "payments = 1\nworkload.arrivals.constant.rate = \"1 /s\"\n\
         workload.amount.fixed.value = \"1 sat\"\n[{table}]\n"
    );
    let loaded =
        scenario::parse(Path::new("generate"), text, Overlay { sets: &sets, ..Overlay::default() })
            .map_err(|problems| {
                host::note(&problems.render(host::colour()));
                host::note("note: the keys of the generator's table are given as --set KEY=VALUE");
                Exit::Usage
            })?;
    let seeds = Seeds::new(arguments.seed, 0);
    let (network, ..) =
        simulation::load_network(&loaded.scenario, seeds).map_err(|error| report(&error))?;
    write(&network, &arguments.target)
}

fn stats(arguments: &StatsArguments) -> Result<(), Exit> {
    if let Some(path) = arguments.csv.as_ref().filter(|path| path.exists() && !arguments.force) {
        let path = path.display();
        host::note(&format!("error: {path} is there already; use --force to replace it"));
        return Err(Exit::CannotCreate);
    }
    let loaded = read(&arguments.snapshot)?;
    let rows = network::stats(&loaded.network).rows();
    if let Some(path) = &arguments.csv {
        write_rows(path, &rows).map_err(|error| {
            host::note(&format!("error: cannot write {}: {error}", path.display()));
            Exit::CannotCreate
        })?;
    }
    let width = rows.iter().map(|(metric, _)| metric.len()).max().unwrap_or(0) + 2;
    let lines: Vec<_> =
        rows.iter().map(|(metric, value)| format!("{metric:<width$}{value}\n")).collect();
    let text = lines.concat();
    host::print(&text).map_err(|_| Exit::Io)
}

/// Writes the statistics under a temporary name and renames them.
fn write_rows(path: &Path, rows: &[(String, String)]) -> Result<(), csv::Error> {
    let part = path.with_added_extension("part");
    let mut writer = csv::Writer::from_path(&part)?;
    writer.write_record(["metric", "value"])?;
    for (metric, value) in rows {
        writer.write_record([metric, value])?;
    }
    writer.flush()?;
    drop(writer);
    Ok(std::fs::rename(part, path)?)
}

fn export(arguments: &ExportArguments) -> Result<(), Exit> {
    let loaded = arguments.scenario.load()?;
    let scenario = &loaded.scenario;
    let seeds = scenario.network.seeds(Seeds::new(scenario.seed, 0));
    let (mut network, notes, _) =
        simulation::load_network(scenario, seeds).map_err(|error| report(&error))?;
    host::notes(&notes);
    let balances = network::initial_balances(&network, &scenario.network.balances, seeds);
    for (channel, pair) in network.channel_ids().zip(balances) {
        let stated = &mut network.channel_mut(channel).stated;
        let stated = stated.get_or_insert_with(|| Box::new(Stated::default()));
        stated.balances = Some(pair);
    }
    write(&network, &arguments.target)
}

fn read(arguments: &SnapshotArguments) -> Result<Loaded, Exit> {
    let options = ReadOptions {
        format: arguments.format,
        rename: arguments.rename,
        drop_self_loops: arguments.drop_self_loops,
    };
    let loaded = network::read(&arguments.snapshot, options).map_err(|error| report(&error))?;
    host::note(&format!("read {} as {}", arguments.snapshot.display(), loaded.format.name()));
    host::notes(&loaded.notes);
    Ok(loaded)
}

fn report(error: &network::DataError) -> Exit {
    host::note(&format!("error: {error}"));
    data_exit(error)
}

fn write(network: &Network, target: &TargetArguments) -> Result<(), Exit> {
    let dir = &target.out;
    if !target.force && ["nodes.csv", "channels.csv"].iter().any(|name| dir.join(name).exists()) {
        let dir = dir.display();
        host::note(&format!("error: {dir} holds a network already; use --force to replace it"));
        return Err(Exit::CannotCreate);
    }
    network::export(network, dir).map_err(|error| {
        host::note(&format!("error: cannot write {}: {error}", dir.display()));
        Exit::CannotCreate
    })?;
    let (nodes, channels) = (network.node_count(), network.channel_count());
    let text = format!("{nodes} nodes, {channels} channels written to {}\n", dir.display());
    host::print(&text).map_err(|_| Exit::Io)
}
