//! Keys of the senders of each implementation.

use super::{Bad, bad, check_all};

const SENDERS: [Bad; 13] = [
    bad(
        "S1",
        (
            16,
            "[lightning.routing.ldk]\nmax_channel_saturation_power_of_half = 63\n[lightning.payee]",
        ),
        (17, 40),
        "lightning.routing.ldk.max_channel_saturation_power_of_half",
        "must be 0 to 62, but is 63",
    ),
    bad(
        "S2",
        (16, "[lightning.routing.ldk]\nliquidity_offset_half_life = \"0 s\"\n[lightning.payee]"),
        (17, 30),
        "lightning.routing.ldk.liquidity_offset_half_life",
        "must be longer than 0",
    ),
    bad(
        "S3",
        (16, "[lightning.routing.ldk]\nattempt_cost = \"1 sat\"\n[lightning.payee]"),
        (17, 1),
        "lightning.routing.ldk.attempt_cost",
        "unknown key",
    ),
    bad(
        "S4",
        (16, "[lightning.routing.cln]\nriskfactor = -1\n[lightning.payee]"),
        (17, 14),
        "lightning.routing.cln.riskfactor",
        "must be 0 to 1000000, but is -1",
    ),
    bad(
        "S5",
        (16, "[lightning.routing.lnd.estimator.bimodal]\nscale = \"0 sat\"\n[lightning.payee]"),
        (17, 9),
        "lightning.routing.lnd.estimator.bimodal.scale",
        "must be at least",
    ),
    bad(
        "S6",
        (16, "[lightning.routing.lnd.estimator.bimodel]\n[lightning.payee]"),
        (16, 34),
        "lightning.routing.lnd.estimator.bimodel",
        "did you mean `bimodal`?",
    ),
    bad(
        "S7",
        (16, "[lightning.routing.oracle]\nattempts = 1\n[lightning.payee]"),
        (17, 1),
        "lightning.routing.oracle.attempts",
        "unknown key",
    ),
    bad(
        "S9",
        (16, "[lightning.routing.lnd]\nmax_parts = 0\n[lightning.payee]"),
        (17, 13),
        "lightning.routing.lnd.max_parts",
        "must be 1 to 483, but is 0",
    ),
    bad(
        "S10",
        (16, "[lightning.routing.lnd_fast]\nmin_part = \"0 sat\"\n[lightning.payee]"),
        (17, 12),
        "lightning.routing.lnd_fast.min_part",
        "must be at least",
    ),
    bad(
        "S11",
        (16, "[lightning.routing.oracle]\nmax_parts = 2\n[lightning.payee]"),
        (17, 13),
        "lightning.routing.oracle.max_parts",
        "must be 1: the oracle bounds senders of one part",
    ),
    bad(
        "S12",
        (16, "[lightning.routing.cloth]\nmax_parts = 2\n[lightning.payee]"),
        (17, 1),
        "lightning.routing.cloth.max_parts",
        "unknown key",
    ),
    bad(
        "S13",
        (16, "[lightning.payee]\nmpp_timeout = \"0 s\""),
        (17, 15),
        "lightning.payee.mpp_timeout",
        "must be longer than 0",
    ),
    bad(
        "S8",
        (16, "[lightning.routing.cln]\n[lightning.routing.ldk]\n[lightning.payee]"),
        (17, 20),
        "lightning.routing.ldk",
        "",
    ),
];

#[test]
fn keys_of_senders_are_refused_at_their_place() {
    check_all(&SENDERS);
}
