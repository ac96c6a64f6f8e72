//! Puts every attacker's nodes and channels into the network before the run.

use crate::adversary::campaign::Campaign;
use crate::adversary::kinds::AttackParams;
use crate::adversary::own_nodes::{BadAttack, Recruits};
use crate::engine::Seeds;
use crate::network::Network;
use crate::units::{FeeRate, Msat, SimTime};

/// Adds the nodes and channels of all attackers to the network, and their money to `balances`.
///
/// Must come after everything that is drawn over the network's nodes and channels.
///
/// # Errors
/// When an attack names a channel that is not there, or its budget is too small for its targets.
pub fn recruit(
    attacks: &[AttackParams],
    network: &mut Network,
    balances: &mut Vec<[Msat; 2]>,
    feerate: FeeRate,
    seeds: Seeds,
) -> Result<Vec<Campaign>, BadAttack> {
    if !attacks.is_empty() {
        network.begin_attackers();
    }
    let campaigns = attacks.iter().map(|attack| {
        let (name, nodes) = (&attack.name, Vec::new());
        let mut recruits = Recruits { attack: name, network, balances, feerate, seeds, nodes };
        let state = attack.plan.recruit(&mut recruits)?;
        Ok(Campaign {
            name: attack.name.clone(),
            kind: attack.plan.kind(),
            span: [attack.start, attack.end.unwrap_or(SimTime::NEVER)],
            nodes: recruits.nodes,
            state,
            meters: Vec::new(),
            reported: 0,
        })
    });
    campaigns.collect()
}
