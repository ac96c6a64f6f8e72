//! Which implementation each node runs, where no file states it.

use crate::engine::Seeds;
use crate::network::params::{Software, SoftwareMix};
use crate::network::topology::Network;

/// Gives every node without one an implementation, by the shares of `mix`, keyed by node id.
pub fn assign_software(network: &mut Network, mix: &SoftwareMix, seeds: Seeds) {
    let draws = seeds.draws("software");
    for node in network.node_ids() {
        let entry = network.node_mut(node);
        if entry.software.is_none() {
            entry.software = Some(by_share(mix, draws.at(u64::from(node.0), 0).unit()));
        }
    }
}

/// The implementation at place `unit` of the shares laid end to end.
fn by_share(mix: &SoftwareMix, unit: f64) -> Software {
    let mut end = 0.0;
    let mut last = Software::Lnd;
    for (software, share) in Software::ALL.into_iter().zip(mix.shares) {
        end += share;
        if share > 0.0 {
            last = software;
        }
        if unit < end {
            return software;
        }
    }
    // The shares sum up to 1 but for rounding.
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeId;
    use crate::network::generate::generate;
    use crate::network::generator::{Generator, PlainPolicy};

    #[test]
    fn stated_software_stays_and_the_rest_follows_the_mix() {
        let line = Generator::Line { nodes: 10_000, policy: PlainPolicy::default() };
        let mut network = generate(&line, Seeds::new(1, 0));
        network.node_mut(NodeId(3)).software = Some(Software::Eclair);
        assign_software(&mut network, &SoftwareMix::default(), Seeds::new(1, 0));
        assert_eq!(network.node(NodeId(3)).software, Some(Software::Eclair));
        let cln = network
            .node_ids()
            .filter(|&node| network.node(node).software == Some(Software::Cln))
            .count();
        assert!(cln.abs_diff(500) < 66, "5 %, three standard deviations: {cln}");
    }

    #[test]
    fn a_rounding_gap_at_the_end_goes_to_the_last_implementation_in_use() {
        let mix = SoftwareMix { shares: [0.1, 0.2, 0.699_999_999, 0.0] };
        assert_eq!(by_share(&mix, 0.05), Software::Lnd);
        assert_eq!(by_share(&mix, 0.15), Software::Cln);
        assert_eq!(by_share(&mix, 0.999_999_999_9), Software::Ldk);
    }
}
