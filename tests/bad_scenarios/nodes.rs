//! Keys of Lightning's nodes and of the underlying chain.

use super::{Bad, bad, check_all};

const OPENINGS: &str = "lightning.openings.per_node_and_year";
const ROUTING_NODES: &str = "lightning.availability.routing";

const NODES_AND_CHAIN: [Bad; 21] = [
    bad(
        "G1",
        (16, "[lightning.gossip]\npolicy_changes_per_year = -1\n[lightning.payee]"),
        (17, 27),
        "lightning.gossip.policy_changes_per_year",
        "must be 0 to 52560, but is -1",
    ),
    bad(
        "G2",
        (16, "[lightning.protocol]\nnon_strict_forwarding = 1\n[lightning.payee]"),
        (17, 25),
        "lightning.protocol.non_strict_forwarding",
        "expected boolean, found integer 1",
    ),
    bad(
        "G3",
        (5, "[network]\nunannounced_leaves = 2\n[network.generate.star]"),
        (6, 22),
        "network.unannounced_leaves",
        "must be 0 to 1, but is 2",
    ),
    bad(
        "G4",
        (
            16,
            "[lightning.onchain]\nburial = 3\n[bitcoin.reorgs]\nprobability = 0.1\ndeepest = 3\n\
             [lightning.payee]",
        ),
        (17, 10),
        "lightning.onchain.burial",
        "more than the deepest reorganisation, but 3 is not above 3",
    ),
    bad(
        "L1",
        (16, "[lightning.openings]\nper_node_and_year = -1\n[lightning.payee]"),
        (17, 21),
        OPENINGS,
        "must be 0 to 52560, but is -1",
    ),
    bad(
        "L1b",
        (16, "[lightning.openings]\nper_node_and_year = nan\n[lightning.payee]"),
        (17, 21),
        OPENINGS,
        "must be a finite number, but is nan",
    ),
    bad(
        "L2",
        (16, "[lightning.openings]\nreplace_share = 1.5\n[lightning.payee]"),
        (17, 17),
        "lightning.openings.replace_share",
        "must be 0 to 1, but is 1.5",
    ),
    bad(
        "L3",
        (16, "[lightning.openings]\ncapacity = \"0 sat\"\n[lightning.payee]"),
        (17, 12),
        "lightning.openings.capacity",
        "must be at least 1000 msat",
    ),
    bad(
        "L4",
        (16, "[lightning.openings.attachment.prefer]\n[lightning.payee]"),
        (16, 32),
        "lightning.openings.attachment.prefer",
        "did you mean `preferential`?",
    ),
    bad(
        "L5",
        (16, "[lightning.onchain]\nburial = 0\n[lightning.payee]"),
        (17, 10),
        "lightning.onchain.burial",
        "must be 1 to 1000, but is 0",
    ),
    bad(
        "L6",
        (16, "[lightning.onchain]\nclose_per_year = 1\n[lightning.payee]"),
        (17, 1),
        "lightning.onchain.close_per_year",
        "did you mean `closes_per_year`?",
    ),
    bad(
        "A1",
        (16, "[lightning.availability.routing.exponential]\nup = \"1 h\"\n[lightning.payee]"),
        (16, 33),
        "lightning.availability.routing.exponential.down",
        "is missing",
    ),
    bad(
        "A2",
        (
            16,
            "[lightning.availability.routing.exponential]\nup = \"0 s\"\ndown = \"1 h\"\n[lightning.payee]",
        ),
        (17, 6),
        "lightning.availability.routing.exponential.up",
        "must be longer than 0",
    ),
    bad(
        "A3",
        (
            16,
            "[lightning.availability.leaves.weibull]\nup = \"1 h\"\nup_shape = 0\ndown = \"1 h\"\n\
             down_shape = 1\n[lightning.payee]",
        ),
        (18, 12),
        "lightning.availability.leaves.weibull.up_shape",
        "must be 0.1 to 10, but is 0",
    ),
    bad(
        "A4",
        (16, "[lightning.availability.routing.weibul]\n[lightning.payee]"),
        (16, 33),
        "lightning.availability.routing.weibul",
        "did you mean `weibull`?",
    ),
    bad(
        "A5",
        (16, "[lightning.availability]\nrouting = \"always\"\n[lightning.payee]"),
        (17, 11),
        ROUTING_NODES,
        "expected table, found string",
    ),
    bad(
        "A6",
        (
            16,
            "[[lightning.availability.outage]]\nname = \"tor\"\nstart = \"1 h\"\nduration = \"1 h\"\n\
             share = 1.2\n[lightning.payee]",
        ),
        (20, 9),
        "lightning.availability.outage[0].share",
        "must be 0 to 1, but is 1.2",
    ),
    bad(
        "A7",
        (
            16,
            "[[lightning.availability.outage]]\nname = \"tor\"\nstart = \"1 h\"\nduration = \"0 s\"\n\
             share = 0.2\n[lightning.payee]",
        ),
        (19, 12),
        "lightning.availability.outage[0].duration",
        "must be longer than 0",
    ),
    bad(
        "A8",
        (16, "[lightning.availability.outage]\nname = \"tor\"\n[lightning.payee]"),
        (16, 25),
        "lightning.availability.outage",
        "write [[lightning.availability.outage]]",
    ),
    bad(
        "A9",
        (
            16,
            "[[lightning.availability.outage]]\nname = \"a b\"\nstart = \"1 h\"\nduration = \"1 h\"\n\
             share = 0.2\n[lightning.payee]",
        ),
        (17, 8),
        "lightning.availability.outage[0].name",
        "1 to 80 of the characters",
    ),
    bad(
        "A10",
        (16, "[lightning.mitigation.endorsement]\n[lightning.payee]"),
        (16, 23),
        "lightning.mitigation.endorsement",
        "has moved to `lightning.mitigation.reputation`",
    ),
];

#[test]
fn keys_of_nodes_and_of_the_chain_are_refused_at_their_place() {
    check_all(&NODES_AND_CHAIN);
}
