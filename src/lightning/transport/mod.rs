//! Messages between nodes: how long they take, who signs when, what goes wrong.
//!
//! Owns delays, signing servers and faults. It may be asked for the delay of a message, and to hand an event of the
//! commitment dance to its channel.

pub(in crate::lightning) mod faults;
pub(in crate::lightning) mod latency;
pub(in crate::lightning) mod servers;
pub(in crate::lightning) mod wire;

use serde::{Deserialize, Serialize};

use crate::channel::{DanceEvent, Locked};
use crate::lightning::core::Core;
use crate::lightning::event::{Context, Event};
use crate::lightning::transport::faults::Faults;
use crate::lightning::transport::latency::Delays;
use crate::lightning::transport::servers::Servers;
use crate::lightning::transport::wire::Wire;

/// Messages between nodes.
#[derive(Serialize, Deserialize)]
pub(in crate::lightning) struct Transport {
    pub(in crate::lightning) delays: Delays,
    pub(in crate::lightning) servers: Servers,
    pub(in crate::lightning) faults: Faults,
}

impl Transport {
    /// Hands an event of the dance to its channel; what is locked in now is added to `locked`.
    pub(in crate::lightning) fn dance(
        &mut self,
        event: DanceEvent,
        core: &mut Core,
        locked: &mut Vec<Locked>,
        cx: &mut Context<'_>,
    ) {
        let Self { delays, servers, .. } = self;
        let mut wire = Wire { network: &core.world.network, delays, servers };
        core.channels.handle(event, &mut wire, &mut cx.within(Event::Dance), locked);
    }
}
