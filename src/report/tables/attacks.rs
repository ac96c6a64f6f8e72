//! `attacks.csv`.

use crate::outcome::AttackCause;
use crate::report::table::{Column, Named, RowType, Table};
use crate::rows::AttackRow;
use crate::units::Msat;

/// Attempts of attacks: their rows borrow the attack's name.
#[derive(Debug)]
pub struct Attacks;

impl RowType for Attacks {
    type Of<'a> = Named<'a, AttackRow<'a>>;
}

/// The table.
pub static TABLE: Table<Attacks> = Table {
    file: "attacks.csv",
    heading: "attacks.csv",
    about: "One row per attempt of an attack, in the order in which attempts ended. What an attempt \
     is depends on the kind: jamming, one direction of one channel over the whole attack; \
     griefing, one HTLC; probing, the search over one direction of one channel; wormhole, one \
     payment whose preimage went past some nodes; revoked broadcast, one commitment; flood \
     and loot, one victim, once its channel is closed for good; mass exit, one channel of the \
     coalition, likewise; any other kind, the whole attack.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Attacks>] = &[
    Column::text("attack", "name", "the attack's name in the scenario", |row| row.attack),
    Column::text(
        "kind",
        "name",
        "the name of its table there, as `slow_jamming`; docs/scenario.md lists them under `attack`",
        |row| row.kind.name(),
    ),
    Column::count("attempt", "", "number of the attempt within its attack, from 0", |row| {
        row.attempt
    }),
    Column::text("attacker", "name", "the node that attacks", |row| row.names.node(row.attacker)),
    Column::text_or(
        "victim",
        "name",
        "the node that it hurts; jamming: the one whose outgoing direction is jammed",
        "nobody in particular",
        |row| row.victim.map(|node| row.names.node(node)),
    ),
    Column::text_or("channel", "name", "the channel attacked", "no channel in particular", |row| {
        row.channel.map(|channel| row.names.channel(channel))
    }),
    Column::time("start_s", "when the attempt began", |row| row.start),
    Column::count_or(
        "start_height",
        "blocks",
        "height of the chain then",
        "no chain is modelled",
        |row| row.start_height.map(|height| height.0.into()),
    ),
    Column::count_or(
        "number_used",
        "",
        "number of the commitment that was published",
        "none was",
        |row| row.number_used,
    ),
    Column::count_or(
        "number_current",
        "",
        "number of the commitment that should have been",
        "none was",
        |row| row.number_current,
    ),
    Column::count_or(
        "gain_msat",
        "msat",
        "what the attempt could win, or how much of what was unknown it has found out; \
             flood and loot: the HTLCs that it took back although its victim had paid for \
             them",
        "nothing to win",
        |row| row.gain.map(Msat::get),
    ),
    Column::count_or(
        "stake_msat",
        "msat",
        "the attacker's money in it: capacity of the channels that it opened for this \
             attempt; revoked broadcast and mass exit: what it had in the channel",
        "none",
        |row| row.stake.map(Msat::get),
    ),
    Column::flag_or(
        "victim_online",
        "whether the victim answered when it began",
        "does not matter",
        |row| row.victim_online,
    ),
    Column::flag_or(
        "tower",
        "whether a watchtower watches for the victim",
        "does not matter",
        |row| row.tower,
    ),
    Column::flag_or(
        "tower_covers",
        "whether that tower knows the commitment published",
        "no tower",
        |row| row.tower_covers,
    ),
    Column::count_or(
        "confirmed_height",
        "blocks",
        "height at which the attack's transaction confirmed",
        "it did not",
        |row| row.confirmed_height.map(|height| height.0.into()),
    ),
    Column::time_or("detected_s", "when it was noticed", "it was not", |row| row.detected),
    Column::text_or("detected_by", "name", "by whom", "it was not noticed", |row| row.detected_by),
    Column::time_or("justice_sent_s", "when the answer was sent", "it was not", |row| {
        row.justice_sent
    }),
    Column::count_or(
        "justice_feerate_sat_kvb",
        "sat per 1,000 vB",
        "its feerate",
        "it was not sent",
        |row| row.justice_feerate_sat_kvb,
    ),
    Column::count_or(
        "justice_height",
        "blocks",
        "height at which the answer confirmed",
        "it did not",
        |row| row.justice_height.map(|height| height.0.into()),
    ),
    Column::count_or(
        "deadline_height",
        "blocks",
        "height by which it had to",
        "there is no deadline",
        |row| row.deadline_height.map(|height| height.0.into()),
    ),
    Column::text(
        "outcome",
        "name",
        "`punished`: the attacker lost its stake; `stolen`: it took all the money it wanted, \
             also where the rest of the channel was not yet fetched (wormhole: fees; flood and \
             loot: every HTLC that its victim had paid for); `succeeded`: an attack that takes no \
             money did all it was to do (jamming: the direction took no more of its HTLCs, or \
             held as many as it was to hold; griefing: the HTLC was held; probing: no more than \
             the precision is left open; mass exit: the channel is closed for good); `partly`: \
             some of it (jamming: HTLCs got through, and the attacker's own channels were full \
             before the target was; probing: something was learnt; flood and loot: some of the \
             HTLCs); `aborted`: nothing (flood and loot: its victim claimed all in time); \
             `pending`: the run ended first",
        |row| row.outcome.name(),
    ),
    Column::text_or(
        "cause",
        "name",
        "more about the outcome: `refused`, no HTLC of it got through",
        "nothing to add",
        |row| row.cause.map(AttackCause::name),
    ),
    Column::signed_or(
        "attacker_net_msat",
        "msat",
        "how the attempt changed the attacker's wealth; may be negative",
        "not known",
        |row| row.attacker_net,
    ),
    Column::signed_or(
        "victim_net_msat",
        "msat",
        "how it changed the victim's; what nobody has fetched yet is whose it is for",
        "not known",
        |row| row.victim_net,
    ),
    Column::count_or(
        "fees_msat",
        "msat",
        "fees that the attacker paid for it",
        "not known",
        |row| row.fees.map(Msat::get),
    ),
    Column::count_or(
        "locked_msat_s",
        "msat · s",
        "money of other nodes in the attacker's HTLCs times the time; mass exit: what the \
             peer had in the channel, until it was closed for good",
        "not known",
        |row| row.locked_msat_s,
    ),
    Column::count_or("htlcs", "HTLCs", "HTLCs sent for it", "none of its means", |row| row.htlcs),
    Column::number_or("bits", "bits", "information learnt", "nothing is learnt", |row| row.bits),
    Column::count_or(
        "slot_s",
        "slots · s",
        "HTLC slots of other nodes' channels that its HTLCs took times the time",
        "it keeps no HTLCs there",
        |row| row.slot_s,
    ),
];
